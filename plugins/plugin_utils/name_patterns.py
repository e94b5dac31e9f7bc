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


def perl_pattern(patterns: Iterable[str]) -> str:
    r"""Return an anchored Perl pattern for the bytes of a name that one of the patterns matches.

    Every byte but ASCII letters and digits is written ``\xNN``: none of them is special, neither to
    Perl nor to SEC.
    """
    return rf"^(?:{'|'.join(_perl(each) for each in dict.fromkeys(patterns))})\z"


def cover(wide: Iterable[str], narrow: Iterable[str]) -> bool:
    """Tell whether every name that ``narrow`` matches is matched by one pattern of ``wide``.

    Never true by mistake; false also where it takes two of the wide patterns to match all names of
    a narrow one.
    """
    over = [re.compile("".join(map(_over_pattern, each)), re.DOTALL) for each in wide]
    return all(any(each.fullmatch(pattern) for each in over) for pattern in narrow)


def _perl(pattern: str) -> str:
    return "".join(
        {"*": ".*", "?": _CHARACTER}.get(char) or "".join(map(_perl_byte, char.encode()))
        for char in pattern
    )


def _perl_byte(byte: int) -> str:
    char = chr(byte)
    return char if char.isascii() and char.isalnum() else rf"\x{byte:02X}"


def _over_pattern(char: str) -> str:
    # What a wildcard of one pattern may stand for in another: "?" for anything of one character.
    return {"*": ".*", "?": "[^*]"}.get(char) or re.escape(char)
