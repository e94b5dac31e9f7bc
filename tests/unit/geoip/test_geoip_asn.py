# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose network an address is in."""

from __future__ import annotations

from pathlib import Path

import pytest
from geowatch.geoip.answer import answer
from geowatch.geoip.asn import UNKNOWN, AsnDatabase, Network
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError
from small_databases import BUILD_DATE, MakeDatabase, asn_record

RECORDS = {
    "198.51.100.0/24": asn_record(64496, "Example Ltd"),
    "2001:db8::/32": asn_record(64511, "Six"),
}


def make(make_database: MakeDatabase, **options: object) -> Path:
    """Return an ASN database."""
    given = {"name": "asn.mmdb", "database_type": "GeoLite2-ASN", "records": RECORDS, **options}
    return make_database(**given)


@pytest.mark.parametrize("kind", ["GeoLite2-ASN", "DBIP-ASN-Lite (compat=GeoLite2-ASN)"])
@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", Network("64496", "Example Ltd")),
        ("2001:db8::1", Network("64511", "Six")),
        ("203.0.113.9", UNKNOWN),
    ],
)
def test_good(make_database: MakeDatabase, kind: str, address: str, network: Network) -> None:
    database = AsnDatabase(make(make_database, database_type=kind))
    assert database.network(address) == network
    assert (database.type, database.date) == (kind, BUILD_DATE)


@pytest.mark.parametrize("kind", ["GeoLite2-Country", "asn ipvAll", "GeoIP2-ISP"])
def test_wrong_types_are_refused_by_name(make_database: MakeDatabase, kind: str) -> None:
    with pytest.raises(DatabaseError, match="use GeoLite2-ASN") as error:
        AsnDatabase(make(make_database, database_type=kind))
    assert kind in str(error.value)


def test_records_of_another_shape(make_database: MakeDatabase) -> None:
    with pytest.raises(DatabaseError, match="use GeoLite2-ASN"):
        AsnDatabase(make(make_database, records={"198.51.100.0/24": {"asn": 64496}}))


def test_an_owner_holds_nothing_that_does_not_print(make_database: MakeDatabase) -> None:
    records = {"198.51.100.0/24": asn_record(64496, "A\tB\nC\x1b")}
    database = AsnDatabase(make(make_database, records=records))
    assert database.network("198.51.100.7") == Network("64496", "ABC")


def test_a_record_that_cannot_be_read_spoils_no_answer(make_database: MakeDatabase) -> None:
    records = {
        "198.18.0.0/15": asn_record(64496, "A"),
        "198.51.100.0/24": {"autonomous_system_number": "x"},
    }
    database = AsnDatabase(make(make_database, records=records))
    found = answer("198.51.100.7", CountryDatabase(make_database()), database)
    assert (found.country, found.reason, found.asn, found.as_owner) == ("FI", "found", "", "")


def test_ipv6_in_a_database_of_ipv4(make_database: MakeDatabase) -> None:
    records = {"198.51.100.0/24": asn_record(64496, "A")}
    database = AsnDatabase(make(make_database, records=records, ip_version=4))
    assert database.network("2001:db8::1") == UNKNOWN
