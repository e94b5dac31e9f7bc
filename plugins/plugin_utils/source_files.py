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
    must_have_known_keys,
    shown,
    suggestion,
    text,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.message_patterns import Pattern
from ansible_collections.loghost.geowatch.plugins.plugin_utils.vocabulary import (
    GROUPS,
    LONGEST_NEWS,
    MAY_BE_NO_NEWS,
    MAY_LACK,
    MEANINGS,
    must_have_groups,
)

LONGEST_FILE = 65_536

# What a pattern has beside its groups when it is only for what follows a client.
_OF_CLIENT = {
    "": (),
    "client": ("user", "ip", "port"),
    "named": ("user", "ip", "port"),
    "maybe": ("user", "ip", "port"),
}
_KEYS = ("title", "programs", "needs", "advice", "clients", "json", "wrappers", "messages")
_CLIENT_KEYS = ("peer", "name_ends", "peer_ends")
_MESSAGE_KEYS = ("means", "of", "text", "pattern", "news", "lacks")
_QUOTED = ("python", "json")
# What an object of JSON has beside the groups of a message, and where that usually is.
_OF_OBJECT = ("message", "time", "server", "program", "pid")
_USUAL_JSON = {"message": "message", "time": "time"}

_TITLE = re.compile(r"[A-Z][A-Za-z0-9]{0,31}")
_SHORTEST_TEXT = 4
# A log in JSON or Python's quotes has something else in their place.
_ESCAPED = "\"'\\<>&"
_READ_BY_SEC = ";%$"


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


def perl_literal(value: str) -> str:
    """Return what stands for a text between single quotes in Perl."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


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
        needs = _sentence(values["needs"]) if "needs" in values else ""
    return SourceFile(
        _title(values["title"]),
        programs(values["programs"]),
        needs,
        _advice(values.get("advice", {})),
        clients,
        json,
        _wrappers(values.get("wrappers", [])),
        _messages(values["messages"], clients is not None, {*(json or ())}),
    )


def programs(value: object) -> list[str]:
    """Check a list of programs."""
    with at("programs"):
        return [_program(each) for each in _list(value, "[sshd]")]


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


def _sentence(value: object) -> str:
    sentence = text(value)
    if found := [each for each in _READ_BY_SEC if each in sentence]:
        raise ValueError(f"{sentence!r} has {found[0]}, which SEC reads. Write it without")
    if sentence.count("(") != sentence.count(")"):
        raise ValueError(f"{sentence!r} has a parenthesis without its other half. Add it")
    return sentence


def _advice(value: object) -> dict[str, str]:
    with at("advice"):
        if not isinstance(value, Mapping):
            raise ValueError(f"{shown(value)} is not a dictionary. Write {{end_session: ...}}")
        found = {}
        for key, advice in value.items():
            if not isinstance(key, str) or not re.fullmatch(r"[A-Za-z][A-Za-z_]*", key):
                raise ValueError(f"{shown(key)} is not a key. Write letters and _: end_session")
            with at(key):
                found[key] = _sentence(advice)
        return found


def _clients(value: object) -> dict[str, str]:
    with at("clients"):
        if not isinstance(value, Mapping):
            raise ValueError(
                f"{shown(value)} is not a dictionary. Its keys are {', '.join(_CLIENT_KEYS)}"
            )
        must_have_known_keys(value, _CLIENT_KEYS)
        found: dict[str, str] = {}
        for key in _CLIENT_KEYS:
            if key not in value:
                raise ValueError(f"has no {key}. Add it, as a pattern")
            with at(key):
                pattern = message_patterns.parse(value[key], anchored=False)
                if key == "peer" and "ip" not in pattern.groups:
                    raise ValueError(f"'{pattern.text}' has no group ip. Add (?<ip>...)")
                found |= _patterns(key, pattern)
        return found


def _patterns(key: str, pattern: Pattern) -> dict[str, str]:
    return {key: pattern.text, f"{key}_perl": perl_literal(pattern.text)}


def _wrappers(value: object) -> list[dict[str, str]]:
    found = []
    with at("wrappers"):
        for number, wrapper in enumerate(_list(value, "[]", may_be_empty=True), start=1):
            with at(f"item {number}"):
                found.append(_wrapper(wrapper))
    return found


def _wrapper(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} is not a dictionary. Its keys are pattern and quoted")
    must_have_known_keys(value, ("pattern", "quoted"))
    quoted = value.get("quoted", "")
    if quoted not in ("", *_QUOTED):
        raise ValueError(f"quoted: {shown(quoted)} is none of {', '.join(_QUOTED)}. Write one")
    with at("pattern"):
        pattern = message_patterns.parse(value.get("pattern"))
        if "message" not in pattern.groups:
            raise ValueError(f"'{pattern.text}' has no group message. Add (?<message>.*)")
    return _patterns("pattern", pattern) | {"quoted": quoted}


def _json(value: object) -> dict[str, str]:
    """Check where an object of JSON has what a message is made of."""
    with at("json"):
        if not isinstance(value, Mapping):
            raise ValueError(f"{shown(value)} is not a dictionary. Write {{ip: remoteAddr}}")
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


def _messages(value: object, has_clients: bool, of_object: set[str]) -> list[dict[str, object]]:
    found = []
    with at("messages"):
        messages = _list(value, "[{means: established, text: ..., pattern: ...}]")
    for number, message in enumerate(messages, start=1):
        means = message.get("means", "?") if isinstance(message, Mapping) else "?"
        with at(f"message {number} ({means})"):
            found.append(_message(message, has_clients, of_object))
    return found


def _message(value: object, has_clients: bool, of_object: set[str]) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} is not a dictionary. Write means, text and pattern")
    must_have_known_keys(value, (*_MESSAGE_KEYS, *GROUPS))
    for key in ("means", "text", "pattern"):
        if key not in value:
            raise ValueError(f"has no {key}. Add it")
    means, of = value["means"], value.get("of", "")
    if not isinstance(means, str) or means not in MEANINGS:
        advice = suggestion(means, MEANINGS)
        raise ValueError(
            f"means: {shown(means)} is no meaning. {advice}The meanings are {', '.join(MEANINGS)}"
        )
    if not isinstance(of, str) or of not in _OF_CLIENT:
        raise ValueError(f"of: {shown(of)} is none of client, named, maybe. Write one, or none")
    if of and not has_clients:
        raise ValueError(f"of: {of} needs to know how a client is named. Add clients to the file")
    given = {key: _given(key, value[key]) for key in GROUPS if key in value}
    if "news" in value:
        given["news"] = _news(value["news"], means)
    if "lacks" in value:
        given["lacks"] = _lacks(value["lacks"], means)
    with at("text"):
        searched = _text(value["text"])
    with at("pattern"):
        pattern = message_patterns.parse(value["pattern"])
        must_have_groups(means, pattern, {*given, *_OF_CLIENT[of], *of_object})
        if not pattern.holds(searched):
            raise ValueError(
                f"'{pattern.text}' also matches lines without the text {searched!r}. "
                "Choose a text that stands in the pattern as it is, in each alternative"
            )
    return {
        "means": means,
        "of": of,
        "text": searched,
        "text_perl": perl_literal(searched),
        **_patterns("pattern", pattern),
        **given,
        "given": given,
    }


def _news(value: object, means: str) -> int:
    with at("news"):
        if means not in MAY_BE_NO_NEWS:
            raise ValueError(f"{means} is always news. Write it for {' or '.join(MAY_BE_NO_NEWS)}")
        if isinstance(value, int) and value is not True and 1 <= value <= LONGEST_NEWS:
            return value
        raise ValueError(
            f"{shown(value)} is no number of seconds from 1 to {LONGEST_NEWS}. Write one"
        )


def _lacks(value: object, means: str) -> str:
    with at("lacks"):
        if means not in MAY_LACK:
            raise ValueError(f"{means} lacks nothing. Write it for {' or '.join(MAY_LACK)}")
        return _sentence(value)


def _given(key: str, value: object) -> str | int:
    """Check what a message says of its own for a group that the pattern lacks."""
    with at(key):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        given = text(value)
        if not re.fullmatch(r"[\w .:/@+-]{1,64}", given, re.ASCII):
            raise ValueError(f"{given!r} has other than letters, digits, blanks and .:/@_+-")
        return given


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text. Put quotes around what you wrote")
    value = str(value)
    if len(value) < _SHORTEST_TEXT or not value.strip():
        raise ValueError(
            f"{value!r} is in too many lines. Write at least {_SHORTEST_TEXT} characters"
        )
    wrong = [each for each in value if each in _ESCAPED or not " " <= each <= "~"]
    if wrong:
        raise ValueError(
            f"{value!r} has {wrong[0]!r}, which some logs write differently. "
            "Choose a part of the message without it"
        )
    return value


def _list(value: object, example: str, *, may_be_empty: bool = False) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{shown(value)} is not a list. Write it in brackets: {example}")
    if not value and not may_be_empty:
        raise ValueError(f"the list is empty. Write at least one: {example}")
    return list(value)
