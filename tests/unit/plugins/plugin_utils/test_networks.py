# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses the pattern of a network matches, and what is said of a bad network."""

from __future__ import annotations

import ipaddress
import random
import re

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.networks import (
    collapse,
    cover,
    parse,
    perl_pattern,
)
from ansible_collections.loghost.geowatch.tests.unit.plugins.plugin_utils.perl import matched


def pattern(*values: str) -> str:
    return perl_pattern(collapse(map(parse, values)))


def hexadecimal(address: str) -> bytes:
    ip = ipaddress.ip_address(address)
    return f"{ip.version}:{ip.packed.hex()}".encode()


@pytest.mark.parametrize(
    ("network", "yes", "no"),
    [
        ("198.51.100.0/24", ["198.51.100.0", "198.51.100.255"], ["198.51.99.255", "198.51.101.0"]),
        ("192.0.2.64/26", ["192.0.2.64", "192.0.2.127"], ["192.0.2.63", "192.0.2.128"]),
        ("198.51.100.7", ["198.51.100.7"], ["198.51.100.6", "198.51.100.8"]),
        ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255", "8000::"]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "ffff::"]),
        ("::/0", ["::", "ffff::"], ["0.0.0.0", "255.255.255.255"]),
        ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::"], ["2001:db7:ffff::", "2001:db9::"]),
        ("2001:DB8::/33", ["2001:db8:7fff::"], ["2001:db8:8000::"]),
        ("2001:db8::1/128", ["2001:db8::1"], ["2001:db8::2", "198.51.100.1"]),
    ],
)  # fmt: skip
def test_the_pattern_matches(network: str, yes: list[str], no: list[str]) -> None:
    addresses = [hexadecimal(address) for address in [*yes, *no]]
    assert matched(pattern(network), addresses) == addresses[: len(yes)]


def test_every_prefix_ends_where_python_says() -> None:
    chance = random.Random(1)
    for size, version in ((32, ipaddress.IPv4Address), (128, ipaddress.IPv6Address)):
        for length in range(size + 1):
            address = version(chance.getrandbits(size))
            network = ipaddress.ip_network(f"{address}/{length}", strict=False)
            first, last = int(network[0]), int(network[-1])
            around = [n for n in (first - 1, first, last, last + 1) if 0 <= n < 2**size]
            for number in around:
                found = re.search(pattern(str(network)), hexadecimal(str(version(number))).decode())
                assert bool(found) is (version(number) in network)


def test_a_pattern_of_several_networks_is_short() -> None:
    assert (
        pattern("2001:db8::/32", "198.51.100.128/25", "198.51.100.7", "198.51.100.0/25")
        == "^(?:4:c63364|6:20010db8)"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3325256704, "3325256704 is not a network. Write it as 198.51.100.0/24 or 2001:db8::/32"),
        (None, "None is not a network. Write it as 198.51.100.0/24 or 2001:db8::/32"),
        ("office", "'office' is not a network. Write it as 198.51.100.0/24 or 2001:db8::/32"),
        ("198.51.100.0/33", "'198.51.100.0/33' is not a network. Write it as 198.51.100.0/24 or "
         "2001:db8::/32"),
        ("198.51.100.7/24", "'198.51.100.7/24' is an address within a network. Write "
         "'198.51.100.0/24' for the network, or '198.51.100.7' for the address alone"),
        ("::ffff:198.51.100.0/120", "'::ffff:198.51.100.0/120' is IPv4. Write '198.51.100.0/24'"),
        ("fe80::%eth0/64", "'fe80::%eth0/64' names an interface. Write it without the % and what "
         "follows"),
    ],
)  # fmt: skip
def test_a_bad_network_is_named_with_its_fix(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse(value)


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (["198.51.100.0/24"], ["198.51.100.0/24", "198.51.100.128/25"], True),
        (["198.51.100.0/25"], ["198.51.100.0/24"], False),
        (["198.51.100.0/25"], ["192.0.2.0/24", "198.51.100.0/26"], False),
        (["198.51.100.0/25", "198.51.100.128/25"], ["198.51.100.0/24"], True),
        (["0.0.0.0/0"], ["2001:db8::/32"], False),
        (["::/0"], ["198.51.100.0/24"], False),
        (["::/0", "0.0.0.0/0"], ["198.51.100.0/24", "2001:db8::1"], True),
    ],
)
def test_cover(wide: list[str], narrow: list[str], covered: bool) -> None:
    assert cover(collapse(map(parse, wide)), collapse(map(parse, narrow))) is covered
