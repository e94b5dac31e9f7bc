# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An alert: from a line of the queue file `alerts` to the object that everyone else sees.

The form of the line is in docs/design.md, "Lines in queue files".
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TypedDict

# The fields in front of the attributes, in the order of the line.
FIELDS = (
    "id",
    "time",
    "event",
    "severity",
    "mail",
    "resource",
    "service",
    "group",
    "value",
    "text",
)

# These fields steer the delivery (Message-ID, order, wording), so they have a strict form.
# Everything else is free text.
FORMS = {
    "id": re.compile(r"[0-9A-Za-z-]{1,64}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "event": re.compile(r"[A-Za-z][0-9A-Za-z_]{0,63}"),
    "severity": re.compile(r"[a-z]{1,32}"),
    "mail": re.compile(r"mail|no_mail"),
    "resource": re.compile(r".+", re.DOTALL),
    "service": re.compile(r".+", re.DOTALL),
}
ATTRIBUTE = re.compile(rb"([a-z][a-z0-9_]{0,63})=(.*)", re.DOTALL)
RAW = b"raw="

USER = "user"
"""Stands in the attribute `mail_to` for the address of who logged in."""

# Of the attribute `mail_to`. What a deployment writes there is checked when it is deployed.
ADDRESS = re.compile(r"[^\s,<>@]+@[0-9A-Za-z.-]+")

# Not an alert of its own, but a word about the one before it with this resource and event.
NOTE = "note"

# The same, from a person on this host: it is to be closed, with a word why.
CLOSE = "close"

# The marked login that the room `watch` sends down the line. It is for programs, and wakes nobody.
CANARY = "GeowatchCanary"


class Alert(TypedDict):
    """One alert, as it is stored, listed and rendered."""

    id: str
    time: str
    environment: str
    resource: str
    event: str
    severity: str
    service: str
    group: str
    value: str
    text: str
    origin: str
    attributes: dict[str, str]
    raw: str
    mail: bool


class MalformedLine(ValueError):
    """The line is not an alert. The message says why and is fit for the journal."""


def parse(line: bytes, environment: str, origin: str) -> Alert:
    """Return the alert that `line` (without its newline) describes, or raise MalformedLine."""
    parts = line.split(b"\t", len(FIELDS))
    if len(parts) <= len(FIELDS):
        raise MalformedLine(f"{len(parts)} fields, expected {len(FIELDS)} and raw=")
    field = {name: decode(part) for name, part in zip(FIELDS, parts, strict=False)}
    for name, form in FORMS.items():
        if not form.fullmatch(field[name]):
            raise MalformedLine(f"the field {name} is {shown(field[name])[:80]!r}")
    try:
        datetime.fromisoformat(field["time"])
    except ValueError as error:
        raise MalformedLine(f"the field time is {field['time']!r}: {error}") from error
    attributes, raw = _attributes(parts[-1])
    return Alert(
        id=field["id"],
        time=field["time"],
        environment=environment,
        resource=field["resource"],
        event=field["event"],
        severity=field["severity"],
        service=field["service"],
        group=field["group"],
        value=field["value"],
        text=shown(field["text"]),
        origin=origin,
        attributes=attributes,
        raw=raw,
        mail=field["mail"] == "mail",
    )


def _attributes(rest: bytes) -> tuple[dict[str, str], str]:
    """Split `name=value`, tab, ..., `raw=` and the log line, which may hold tabs itself."""
    attributes: dict[str, str] = {}
    while not rest.startswith(RAW):
        part, _tab, rest = rest.partition(b"\t")
        match = ATTRIBUTE.fullmatch(part)
        if not match:
            raise MalformedLine(f"expected name=value or raw=, not {shown(decode(part))[:80]!r}")
        name = match[1].decode("ascii")
        if name in attributes:
            raise MalformedLine(f"the attribute {name} is there twice")
        attributes[name] = decode(match[2])
    if not attributes.get("mail_to", "-"):
        del attributes["mail_to"]
    return attributes, decode(rest.removeprefix(RAW))


def is_sign_of_life(alert: Alert) -> bool:
    """Return whether it says that a canary arrived everywhere: the whole line works."""
    return (alert["group"], alert["event"], alert["severity"]) == ("geowatch", CANARY, "cleared")


def own_recipients(alert: Alert) -> list[str]:
    """Return the addresses that get this alert whatever the configuration says, each once."""
    return [each for each in dict.fromkeys(_mail_to(alert)) if ADDRESS.fullmatch(each)]


def is_for_its_user(alert: Alert) -> bool:
    """Return whether who logged in is to be asked."""
    return USER in _mail_to(alert)


def _mail_to(alert: Alert) -> list[str]:
    return alert["attributes"].get("mail_to", "").split(",")


def decode(data: bytes) -> str:
    r"""Make text of bytes: UTF-8 where it is, `\xNN` where it is not."""
    return data.decode("utf-8", "backslashreplace")


def shown(text: str) -> str:
    r"""Show what does not print (control, bidirectional, format) as `\uNNNN`."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def json_line(item: object) -> str:
    """Return `item` as one line of JSON, readable, and harmless on a terminal."""
    text = json.dumps(item, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)
