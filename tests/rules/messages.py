# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes up lines for every message of a source file: texts that its pattern fits."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import yaml

Fields = dict[str, str]


class Source:
    """A source file, and what its daemon says."""

    def __init__(self, path: Path) -> None:
        self.data = yaml.safe_load(path.read_text("utf-8"))
        self.program = self.data["programs"][0].rstrip("*")
        self.messages = self.data["messages"]

    def first(self, *means: str) -> dict[str, Any]:
        """Return the first message that means one of these."""
        return next(each for each in self.messages if each["means"] in means)

    def line(self, message: dict[str, Any], who: Fields, rng: random.Random) -> str:
        """Return a message about somebody, with the client in front where it needs one."""
        text = made_up(message["pattern"], who, rng)
        of = message.get("of", "line")
        if of == "line" or (of == "maybe" and rng.random() < 0.5):
            return text
        peer = f"{who['ip']}:{who['port']} "
        return f"{who['user']}/{peer}{text}" if of == "named" or rng.random() < 0.5 else peer + text


class Pattern(NamedTuple):
    tree: Any
    whole: re.Pattern[str]
    names: dict[int, str]


def pattern_of(perl: str) -> Pattern:
    """Return a pattern as Python has it, where no two groups have one name."""
    numbers: dict[str, int] = {}

    def named(match: re.Match[str]) -> str:
        numbers[match[1]] = numbers.get(match[1], 0) + 1
        return f"(?P<{match[1]}__{numbers[match[1]]}>"

    python = re.sub(r"\(\?<(\w+)>", named, perl)
    python = re.sub(r"\\g\{(\w+)\}", lambda match: f"(?P={match[1]}__{numbers[match[1]]})", python)
    whole = re.compile(python, re.ASCII)
    names = {number: name.split("__")[0] for name, number in whole.groupindex.items()}
    return Pattern(parser.parse(python, re.ASCII), whole, names)


def made_up(perl: str, who: Fields, rng: random.Random) -> str:
    """Return a text that the pattern fits, about somebody."""
    pattern = pattern_of(perl)
    for _ in range(500):
        groups: dict[int, str] = {}
        text = "".join(_texts(pattern.tree, pattern, who, rng, groups))
        if pattern.whole.match(text):
            return text
    raise AssertionError(f"nothing fits {perl}")


def _texts(
    tree: Any, pattern: Pattern, who: Fields, rng: random.Random, groups: dict[int, str]
) -> Iterator[str]:
    for kind, value in tree:
        name = str(kind)
        if name == "LITERAL":
            yield chr(value)
        elif name in ("NOT_LITERAL", "ANY"):
            yield rng.choice("ax. 7")
        elif name == "IN":
            yield _one_of(value, rng)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            for _ in range(rng.randint(least, min(int(most), least + 2))):
                yield from _texts(inner, pattern, who, rng, groups)
        elif name == "BRANCH":
            yield from _texts(rng.choice(value[1]), pattern, who, rng, groups)
        elif name == "SUBPATTERN":
            number, inner = value[0], value[-1]
            given = who.get(pattern.names.get(number, ""))
            groups[number] = given or "".join(_texts(inner, pattern, who, rng, groups))
            yield groups[number]
        elif name == "GROUPREF":
            yield groups[value]
        elif name == "ATOMIC_GROUP":
            yield from _texts(value, pattern, who, rng, groups)


def _one_of(choices: Any, rng: random.Random) -> str:
    """Return a character of a class."""
    allowed = [char for char in "ax.7F-_:/ " if _is_in(char, choices)]
    if allowed:
        return rng.choice(allowed)
    kind, value = rng.choice([each for each in choices if str(each[0]) in ("LITERAL", "RANGE")])
    return chr(value if str(kind) == "LITERAL" else value[0])


def _is_in(char: str, choices: Any) -> bool:
    found, negated = False, False
    for kind, value in choices:
        name = str(kind)
        negated |= name == "NEGATE"
        found |= (
            (name == "LITERAL" and ord(char) == value)
            or (name == "RANGE" and value[0] <= ord(char) <= value[1])
            or (name == "CATEGORY" and re.match(CATEGORIES[str(value)], char, re.ASCII) is not None)
        )
    return found != negated


CATEGORIES = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_WORD": r"\w",
    "CATEGORY_SPACE": r"\s",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_NOT_WORD": r"\W",
}
