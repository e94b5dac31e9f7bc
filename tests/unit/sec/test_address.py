# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is an address, and how it is compared with networks."""

from __future__ import annotations

import pytest
from correlator import perl


def seen(text: str) -> str:
    """Return whether it is an address, and its digits."""
    code = (
        "use Address; print Address::is_one(@ARGV) ? 'one ' : 'none ', Address::hex_digits(@ARGV)"
    )
    return perl(code, text)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("198.51.100.7", "4:c6336407"),
        ("2001:db8::1", "6:20010db8000000000000000000000001"),
        ("2001:DB8::1", "6:20010db8000000000000000000000001"),
        ("::ffff:198.51.100.7", "6:00000000000000000000ffffc6336407"),
    ],
)
def test_an_address(text: str, digits: str) -> None:
    assert seen(text) == f"one {digits}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "198.51.100",
        "198.51.100.256",
        "198.51.100.7:1194",
        "[2001:db8::1]",
        "2001:db8::1::",
    ],
)
def test_no_address(text: str) -> None:
    assert seen(text) == "none "


def test_a_zone_is_passed_over() -> None:
    assert seen("fe80::1%eth0") == "one 6:fe800000000000000000000000000001"
