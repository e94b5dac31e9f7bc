# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a source file: what a line means, by which text it is found, and by which pattern.

A ``ValueError`` here is a sentence for the person who wrote the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.loghost.geowatch.plugins.plugin_utils import message_patterns
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import (
    at,
    dictionary,
    listed,
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

# What a pattern has beside its groups when it is only for what follows a client.
_OF_CLIENT = {
    "": (),
    "client": ("user", "ip", "port"),
    "named": ("user", "ip", "port"),
    "maybe": ("user", "ip", "port"),
}
_MESSAGE_KEYS = ("means", "of", "text", "pattern", "news", "lacks")

_SHORTEST_TEXT = 4
# A log in JSON or Python's quotes has something else in their place.
_ESCAPED = "\"'\\<>&"
_READ_BY_SEC = ";%$"


def perl_literal(value: str) -> str:
    """Return what stands for a text between single quotes in Perl."""
    return value.replace("\\", "\\\\").replace("'", "\\'")


def sentence(value: object) -> str:
    sentence = text(value)
    if found := [each for each in _READ_BY_SEC if each in sentence]:
        raise ValueError(f"{sentence!r} has {found[0]}, which SEC reads. Write it without")
    if sentence.count("(") != sentence.count(")"):
        raise ValueError(f"{sentence!r} has a parenthesis without its other half. Add it")
    return sentence


def patterns(key: str, pattern: Pattern) -> dict[str, str]:
    return {key: pattern.text, f"{key}_perl": perl_literal(pattern.text)}


def messages(value: object, has_clients: bool, of_object: set[str]) -> list[dict[str, object]]:
    found = []
    with at("messages"):
        given = listed(value, "[{means: established, text: ..., pattern: ...}]")
    for number, message in enumerate(given, start=1):
        means = message.get("means", "?") if isinstance(message, Mapping) else "?"
        with at(f"message {number} ({means})"):
            found.append(_message(message, has_clients, of_object))
    return found


def _message(value: object, has_clients: bool, of_object: set[str]) -> dict[str, object]:
    value = dictionary(value, "Write means, text and pattern")
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
        **patterns("pattern", pattern),
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
        return sentence(value)


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
