# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Source files: what one program logs about logins, as data. docs/sources.md describes them.

A ``ValueError`` here is a sentence for the person who wrote the file. The caller names the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import yaml
from ansible_collections.loghost.geowatch.plugins.plugin_utils import (
    message_patterns,
    name_patterns,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import (
    at,
    dictionary,
    listed,
    must_have_known_keys,
    shown,
    text,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.source_messages import (
    messages,
    patterns,
    sentence,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.vocabulary import GROUPS

LONGEST_FILE = 65_536

_KEYS = ("title", "programs", "needs", "advice", "clients", "json", "wrappers", "messages")
_CLIENT_KEYS = ("peer", "name_ends", "peer_ends")
_QUOTED = ("python", "json")
# What an object of JSON has beside the groups of a message, and where that usually is.
_OF_OBJECT = ("message", "time", "server", "program", "pid")
_USUAL_JSON = {"message": "message", "time": "time"}

_TITLE = re.compile(r"[A-Z][A-Za-z0-9]{0,31}")


class SourceFile(NamedTuple):
    """A source file, checked, with its patterns as the rules need them."""

    title: str
    programs: list[str]
    needs: str
    advice: dict[str, str]
    clients: dict[str, str] | None
    json: dict[str, str] | None
    wrappers: list[dict[str, str]]
    messages: list[dict[str, object]]


def parse(written: str) -> SourceFile:
    """Check the text of a source file.

    Raises:
        ValueError: If it is not YAML, or not what docs/sources.md describes.
    """
    if len(written) > LONGEST_FILE:
        raise ValueError(f"is longer than {LONGEST_FILE} characters. Is it the right file?")
    try:
        values = yaml.safe_load(written)
    except (yaml.YAMLError, RecursionError) as exc:
        raise ValueError(f"is not YAML: {' '.join(str(exc).split())}") from None
    if not isinstance(values, Mapping):
        raise ValueError("is not a source file. Begin it with title: and programs:")
    must_have_known_keys(values, _KEYS)
    for key in ("title", "programs", "messages"):
        if key not in values:
            raise ValueError(f"has no {key}. Add it")
    clients = _clients(values["clients"]) if "clients" in values else None
    json = _json(values["json"]) if "json" in values else None
    with at("needs"):
        needs = sentence(values["needs"]) if "needs" in values else ""
    return SourceFile(
        _title(values["title"]),
        programs(values["programs"]),
        needs,
        _advice(values.get("advice", {})),
        clients,
        json,
        _wrappers(values.get("wrappers", [])),
        messages(values["messages"], clients is not None, {*(json or ())}),
    )


def programs(value: object) -> list[str]:
    with at("programs"):
        return [_program(each) for each in listed(value, "[sshd]")]


def _program(value: object) -> str:
    program = name_patterns.canonical(value)
    if not re.fullmatch(r"[!-~]{1,64}", program):
        raise ValueError(f"{value!r} is no tag of syslog. Write printable ASCII without blanks")
    return program


def _title(value: object) -> str:
    if isinstance(value, str) and _TITLE.fullmatch(value):
        return value
    raise ValueError(
        f"title: {shown(value)} cannot begin the names of alerts. "
        "Write a capital, then up to 31 letters and digits, such as OpenVPN"
    )


def _advice(value: object) -> dict[str, str]:
    with at("advice"):
        value = dictionary(value, "Write {end_session: ...}")
        found = {}
        for key, advice in value.items():
            if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z][A-Za-z_]*", key):
                raise ValueError(f"{shown(key)} is not a key. Write letters and _: end_session")
            with at(key):
                found[key] = sentence(advice)
        return found


def _clients(value: object) -> dict[str, str]:
    with at("clients"):
        value = dictionary(value, f"Its keys are {', '.join(_CLIENT_KEYS)}")
        must_have_known_keys(value, _CLIENT_KEYS)
        found: dict[str, str] = {}
        for key in _CLIENT_KEYS:
            if key not in value:
                raise ValueError(f"has no {key}. Add it, as a pattern")
            with at(key):
                pattern = message_patterns.parse(value[key], anchored=False)
                if key == "peer" and "ip" not in pattern.groups:
                    raise ValueError(f"'{pattern.text}' has no group ip. Add (?<ip>...)")
                found |= patterns(key, pattern)
        return found


def _wrappers(value: object) -> list[dict[str, str]]:
    found = []
    with at("wrappers"):
        for number, wrapper in enumerate(listed(value, "[]", may_be_empty=True), start=1):
            with at(f"item {number}"):
                found.append(_wrapper(wrapper))
    return found


def _wrapper(value: object) -> dict[str, str]:
    value = dictionary(value, "Its keys are pattern and quoted")
    must_have_known_keys(value, ("pattern", "quoted"))
    quoted = value.get("quoted", "")
    if quoted not in ("", *_QUOTED):
        raise ValueError(f"quoted: {shown(quoted)} is none of {', '.join(_QUOTED)}. Write one")
    with at("pattern"):
        pattern = message_patterns.parse(value.get("pattern"))
        if "message" not in pattern.groups:
            raise ValueError(f"'{pattern.text}' has no group message. Add (?<message>.*)")
    return patterns("pattern", pattern) | {"quoted": quoted}


def _json(value: object) -> dict[str, str]:
    """Check where an object of JSON has what a message is made of."""
    with at("json"):
        value = dictionary(value, "Write {ip: remoteAddr}")
        must_have_known_keys(value, (*GROUPS, *_OF_OBJECT))
        found = dict(_USUAL_JSON)
        for key, path in value.items():
            with at(key):
                found[key] = text(path)
                if not re.fullmatch(r"[\w@-]+(?:\.[\w@-]+)*", found[key], re.ASCII):
                    raise ValueError(
                        f"{found[key]!r} is no key. Write letters, digits and @_-, and a dot "
                        "between a key and one within, such as peer.endpoint"
                    )
        return found
