# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A country database in the shape of GeoLite2-Country, of about its depth: the same each time.

Networks of many sizes cover the public IPv4 addresses. 198.18.0.0/15, which logins of the bench
come from, is cut into networks of 256 addresses, a third of them in the expected countries.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPNetwork, IPSet
from paths import ROOT

sys.path.append(str(ROOT))

from plugins.plugin_utils.iso_3166 import COUNTRIES

EXPECTED = ["FI", "NO", "SE"]
"""The countries that the bench's logins are expected from."""

LANGUAGES = ("de", "en", "es", "fr", "ja", "pt-BR", "ru", "zh-CN")
LOGINS = IPNetwork("198.18.0.0/15")
RESERVED = IPSet(
    [
        *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8"),
        *("169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    ]
)


def networks(seed: int = 1) -> Iterator[tuple[str, str]]:
    """Yield each network with its country, some ten thousand of them."""
    choice = random.Random(seed)
    codes = sorted(COUNTRIES)
    address, end = 1 << 24, 224 << 24
    while address < end:
        length = choice.choice((12, 13, 14, 15, 16, 17))
        size = 1 << (32 - length)
        if address % size:
            size = address & -address
            length = 33 - size.bit_length()
        text = ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{length}"
        if not (IPSet([text]) & RESERVED):
            yield text, choice.choice(codes)
        address += size
    for subnet in LOGINS.subnet(24):
        yield str(subnet), choice.choice(EXPECTED if choice.random() < 1 / 3 else codes)


def _record(code: str) -> dict[str, object]:
    def named(name: str, number: int) -> dict[str, object]:
        return {"geoname_id": number, "names": {each: f"{name} ({each})" for each in LANGUAGES}}

    number = int.from_bytes(code.encode())
    country = {"iso_code": code, **named(COUNTRIES[code].name, number)}
    return {
        "continent": {"code": "EU", **named("Continent", 1)},
        "country": country,
        "registered_country": {"iso_code": "US", **named("United States", 2)},
    }


def write(path: Path) -> None:
    """Write the database, unless it is there and newer than this file."""
    if path.exists() and path.stat().st_mtime > Path(__file__).stat().st_mtime:
        return
    writer = MMDBWriter(6, "GeoLite2-Country", ipv4_compatible=True, description="For the bench")
    records = {code: _record(code) for code in COUNTRIES}
    for network, code in networks():
        writer.insert_network(IPSet([network]), records[code])
    writer.to_db_file(str(path))
