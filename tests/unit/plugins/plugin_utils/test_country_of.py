# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking an address up: an answer, no country, or a sentence that says what is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.loghost.geowatch.plugins.plugin_utils.geoip import country_of

FINLAND = {"198.51.100.0/24": {"country": {"iso_code": "FI"}}}


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("198.51.100.7", "FI"),
        ("::ffff:198.51.100.7", "FI"),
        ("::ffff:c633:6407", "FI"),
        ("2001:db8::7", "SE"),
        ("2001:DB8:0::7", "SE"),
        ("203.0.113.7", None),
        ("198.18.0.7", None),
        ("10.0.0.7", None),
    ],
)
def test_country_of(address: str, country: str | None, database: str) -> None:
    assert country_of(address, database) == country


@pytest.mark.parametrize("database_type", ["DBIP-Country-Lite", "GeoIP2-City", "GeoIP2-Enterprise"])
def test_other_types_that_know_countries(
    database_type: str, make_database: Callable[..., str]
) -> None:
    assert country_of("198.51.100.7", make_database(FINLAND, database_type)) == "FI"


def test_an_ipv4_database_knows_no_ipv6_address(make_database: Callable[..., str]) -> None:
    database = make_database(FINLAND, ip_version=4)
    assert country_of("198.51.100.7", database) == "FI"
    assert country_of("2001:db8::7", database) is None


@pytest.mark.parametrize("code", ["AA", "QM", "XX", "ZZ", "EU", "AP", "UK", "fi"])
def test_codes_that_are_no_country(code: str, make_database: Callable[..., str]) -> None:
    records = {**FINLAND, "203.0.113.0/24": {"country": {"iso_code": code}}}
    assert country_of("203.0.113.7", make_database(records)) is None


def test_kosovo(make_database: Callable[..., str]) -> None:
    records = {"203.0.113.0/24": {"country": {"iso_code": "XK"}}}
    assert country_of("203.0.113.7", make_database(records)) == "XK"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_no_regular_file(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "country.mmdb")
    with pytest.raises(ValueError, match=r"country\.mmdb' is not a regular file"):
        country_of("198.51.100.7", str(tmp_path / "country.mmdb"))


@pytest.mark.parametrize("address", ["", "x", "198.51.100", "198.51.100.7 ", "198.51.100.0/24"])
def test_a_bad_address_is_an_error(address: str, database: str) -> None:
    with pytest.raises(ValueError, match="is not an IPv4 or IPv6 address"):
        country_of(address, database)


@pytest.mark.parametrize("address", [7, None, False, b"198.51.100.7", ["198.51.100.7"]])
def test_an_address_is_text(address: object, database: str) -> None:
    with pytest.raises(ValueError, match=r"is not an IP address\. Give it as text"):
        country_of(address, database)


def test_a_missing_database(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*none\.mmdb.*: No such file or directory"):
        country_of("198.51.100.7", str(tmp_path / "none.mmdb"))


@pytest.mark.parametrize("path", [None, False, 3])
def test_a_database_is_a_path(path: object) -> None:
    with pytest.raises(ValueError, match=r"database is .*\. Give the path of an \.mmdb file"):
        country_of("198.51.100.7", path)


@pytest.mark.parametrize("content", [b"", b"not a database\n", bytes(5000)])
def test_a_file_of_another_kind(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.mmdb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other\.mmdb' is not a country database"):
        country_of("198.51.100.7", str(path))


def test_a_damaged_database(database: str) -> None:
    path = Path(database)
    path.write_bytes(path.read_bytes()[200:])
    with pytest.raises(ValueError, match="is not a country database that can be read"):
        country_of("198.51.100.7", database)


@pytest.mark.parametrize(
    ("record", "database_type"),
    [
        ({"autonomous_system_number": 64496}, "GeoLite2-ASN"),
        ({"country_code": "FI"}, "Flat-Country"),
        ({"country": "FI"}, "Flat-Country"),
        ({"country": {"iso_code": "FI"}}, "Something-Else"),
    ],
)
def test_a_database_of_another_kind(
    record: dict[str, object], database_type: str, make_database: Callable[..., str]
) -> None:
    database = make_database({"198.51.100.0/24": record}, database_type)
    with pytest.raises(ValueError, match=r"is not a country database that can be read\. Use a"):
        country_of("198.51.100.7", database)


def test_without_geoip2(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geoip2.database", None)
    with pytest.raises(ValueError, match=r"geoip2 is missing on the controller\. Run: .* pip inst"):
        country_of("198.51.100.7", database)
