# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of messages: Perl's regular expressions, as a source file has them.

Python's parser reads them, so they are held to what both languages mean alike. The deployment tries
Perl itself afterwards. A ``ValueError`` here is a sentence for the person who wrote the pattern.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from importlib import import_module
from itertools import product
from typing import Any, NamedTuple

from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import shown

_parser: Any = import_module("re._parser")

_ENDLESS = ("MAX_REPEAT", "MIN_REPEAT")  # those that give back what they took
_REPEATS = (*_ENDLESS, "POSSESSIVE_REPEAT")
_GAP = "\0"
_MOST_READINGS = 500

# What the two languages write differently, and what only one has or reads as something else.
_TOKENS = re.compile(
    r"\\g\{(?P<reference>[A-Za-z_]\w*)\}|\\k[<{'](?P<k_reference>[A-Za-z_]\w*)[>}']"
    r"|(?P<end>\\z)|(?P<escape>\\[^A-Za-z0-9]|\\[dDsSwWbBAnrtf0-9]|\\x[0-9A-Fa-f]{2})"
    r"|\(\?P?<(?P<group>[A-Za-z_]\w*)>"
    r"|(?P<other>\\.?|\(\?[a-z^-]+[:)]|\(\?P[=>]|\{,|\[:)",
    re.ASCII,
)


class Pattern(NamedTuple):
    """A pattern that was checked."""

    text: str
    groups: frozenset[str]
    tree: Any

    def holds(self, text: str) -> bool:
        """Tell whether each line that the pattern matches has the text. Never true by mistake."""
        return all(text in reading for reading in _readings(self.tree))


def parse(value: object, *, anchored: bool = True) -> Pattern:
    """Check a pattern.

    Args:
        value: The pattern.
        anchored: Whether it is for a whole text, from ``^`` to ``$``.

    Raises:
        ValueError: If it is none, or can take more time than a line has bytes.
    """
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown(value)} is not a pattern. Write it in single quotes")
    value = str(value)
    if not (value.isascii() and value.isprintable()):
        raise ValueError(
            f"{value!r} has a line break or another character that is not printable ASCII. "
            r"Write it on one line, and a byte as \xC3"
        )
    names: Counter[str] = Counter()
    python = _TOKENS.sub(lambda token: _to_python(token, names), value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Python may read differently one day
            re.compile(python, re.ASCII)
            tree = _parser.parse(python, re.ASCII)
    except (re.error, OverflowError, RecursionError) as exc:
        raise ValueError(f"'{value}' is not a regular expression: {exc}") from None
    if anchored and not (_is_at(tree, 0, "BEGINNING") and _is_at(tree, -1, "END")):
        raise ValueError(
            f"'{value}' can match in the middle of a message. Begin it with ^ and end it with $"
        )
    if _is_slow(tree):
        raise ValueError(
            f"'{value}' has two endless repeats that can take the same characters, one behind or "
            "in the other, so a long line takes for ever. Put a character between them that the "
            "first cannot take, or make the first possessive, such as [^ ]*+"
        )
    return Pattern(value, frozenset(names), tree)


def _to_python(token: re.Match[str], names: Counter[str]) -> str:
    if group := token["group"]:
        names[group] += 1  # Perl lets alternatives use one name
        return f"(?P<{group}>" if names[group] == 1 else f"(?P<{group}__{names[group]}>"
    if reference := token["reference"] or token["k_reference"]:
        return f"(?P={reference})"
    if token["end"]:
        return r"\Z"
    if token["other"]:
        raise ValueError(
            f"has '{token['other']}', which is left out here, because Perl and the check do not "
            "read it alike. Write it with the common signs of regular expressions"
        )
    return token[0]


def _is_at(items: Any, index: int, which: str) -> bool:
    if not len(items):
        return False
    kind, value = str(items[index][0]), items[index][1]
    if kind == "AT":
        return str(value).startswith(f"AT_{which}")
    return kind in ("BRANCH", "SUBPATTERN", "ATOMIC_GROUP") and all(
        _is_at(inner, index, which) for inner in _inner(items[index])
    )


def _inner(item: Any) -> list[Any]:
    """Return the patterns within an item."""
    kind, value = str(item[0]), item[1]
    if kind == "BRANCH":
        return list(value[1])
    if kind == "ATOMIC_GROUP":
        return [value]
    if kind in (*_REPEATS, "SUBPATTERN", "ASSERT", "ASSERT_NOT"):
        return [value[-1]]
    return [each for each in value[1:] if each] if kind == "GROUPREF_EXISTS" else []


def _readings(items: Any) -> list[str]:
    """Return what the pattern can match, as far as it is written down, with gaps for the rest."""
    readings = [""]
    for item in items:
        found = _readings_of(item)
        if len(readings) * len(found) > _MOST_READINGS:
            found = [_GAP]
        readings = list(dict.fromkeys(a + b for a, b in product(readings, found)))
    return readings


def _readings_of(item: Any) -> list[str]:
    kind, value = str(item[0]), item[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return [""]
    if kind in ("BRANCH", "SUBPATTERN", "ATOMIC_GROUP"):
        return [reading for inner in _inner(item) for reading in _readings(inner)]
    if kind in _REPEATS:
        least, most, body = value
        once = _readings(body)
        if most == 1:
            return once if least else ["", *once]
        return [reading + _GAP for reading in once] if least else [_GAP]
    return [_GAP]


def _is_slow(items: Any) -> bool:
    behind: list[set[int]] = []  # what the endless repeats take that can end here
    for item in items:
        inner = _inner(item)
        if any(_is_slow(each) for each in inner):
            return True
        if _is_endless(item) and _meet(_ends(inner[0], -1), _ends(inner[0], 0)):
            return True
        if _meet(behind, _ends([item], 0)):
            return True
        behind = _ends([item], -1) + (behind if _may_be_empty(item) else [])
    return False


def _ends(items: Any, index: int) -> list[set[int]]:
    """Return what each endless repeat takes that can be the first (0) or the last (-1) to match."""
    found: list[set[int]] = []
    for item in items if index == 0 else reversed(list(items)):
        kind = str(item[0])
        if _is_endless(item) and item[1][2].getwidth()[1] == 1:
            found.append(_characters(item))
        if kind in ("BRANCH", "SUBPATTERN", *_ENDLESS):
            found += [each for inner in _inner(item) for each in _ends(inner, index)]
        if not _may_be_empty(item):
            break
    return found


def _meet(some: list[set[int]], others: list[set[int]]) -> bool:
    return any(a & b for a in some for b in others)


def _is_endless(item: Any) -> bool:
    return str(item[0]) in _ENDLESS and item[1][1] == _parser.MAXREPEAT


def _may_be_empty(item: Any) -> bool:
    kind, value = str(item[0]), item[1]
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return True
    if kind in _REPEATS:
        return value[0] == 0 or all(_may_be_empty(each) for each in value[2])
    if inner := _inner(item):
        return any(all(_may_be_empty(part) for part in each) for each in inner)
    return kind in ("GROUPREF", "GROUPREF_EXISTS")


def _characters(item: Any) -> set[int]:
    """Return the characters that an item can take."""
    kind, value = str(item[0]), item[1]
    if kind in ("LITERAL", "NOT_LITERAL"):
        return {value} if kind == "LITERAL" else set(range(256)) - {value}
    if kind == "IN":
        members = [each for each in value if str(each[0]) != "NEGATE"]
        found = {character for each in members for character in _characters(each)}
        return found if len(members) == len(value) else set(range(256)) - found
    if kind == "RANGE":
        return set(range(value[0], value[1] + 1))
    if kind == "CATEGORY":
        sign = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[str(value).rsplit("_", 1)[1]]
        sign = sign.upper() if "_NOT_" in str(value) else sign
        return {c for c in range(256) if re.match(rf"\{sign}", chr(c), re.ASCII)}
    if kind in ("ANY", "GROUPREF", "GROUPREF_EXISTS"):
        return set(range(256))
    if kind in ("ASSERT", "ASSERT_NOT"):
        return set()
    return {c for inner in _inner(item) for each in inner for c in _characters(each)}
