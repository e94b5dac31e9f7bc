# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases of the shapes that MaxMind publishes for tests, at addresses for documentation."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from geowatch.geoip.answer import answer
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError, Mmdb
from geowatch.geoip.whole import nodes
from small_databases import MakeDatabase

NAMES = {"de": "x", "en": "Philippines", "fr": "x", "pt-BR": "x", "zh-CN": "菲律宾"}
CONTINENT = {"code": "AS", "geoname_id": 6255147, "names": {"en": "Asia"}}
PLACE = {"geoname_id": 1694008, "iso_code": "PH", "names": NAMES}
AMERICA = {"geoname_id": 6252001, "iso_code": "US", "names": {"en": "United States"}}

RECORDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a country, and a base of another one": (
        "GeoIP2-Country",
        {
            "continent": CONTINENT,
            "country": {**PLACE, "is_in_european_union": False},
            "registered_country": AMERICA,
            "represented_country": {**AMERICA, "type": "military"},
        },
        "PH",
    ),
    "only where it is registered": (
        "GeoIP2-Country",
        {"continent": CONTINENT, "registered_country": AMERICA, "traits": {"is_anycast": True}},
        "",
    ),
    "only traits": ("GeoLite2-Country", {"traits": {"is_anonymous_proxy": True}}, ""),
    "only a continent": ("GeoLite2-Country", {"continent": CONTINENT}, ""),
    "a country without a code": ("GeoLite2-Country", {"country": {"geoname_id": 1694008}}, ""),
    "nothing": ("GeoLite2-Country", {}, ""),
    "a city": (
        "GeoIP2-City",
        {
            "city": {"geoname_id": 1701668, "names": NAMES},
            "continent": CONTINENT,
            "country": PLACE,
            "location": {
                "accuracy_radius": 1000,
                "latitude": 14.5955,
                "longitude": 120.9721,
                "time_zone": "Asia/Manila",
            },
            "postal": {"code": "34021"},
            "registered_country": PLACE,
            "subdivisions": [{"geoname_id": 1, "iso_code": "00", "names": NAMES}] * 2,
            "traits": {"is_satellite_provider": True},
        },
        "PH",
    ),
    "an enterprise": (
        "GeoIP2-Enterprise",
        {
            "city": {"confidence": 11, "names": NAMES},
            "country": {**PLACE, "confidence": 99},
            "traits": {
                "autonomous_system_number": 64496,
                "autonomous_system_organization": "Example",
                "is_legitimate_proxy": True,
                "static_ip_score": 1.5,
                "user_type": "business",
            },
        },
        "PH",
    ),
    "DB-IP's, with fewer fields": (
        "DBIP-Country-Lite",
        {"country": {"iso_code": "PH", "names": {"en": "Philippines"}}},
        "PH",
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records(make_database: MakeDatabase, name: str) -> None:
    kind, record, code = RECORDS[name]
    records = {
        "198.51.100.0/24": record,
        "2001:db8::/32": record,
        "198.18.0.0/15": {"country": PLACE},
    }
    database = CountryDatabase(make_database(records=records, database_type=kind))
    for address in ("198.51.100.7", "2001:db8::7"):
        found = answer(address, database)
        assert (found.country, found.country_name) == ((code, "Philippines") if code else ("", ""))
        assert found.reason == ("found" if code else "not_found")


@pytest.mark.parametrize(
    ("kind", "database"),
    [
        *[
            (f"{brand}-{name}", CountryDatabase)
            for brand in ("GeoLite2", "GeoIP2")
            for name in ("Country", "City")
        ],
        ("GeoIP2-City-North-America", CountryDatabase),
        ("GeoIP2-Enterprise-Shield", CountryDatabase),
        ("GeoIP2-Precision-Enterprise", CountryDatabase),
        ("GeoLite2-ASN", AsnDatabase),
    ],
)
def test_types_that_are_taken(make_database: MakeDatabase, kind: str, database: type[Mmdb]) -> None:
    record = {"country": PLACE, "autonomous_system_number": 64496}
    path = make_database(records={"198.51.100.0/24": record}, database_type=kind)
    assert database(path).type == kind


@pytest.mark.parametrize(
    "kind",
    [
        "GeoIP-Anonymous-Plus",
        "GeoIP2-Anonymous-IP",
        "GeoIP2-Connection-Type",
        "GeoIP2-DensityIncome",
        "GeoIP2-Domain",
        "GeoIP2-IP-Risk",
        "GeoIP2-ISP",
        "GeoIP2-Static-IP-Score",
        "GeoIP2-User-Count",
        "Test",
    ],
)
def test_types_that_are_refused(make_database: MakeDatabase, kind: str) -> None:
    record = {"country": PLACE, "autonomous_system_number": 64496}
    path = make_database(records={"198.51.100.0/24": record}, database_type=kind)
    for database in (CountryDatabase, AsnDatabase):
        with pytest.raises(DatabaseError, match=f"this is a '{kind}' database; use "):
            database(path)


@pytest.mark.parametrize("value", ["text", 7, 1.5, True, ["a list"]])
def test_records_that_are_no_map(make_database: MakeDatabase, value: object) -> None:
    records = {"198.51.100.0/24": value, "198.18.0.0/15": {"country": PLACE}}
    database = CountryDatabase(make_database(records=records))
    assert answer("198.51.100.7", database).reason == "bad_database"
    assert answer("198.18.0.7", database).country == "PH"


def test_nothing_of_ipv4_in_it(make_database: MakeDatabase) -> None:
    database = CountryDatabase(make_database({"2001:db8::/32": "FI"}))
    assert answer("198.51.100.7", database).reason == "not_found"
    assert answer("2001:db8::7", database).country == "FI"


def test_ipv4_in_ipv6(make_database: MakeDatabase) -> None:
    """As MaxMind's writers do it: 2002::/16 and others lead to the node of ::/96."""
    path = make_database({"198.51.100.0/24": "FI", "2002::/16": "SE", "2001:db8::/32": "RU"})
    alias(path, "2002::", 16)
    database = CountryDatabase(path)
    assert answer("2002:c633:6407::1", database).country == "FI"
    assert answer("2002:cb00:7107::1", database).reason == "not_found"
    assert answer("198.51.100.7", database).country == "FI"
    assert answer("2001:db8::7", database).country == "RU"


@pytest.mark.parametrize("back", range(96))
def test_any_other_way_back_has_no_end(make_database: MakeDatabase, back: int) -> None:
    path = make_database({"198.51.100.0/24": "FI", "2002::/16": "SE"})
    alias(path, "2002::", 16, back)
    with pytest.raises(DatabaseError, match="the search tree has no end"):
        CountryDatabase(path)


def alias(path: Path, network: str, length: int, bits: int = 96) -> None:
    """Let the way to a network lead to the node of ::/96, or of that many zeros, instead."""
    content = bytearray(path.read_bytes())
    tree = list(nodes(memoryview(bytes(content[: len(content) // 6 * 6])), 24))  # and what follows
    target = node = 0
    for _bit in range(bits):
        target = tree[target][0]
    number = int(ip_address(network))
    for bit in range(length - 1):
        node = tree[node][number >> 127 - bit & 1]
    side = number >> 128 - length & 1
    place = node * 6 + side * 3
    content[place : place + 3] = target.to_bytes(3, "big")
    path.write_bytes(content)
