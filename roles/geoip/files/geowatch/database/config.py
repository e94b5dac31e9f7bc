# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of the updater, a JSON file that the role writes. It holds keys.

Only root can read that file: systemd opens it and hands it over as standard input. (Not as a
credential: some containers cannot have any.) The role checks what people wrote; messages here never
repeat a value.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any, TypeVar

T = TypeVar("T")


class BadConfiguration(ValueError):
    """The message names the key that is wrong."""


@dataclass(frozen=True)
class MaxMindAccount:
    """Who we are for MaxMind, and where its download service is."""

    account_id: int
    license_key: str
    host: str


@dataclass(frozen=True)
class Download:
    """A database that is kept up to date: an edition of MaxMind's, or a URL."""

    name: str
    """``country`` or ``asn``; the file is NAME.mmdb."""
    edition: str
    url: str
    """``%Y`` and ``%m`` stand for the year and the month."""
    checksum: str
    """SHA-256 of what is downloaded, or the URL of a file that begins with it; may be empty."""


@dataclass(frozen=True)
class Config:
    """All that the updater needs to know."""

    account: MaxMindAccount | None
    """None where the databases come from URLs."""
    downloads: list[Download]
    proxy: str
    """URL, perhaps with a password; may be empty."""
    allow_older: bool
    digest: str
    """Another one for every other configuration; says nothing about it."""


def parse(content: bytes) -> Config:
    """Return what the content of the file says. Raises BadConfiguration."""
    try:
        data = json.loads(content)
    except ValueError as error:
        raise BadConfiguration(f"not JSON: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise BadConfiguration("not a JSON object")
    if isinstance(data.get("account"), dict):
        data["account"] = _build(MaxMindAccount, data["account"], "account.")
    if isinstance(data.get("downloads"), list):
        data["downloads"] = [_build(Download, item, "downloads.") for item in data["downloads"]]
    # Cut short: it is stored in a file that others may read, and must not give a key away.
    data["digest"] = hashlib.sha256(content).hexdigest()[:12]
    return _build(Config, data, "")


TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "bool": bool,
    "MaxMindAccount | None": (MaxMindAccount, type(None)),
    "list[Download]": list,
}


def _build(kind: type[T], data: object, prefix: str) -> T:
    """Make a `kind` of `data`: exactly its keys, each of its type."""
    if not isinstance(data, dict):
        raise BadConfiguration(f"{prefix.rstrip('.')} is not an object")
    expected = {field.name: str(field.type) for field in fields(kind)}  # type: ignore[arg-type]
    for name in sorted(expected.keys() | data.keys()):
        if name not in data:
            raise BadConfiguration(f"{prefix}{name} is missing")
        if name not in expected:
            raise BadConfiguration(f"{prefix}{name} is unknown")
        if not isinstance(data[name], TYPES[expected[name]]):
            raise BadConfiguration(f"{prefix}{name} is of the wrong type")
    return kind(**data)
