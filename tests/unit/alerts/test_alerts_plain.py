# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers wrote calls nobody, links nowhere, and is no part of a message."""

from __future__ import annotations

import re

import pytest
from geowatch.alerts.plain import labelled, plain

HOSTILE = (
    "@everyone",
    "@here",
    "<!channel>",
    "<@U024BE7LH>",
    "@room",
    "**bold** _it_ __u__ ~~gone~~ `code` ||spoiler||",
    "[a link](https://evil.example)",
    "![](https://evil.example/pixel.png)",
    "<b>bold</b><script>alert(1)</script>",
    "&#64;everyone",
    "https://evil.example/x",
    "evil.example",
    "mailto:eve@evil.example",
    ":skull:",
    "# heading",
    "> quote",
    "\\*escaped\\*",
    "$(id) ${user} {{ .Labels }}",
    "line\nbreak",
    "\u202egnp.exe",
    "a\u2028b",
    "==x== ^^y^^ ++z++ --w--",
)

# Whatever a service we know takes for more than text.
MEANS = re.compile(
    r"@|<|>|&|#|\*|~|`|\||\[|\]|\{|\}|\\(?!u[0-9a-f]{4})|\$|\^|://|//|\w\.[a-z]|:[a-z]"
    r"|(?<![a-z])_|_(?![a-z])|==|\+\+|--|[\u202a-\u202e\u2066-\u2069\u2028\u2029\n]"
)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_left_that_means_something(name: str) -> None:
    assert not MEANS.search(plain(f"Who: {name}."))
    assert not MEANS.search(plain(name))


def test_a_person_reads_the_same() -> None:
    said = 'OpenVPN login from Brazil (BR), expected FI: 198.51.100.7 on vpn1, user "jo_doe-2"'
    assert plain(said) == said
    said = "2026-05-04T03:02:01.123Z and 2001:db8::7 and 2001:db8:a::cafe"
    assert plain(said) == said


@pytest.mark.parametrize(
    "name", ["alice", "alice@example.org", "alice@vpn1.example.org BR critical", "O'Neil", "jo_doe"]
)
def test_a_label_that_is_harmless_stays_what_programs_look_for(name: str) -> None:
    assert labelled(name) == name


@pytest.mark.parametrize("name", [each for each in HOSTILE if each != "evil.example"])
def test_a_label_that_is_not_is_made_so(name: str) -> None:
    if name not in (":skull:", "mailto:eve@evil.example"):
        assert labelled(name) == plain(name) != name
