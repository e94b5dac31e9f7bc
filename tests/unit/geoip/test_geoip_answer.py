# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text has an answer; every reason is given where it is due."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from geowatch.geoip.answer import Answer, answer
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.iso_3166 import COUNTRIES
from geowatch.geoip.mmdb import DatabaseError
from small_databases import BUILD_DATE, MakeDatabase, country_record

GONE = DatabaseError("no_database", "gone")


@pytest.fixture
def database(make_database: MakeDatabase) -> CountryDatabase:
    return CountryDatabase(make_database())


def test_all_fields(database: CountryDatabase) -> None:
    assert answer("198.51.100.7", database) == Answer(
        "198.51.100.7", "FI", "found", "Finland", "GeoLite2-Country", BUILD_DATE
    )


@pytest.mark.parametrize(
    ("given", "canonical", "country", "reason"),
    [
        ("198.51.100.200", "198.51.100.200", "RU", "found"),
        ("2001:DB8:000f:0::1", "2001:db8:f::1", "FI", "found"),
        ("::ffff:198.51.100.7", "198.51.100.7", "FI", "found"),
        ("::FFFF:c633:6407", "198.51.100.7", "FI", "found"),
        ("::ffff:10.0.0.1", "10.0.0.1", "", "internal"),
        ("fe80::1%eth0", "fe80::1%eth0", "", "internal"),
        ("FE80::1%enp0s31f6.7", "fe80::1%enp0s31f6.7", "", "internal"),
        ("10.99.3.4", "10.99.3.4", "FI", "found"),
        ("203.0.113.9", "203.0.113.9", "", "not_found"),
        ("::", "::", "", "not_found"),
        ("255.255.255.255", "255.255.255.255", "", "not_found"),
    ],
)
def test_address(
    database: CountryDatabase, given: str, canonical: str, country: str, reason: str
) -> None:
    found = answer(given, database)
    assert (found.ip, found.country, found.reason) == (canonical, country, reason)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("10.0.0.0", "9.255.255.255"),
        ("10.255.255.255", "11.0.0.0"),
        ("172.16.0.0", "172.15.255.255"),
        ("172.31.255.255", "172.32.0.0"),
        ("192.168.0.0", "192.167.255.255"),
        ("192.168.255.255", "192.169.0.0"),
        ("100.64.0.0", "100.63.255.255"),
        ("100.127.255.255", "100.128.0.0"),
        ("127.0.0.0", "126.255.255.255"),
        ("127.255.255.255", "128.0.0.0"),
        ("169.254.0.0", "169.253.255.255"),
        ("169.254.255.255", "169.255.0.0"),
        ("::1", "::2"),
        ("fc00::", "fbff:ffff::"),
        ("fdff:ffff::", "fe00::"),
        ("fe80::", "fe7f:ffff::"),
        ("febf:ffff::", "fec0::"),
    ],
)
def test_internal_networks(database: CountryDatabase, inside: str, outside: str) -> None:
    assert answer(inside, database).reason == "internal"
    assert answer(outside, database).reason == "not_found"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "198.51.100",
        "198.51.100.256",
        "198.051.100.007",
        "198.51.100.7 ",
        "198.51.100.7:1194",
        "[2001:db8::1]",
        "198.51.100.7%eth0",
        "fe80::1%",
        "fe80::1%eth0%eth1",
        "fe80::1%`touch x`",
        "fe80::1%a\0",
        "fe80::1%interface-name-of-a-kilometre",
        "2001:db8:::1",
        "\N{FULLWIDTH DIGIT ONE}98.51.100.7",
        "3325256711",
        "x" * 100_000,
        "\udcff",
    ],
)
def test_no_address(database: CountryDatabase, text: str) -> None:
    assert answer(text, database) == Answer(
        text, "", "bad_address", "", "GeoLite2-Country", BUILD_DATE
    )


@pytest.mark.parametrize("reason", ["no_database", "bad_database"])
def test_without_a_database(reason: str) -> None:
    lack = DatabaseError(reason, "gone")
    assert answer("::ffff:198.51.100.7", lack) == Answer("198.51.100.7", "", reason, "", "", "")


def test_an_internal_address_is_not_called_internal_before_the_database_was_asked() -> None:
    assert answer("10.99.0.1", GONE).reason == "no_database"


def test_no_address_without_a_database() -> None:
    assert answer("nonsense", GONE).reason == "bad_address"


def test_a_record_that_cannot_be_read(make_database: MakeDatabase) -> None:
    records = {"198.51.100.0/24": {"country": "FI"}, "198.18.0.0/15": country_record("SE")}
    database = CountryDatabase(make_database(records=records))
    assert answer("198.51.100.7", database) == Answer(
        "198.51.100.7", "", "bad_database", "", "GeoLite2-Country", BUILD_DATE
    )


NO_COUNTRIES = ["AA", "QM", "QZ", "XA", "XX", "XZ", "ZZ", "EU", "AP", "UN", "UK", "AC", "FX", "AN"]


@pytest.mark.parametrize("code", NO_COUNTRIES)
def test_codes_that_are_no_country(make_database: MakeDatabase, code: str) -> None:
    database = CountryDatabase(make_database({"198.51.100.0/24": code, "10.0.0.0/8": code}))
    assert answer("198.51.100.7", database).reason == "not_found"
    assert answer("10.0.0.7", database).reason == "internal"
    assert answer("10.0.0.7", database).country == ""


def test_kosovo(make_database: MakeDatabase) -> None:
    database = CountryDatabase(make_database({"198.51.100.0/24": "XK"}))
    assert answer("198.51.100.7", database)[1:3] == ("XK", "found")


def test_the_countries_are_those_that_can_be_expected() -> None:
    """The plugins have a list of their own, for variables, on the controller."""
    plugin = Path(__file__).parents[3] / "plugins/plugin_utils/iso_3166.py"
    codes = set(re.findall(r'^    "([A-Z]{2})": Country', plugin.read_text(), re.MULTILINE))
    assert len(codes) == 249
    assert codes | {"XK"} == COUNTRIES
