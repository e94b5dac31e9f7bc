# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names a pattern matches, and which patterns another one makes useless."""

from __future__ import annotations

import itertools
import re

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.name_patterns import (
    canonical,
    cover,
    perl_pattern,
)
from ansible_collections.loghost.geowatch.tests.unit.plugins.plugin_utils.perl import matched

# All that could be special to SEC or to Perl, and a name of each length in bytes.
SPECIAL = "!\"#$%&'()+,-./:;<=>@[\\]^_`{|}~ é€😀"


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("anna", ["anna"], ["Anna", "ann", "annab", "joanna", ""]),
        ("ext-*", ["ext-", "ext-bob", "ext-é"], ["ext", "an ext-bob", "EXT-bob"]),
        ("*-ext", ["-ext", "bob-ext"], ["bob-ext2"]),
        ("a*c*e", ["ace", "abcde"], ["acd"]),
        ("*", ["", "anna", SPECIAL], []),
        ("vpn?", ["vpn1", "vpné", "vpn😀", b"vpn\xff"], ["vpn", "vpn12", "vpnéé"]),
        ("??", ["ab", "aé", "€😀"], ["a", "é", "€", "abc"]),
        ("*??", ["ab", "abc", "aé"], ["a", "é", "€", "😀"]),
        ("é*", ["é", "éa"], [b"\xc3", "e"]),
        ("a.b", ["a.b"], ["axb"]),
        ("a|b", ["a|b"], ["a", "b"]),
        (SPECIAL, [SPECIAL], [SPECIAL + "x", SPECIAL[1:]]),
    ],
)
def test_a_pattern_matches(pattern: str, yes: list[str | bytes], no: list[str | bytes]) -> None:
    names = [name if isinstance(name, bytes) else name.encode() for name in [*yes, *no]]
    assert matched(perl_pattern([canonical(pattern)]), names) == names[: len(yes)]


def test_one_of_several_patterns_is_enough() -> None:
    names = [b"anna", b"ext-bob", b"annaext-", b"bob"]
    assert matched(perl_pattern(["anna", "ext-*"]), names) == [b"anna", b"ext-bob"]


def test_a_pattern_has_nothing_that_sec_reads() -> None:
    assert perl_pattern(["é*", "a.b", "é*"]) == r"^(?:\xC3\xA9.*|a\x2Eb)\z"
    assert not set(perl_pattern([SPECIAL, "?", "*"])) & set(";%$\t\n'\"{}")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1001, "1001 is not text. Put quotes around what you wrote"),
        (False, "False is not text. Put quotes around what you wrote"),
        ("", "'' matches no name. Remove it, or write '*' for every name"),
        ("a\tb", "'a\\tb' has a character that no name has. Write '?' in its place"),
        ("\udc80", "'\\udc80' has a character that no name has. Write '?' in its place"),
    ],
)
def test_a_bad_pattern_is_named_with_its_fix(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        canonical(value)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (["anna"], ["anna"], True),
        (["anna"], ["Anna"], False),
        (["anna", "bob"], ["bob"], True),
        (["anna"], ["anna", "bob"], False),
        (["ext-*"], ["ext-a", "ext-a*", "ext-?", "ext-*"], True),
        (["ext-a*"], ["ext-*"], False),
        (["*"], ["?*", "a*", "*"], True),
        (["?"], ["*"], False),
        (["?"], ["é"], True),
        (["a?c"], ["a*c"], False),
        (["?", "??*"], ["é", "ab*"], True),
        (["a.c"], ["abc"], False),
    ],
)
def test_cover(wide: list[str], narrow: list[str], covered: bool) -> None:
    assert cover(wide, narrow) is covered


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("aNNa", ["anna", "ANNA", "Anna"]),
        ("ext-É?", ["ext-éx", "EXT-ÉX", "ext-éÉ"]),
        ("ÿ*", ["Ÿ", "ÿ"]),
        ("straße", ["STRAßE", "straße"]),
    ],
)
def test_a_pattern_without_regard_to_case(pattern: str, names: list[str]) -> None:
    others = ["ann", "ext-ex", "strasse", "y"]
    values = [name.encode() for name in [*names, *others]]
    assert matched(perl_pattern([pattern], fold=True), values) == values[: len(names)]


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("anna", "ANNA", True),
        ("É*", "ét?", True),
        ("s", "\u017f", False),  # the long s, whose capital is S
        ("?", "ß", True),
        ("a", "*", False),
    ],
)
def test_cover_without_regard_to_case(wide: str, narrow: str, covered: bool) -> None:
    assert cover([wide], [narrow], fold=True) is covered
    assert not cover(["a"], ["A"])


def test_cover_is_never_true_by_mistake() -> None:
    texts = [
        "".join(chars) for size in range(4) for chars in itertools.product("ab?*", repeat=size)
    ]
    patterns = sorted({canonical(text) for text in texts if text})
    names = ["".join(chars) for size in range(5) for chars in itertools.product("abé", repeat=size)]
    found = {
        pattern: {
            name
            for name in names
            if re.fullmatch(pattern.replace("?", ".").replace("*", ".*"), name)
        }
        for pattern in patterns
    }
    for wide, narrow in itertools.product(patterns, repeat=2):
        assert not cover([wide], [narrow]) or found[wide] >= found[narrow], (wide, narrow)
