# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration, /etc/geowatch/alerts/send_alerts.json. The role checks what people wrote;
this checks that the file is one that the role writes. Messages never hold a secret."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")

CONFIG = Path("/etc/geowatch/alerts/send_alerts.json")


class BadConfiguration(ValueError):
    """The message names the key that is wrong."""


@dataclass(frozen=True)
class AlertaConfig:
    """Where Alerta's API is. An empty `ca_file` means the system's certificates."""

    url: str
    key: str
    ca_file: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise BadConfiguration("alerta.url is not an http or https address")
        # In a header a line end would be refused later, with the key in the message.
        if not (self.key.isascii() and self.key.isprintable()) or " " in self.key:
            raise BadConfiguration("alerta.key has characters that no key has")


@dataclass(frozen=True)
class EmailConfig:
    """Where mail goes out. An empty `username` means no login."""

    to: list[str]
    sender: str
    server: str
    port: int
    tls: Literal["starttls", "implicit", "none"]
    username: str
    password: str
    ca_file: str
    hello: str = ""  # our full name
    more: list[str] = field(default_factory=list)  # who else may get mail, where an alert says so
    mails_per_hour: int = 30  # for each recipient

    def __post_init__(self) -> None:
        if not self.to:
            raise BadConfiguration("email.to is empty")
        if self.tls not in ("starttls", "implicit", "none"):
            raise BadConfiguration("email.tls is none of starttls, implicit, none")
        if self.tls == "none" and self.username:
            raise BadConfiguration("email.username: a login needs TLS")
        if not (self.username + self.password).isascii():
            raise BadConfiguration("email.username, email.password: only ASCII can be sent")


@dataclass(frozen=True)
class Config:
    """Everything that the service needs. Times are in seconds."""

    queue_file: Path
    outbox: Path
    environment: str
    origin: str
    timeout: float
    keep_days: float
    outbox_megabytes: float
    watched_directories: list[str]
    alerta: AlertaConfig | None
    email: EmailConfig | None


def load(path: Path) -> Config:
    """Read the configuration. Raises BadConfiguration, or OSError where it cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadConfiguration(f"not JSON: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise BadConfiguration("not a JSON object")
    for name in ("queue_file", "outbox"):
        if isinstance(data.get(name), str):
            data[name] = Path(data[name])
    for name, kind in (("alerta", AlertaConfig), ("email", EmailConfig)):
        if isinstance(data.get(name), dict):
            data[name] = _build(kind, data[name], f"{name}.")
    return _build(Config, data, "")


TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "Path": Path,
    "list[str]": list,
    "AlertaConfig | None": (AlertaConfig, type(None)),
    "EmailConfig | None": (EmailConfig, type(None)),
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
        if not isinstance(data[name], TYPES.get(expected[name], str)):
            raise BadConfiguration(f"{prefix}{name} is of the wrong type")
    return kind(**data)
