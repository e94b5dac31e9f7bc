# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which patterns of messages are taken, and what is said of the others."""

from __future__ import annotations

import re

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.message_patterns import parse


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        (r"^a$", set()),
        (r"^(?:a|b)\z", set()),
        (r"^a$|^b$", set()),
        (r"^(?<ip>\S+) port (?<port>\d{1,5})$", {"ip", "port"}),
        (r"^(?:u (?<user>\w+)|v (?<user>\d+))$", {"user"}),
        (r"^(?<who>\S+)/x \g{who}$", {"who"}),
        (r"^(?<who>\S+)/x \k<who>$", {"who"}),
        (r"^(?:(?!\]: ')[^\t])*+\[(?:\xC3\xA4|.)\]$", set()),
        (r"^\\(?<ip>x)$", {"ip"}),
        (r"^(?>a*)(?<!b)[[^]+$", set()),
    ],
)
def test_a_pattern_is_taken(pattern: str, groups: set[str]) -> None:
    found = parse(pattern)
    assert (found.text, found.groups) == (pattern, groups)


def test_a_fragment_needs_no_anchors() -> None:
    assert parse(r"(?<ip>\S+):\d+", anchored=False).groups == {"ip"}
    assert parse("/", anchored=False).text == "/"


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (None, "null is not a pattern. Write it in single quotes"),
        ("", "'' is not a pattern."),
        (7, "7 is not a pattern."),
        ("^a\nb$", "has a line break or another character that is not printable ASCII."),
        ("^é$", r"Write it on one line, and a byte as \xC3"),
        ("^($", "'^($' is not a regular expression: missing ), unterminated subpattern"),
        ("^(?{system})$", "is not a regular expression: unknown extension"),
        ("^a{2,1}$", "is not a regular expression: min repeat greater than max repeat"),
        (r"^(?<a>x)\g{b}$", "is not a regular expression: unknown group name 'b'"),
        ("^" + "(" * 2000 + ")" * 2000 + "$", "is not a regular expression: "),
        ("a$", "'a$' can match in the middle of a message. Begin it with ^ and end it with $"),
        ("^a", "can match in the middle"),
        ("^a|b$", "can match in the middle"),
        ("^(?:a$|b)", "can match in the middle"),
        ("(?i)^a$", "has '(?i)', which is left out here"),
        ("^(?i:a)$", "has '(?i:', which is left out here"),
        (r"^\h$", r"has '\h', which is left out here"),
        (r"^\R$", r"has '\R', which is left out here"),
        (r"^\p{L}$", r"has '\p', which is left out here"),
        (r"^\x{41}$", r"has '\x', which is left out here"),
        (r"^\u0041$", r"has '\u', which is left out here"),
        (r"^[[:alpha:]]$", "has '[:', which is left out here"),
        (r"^a{,3}$", "has '{,', which is left out here"),
    ],
)
def test_another_is_named_with_its_fix(pattern: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(.*)*$",
        "^(?:a+)+$",
        "^(?:a|b*)*$",
        r"^(\w+\s?)*$",
        "^.*.*$",
        r"^\D*\d*\D*$",
        r"^.*(?: x)?\S*$",
        r"^(?:\d+|a)(?:[^ ]+)$",
        r"^\w*(?=a)\d*?$",
        r"^a(?:x(?:.*)*)$",
        r"^(?<a>x)(?:\g{a})*.*$",
    ],
)
def test_two_endless_repeats_of_the_same_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="has two endless repeats that can take the same"):
        parse(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d+\w{1,9}$",
        r"^(?:[^/]+/)*\w+$",
        r"^\d*[a-z]*$",
        r"^.*+.*$",
        r"^(?>.*)\S*$",
        r"^\S+ .*$",
        r"^[^\d]*\d*$",
        r"^(?:\S+ )*$",
    ],
)
def test_endless_repeats_that_cannot_are_taken(pattern: str) -> None:
    assert parse(pattern).text == pattern


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        (r"^Accepted \S+ for$", "Accepted ", True),
        (r"^Accepted \S+ for$", " for", True),
        (r"^Accepted \S+ for$", "Accepted for", False),
        (r"^pool \(x\)\.y$", "pool (x).y", True),
        (r"^(?:one|two) more$", "one more", False),
        (r"^(?:one|two) more$", " more", True),
        (r"^(?:ab|ax) more$", "ab more", False),
        (r"^(?:x text|y text).*$", " text", True),
        (r"^(?:text)?$", "text", False),
        (r"^(?:text)*$", "text", False),
        (r"^(?:text)+$", "text", True),
        (r"^te(?:s)?xt$", "text", False),
        (r"^te(?=x)xt$", "text", True),
        (r"^(?<a>te)(?>xt)$", "text", True),
        (r"^te.xt$", "text", False),
        (r"^t[e]xt$", "text", True),
        (r"^" + "(?:a|b)?" * 20 + "text$", "text", True),
        (r"^text" + "(?:a|b)?" * 20 + "more$", "textmore", False),
    ],
)
def test_which_texts_a_pattern_holds(pattern: str, text: str, holds: bool) -> None:
    assert parse(pattern).holds(text) is holds
