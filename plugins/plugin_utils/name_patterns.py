# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns for names that OpenVPN logs: of users and of servers.

``*`` stands for any text, ``?`` for one character, all else for itself. A ``ValueError`` here is a
sentence for the person who wrote the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ANY = "*"

# One character of UTF-8, or one byte of what is not UTF-8. It never takes a part of a character, so
# that "é" is as long for Perl, which sees bytes, as it is for a reader.
_CHARACTER = (
    r"(?>[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF][\x80-\xBF]"
    r"|[\xF0-\xF4][\x80-\xBF][\x80-\xBF][\x80-\xBF]|.)"
)


def canonical(value: object) -> str:
    """Return a pattern in the one form that the functions below take.

    In a run of wildcards ``?`` comes before ``*``, and ``*`` comes once.

    Raises:
        ValueError: If the value is not text, or is text that no name can be.
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text. Put quotes around what you wrote")
    if not value:
        raise ValueError("'' matches no name. Remove it, or write '*' for every name")
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
        raise ValueError(f"{value!r} has a character that no name has. Write '?' in its place")
    return re.sub(r"[?*]+", lambda run: run[0].replace("*", "") + "*" * ("*" in run[0]), value)


def perl_pattern(patterns: Iterable[str], *, fold: bool = False) -> str:
    r"""Return an anchored Perl pattern for the bytes of a name that one of the patterns matches.

    Every byte but ASCII letters and digits is written ``\xNN``: none of them is special, neither to
    Perl nor to SEC.

    Args:
        patterns: Canonical patterns.
        fold: Whether letters in upper and lower case are the same.
    """
    perl = "|".join(_perl(each, fold) for each in dict.fromkeys(patterns))
    return rf"^(?{'i' if fold else ''}:{perl})\z"


def cover(wide: Iterable[str], narrow: Iterable[str], *, fold: bool = False) -> bool:
    """Tell whether every name that ``narrow`` matches is matched by one pattern of ``wide``.

    Never true by mistake; false also where it takes two of the wide patterns to match all names of
    a narrow one.
    """
    over = [
        re.compile("".join(_over_pattern(char, fold) for char in each), re.DOTALL) for each in wide
    ]
    return all(any(each.fullmatch(pattern) for each in over) for pattern in narrow)


def _cases(char: str) -> list[str]:
    """Return a letter in lower and upper case. What has two letters there stays as it is."""
    cases = {char, char.lower(), char.upper()}
    return sorted(each for each in cases if len(each) == 1)


def _perl(pattern: str, fold: bool) -> str:
    return "".join(
        {"*": ".*", "?": _CHARACTER}.get(char) or _perl_character(char, fold) for char in pattern
    )


def _perl_character(char: str, fold: bool) -> str:
    # Perl sees bytes, so of itself it folds only ASCII.
    cases = _cases(char) if fold and not char.isascii() else [char]
    found = ["".join(map(_perl_byte, case.encode())) for case in cases]
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"


def _perl_byte(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and char.isalnum() else rf"\x{byte:02X}"


def _over_pattern(char: str, fold: bool) -> str:
    # What a wildcard of one pattern may stand for in another: "?" for anything of one character.
    if char in "*?":
        return ".*" if char == "*" else "[^*]"
    over = [each for each in _cases(char) if {*_cases(each)} <= {*_cases(char)}] if fold else [char]
    return f"(?:{'|'.join(map(re.escape, over))})"
