# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration, /etc/geowatch/alerts/send_alerts.json. The role checks what people wrote;
this checks that the file is one that the role writes. Messages never hold a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from geowatch.alerts.alert import Alert, is_sign_of_life
from geowatch.alerts.settings import TYPES, BadConfiguration, DeadManConfig, Settings
from geowatch.alerts.wanted import Wanted

T = TypeVar("T")

CONFIG = Path("/etc/geowatch/alerts/send_alerts.json")


@dataclass(frozen=True)
class ChannelConfig:
    """One channel: by which name people know it, how it is reached, and what it gets."""

    name: str
    settings: Settings
    wanted: Wanted = field(default_factory=Wanted)
    template: str = ""  # of the sentence that it says

    def recipients(self) -> list[str]:
        """Return who is reached by it. "" is the one that a channel without names has."""
        return self.settings.recipients()

    def takes(self, alert: Alert) -> bool:
        """Return whether this alert goes there."""
        if isinstance(self.settings, DeadManConfig):
            return is_sign_of_life(alert)
        return self.wanted.takes(alert, rings=self.settings.rings)


@dataclass(frozen=True)
class Config:
    """Everything that the service needs. Times are in seconds."""

    queue_files: list[Path]
    outbox: Path
    environment: str
    origin: str
    timeout: float
    keep_days: float
    outbox_megabytes: float
    watched_directories: list[str]
    messages_per_hour: int = 30  # for each recipient of what rings
    channels: list[ChannelConfig] = field(default_factory=list)

    def of_type(self, kind: type[T]) -> Iterator[tuple[ChannelConfig, T]]:
        """Yield the channels of one type with their settings."""
        for each in self.channels:
            if isinstance(each.settings, kind):
                yield each, each.settings


def load(path: Path) -> Config:
    """Read the configuration. Raises BadConfiguration, or OSError where it cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadConfiguration(f"not JSON: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise BadConfiguration("not a JSON object")
    if isinstance(data.get("outbox"), str):
        data["outbox"] = Path(data["outbox"])
    if isinstance(data.get("queue_files"), list):
        data["queue_files"] = [Path(str(each)) for each in data["queue_files"]]
    if isinstance(data.get("channels"), list):
        data["channels"] = [_channel(each) for each in data["channels"]]
        names = [each.name for each in data["channels"]]
        if len(set(names)) < len(names):
            raise BadConfiguration("channels: two have the same name")
    return _build(Config, data, "")


def _channel(data: object) -> ChannelConfig:
    if not isinstance(data, dict) or not isinstance(data.get("name"), str):
        raise BadConfiguration("channels: one has no name")
    prefix = f"channels, {data['name']}: "
    kind = TYPES.get(str(data.get("type")))
    if kind is None:
        raise BadConfiguration(f"{prefix}type is unknown")
    common = {"name", "type", "template"}
    wanted = {each.name for each in fields(Wanted)} & data.keys()
    settings = {name: value for name, value in data.items() if name not in common | wanted}
    rest = {name: data[name] for name in ("name", "template") if name in data}
    rest["wanted"] = _build(Wanted, {name: data[name] for name in wanted}, prefix)
    rest["settings"] = _build(kind, settings, prefix)
    return _build(ChannelConfig, rest, prefix)


KINDS: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "Path": Path,
    "list[str]": list,
    "list[Path]": list,
    "dict[str, str]": dict,
    "list[ChannelConfig]": list,
    "Wanted": Wanted,
    "Settings": Settings,
}


def _build(kind: type[T], data: dict[str, Any], prefix: str) -> T:
    """Make a `kind` of `data`: exactly its keys, each of its type."""
    known = fields(kind)  # type: ignore[arg-type]
    expected = {each.name: str(each.type) for each in known}
    optional = {
        each.name for each in known if (each.default, each.default_factory) != (MISSING, MISSING)
    }
    for name in sorted((expected.keys() - optional) | data.keys()):
        if name not in data:
            raise BadConfiguration(f"{prefix}{name} is missing")
        if name not in expected:
            raise BadConfiguration(f"{prefix}{name} is unknown")
        if not isinstance(data[name], KINDS.get(expected[name], str)):
            raise BadConfiguration(f"{prefix}{name} is of the wrong type")
    try:
        return kind(**data)
    except BadConfiguration as error:
        raise BadConfiguration(f"{prefix}{error}") from None
