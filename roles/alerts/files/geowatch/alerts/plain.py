# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote, as text that no service takes for anything else.

In a chat, a name could call everybody, be a link, or look like a part of the message. Services
differ in what they understand and in how it is escaped, and new ones come. So the characters that
mean something to any of them give way to others that look alike and mean nothing.
"""

from __future__ import annotations

import re

from geowatch.alerts.alert import shown

# Mentions, tags, commands, HTML, and the marks of every kind of Markdown.
ALIKE = str.maketrans(
    {
        "@": "\uff20",  # FULLWIDTH COMMERCIAL AT
        "#": "\uff03",
        "&": "\uff06",
        "<": "\u2039",  # SINGLE LEFT-POINTING ANGLE QUOTATION MARK
        ">": "\u203a",
        "*": "\u2217",  # ASTERISK OPERATOR
        "~": "\u223c",  # TILDE OPERATOR
        "`": "\u02cb",  # MODIFIER LETTER GRAVE ACCENT
        "|": "\u01c0",  # LATIN LETTER DENTAL CLICK
        "[": "\uff3b",
        "]": "\uff3d",
        "{": "\uff5b",
        "}": "\uff5d",
        "\\": "\uff3c",
        "$": "\uff04",
        "^": "\uff3e",
        "!": "\uff01",
    }
)

# Where they stand decides whether they mean something: a link, an emoji, emphasis.
BY_PLACE = (
    (re.compile(r"//"), "\u2215\u2215"),  # DIVISION SLASH
    # Not in an address.
    (re.compile(r":(?=[^\W\d_])(?![0-9a-f]{1,4}(?![\w-]))"), "\ua789"),  # MODIFIER LETTER COLON
    (re.compile(r"(?<=\w)\.(?=[^\W\d_])"), "\u2024"),  # ONE DOT LEADER
    (re.compile(r"(?<![^\W_])_|_(?![^\W_])"), "\uff3f"),
    (re.compile(r"==+|--+|\+\++"), lambda found: "\u2060".join(found[0])),  # WORD JOINER
)

# What is harmless as it is, so that programs find the name that they look for.
HARMLESS = re.compile(r"[\w .,:;()@+/='\"-]*")
CALLS_ALL = re.compile(r"@\W*(?:all|channel|everyone|group|here|room)\b", re.IGNORECASE)


def plain(text: str) -> str:
    """Return text for people, in one line."""
    text = shown(text).translate(ALIKE)
    for what, instead in BY_PLACE:
        text = what.sub(instead, text)
    return text


def labelled(text: str) -> str:
    """Return text for programs that show it to people: as it is where nothing is in it."""
    is_harmless = (
        HARMLESS.fullmatch(text)
        and not CALLS_ALL.search(text)
        and not any(what.search(text) for what, _instead in (BY_PLACE[0], *BY_PLACE[3:]))
    )
    return text if is_harmless else plain(text)
