# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small country databases of documentation addresses, made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from mmdb_writer import MMDBWriter
from netaddr import IPSet

NAMES = {"FI": "Finland", "SE": "Sweden", "RU": "Russia"}

COUNTRIES = {
    "198.51.100.0/25": "FI",
    "198.51.100.128/25": "RU",
    "198.18.0.0/15": "SE",
    "10.99.0.0/16": "FI",
    "2001:db8:f::/48": "FI",
    "2001:db8:5::/48": "RU",
}
"""No country: 203.0.113.0/24 and the rest of 2001:db8::/32."""

BUILD_EPOCH = 1790000000
BUILD_DATE = "2026-09-21"

MakeDatabase = Callable[..., Path]


def country_record(code: str) -> dict[str, Any]:
    """Return a record in the shape of GeoLite2-Country."""
    # Registered elsewhere, so that a test fails when the wrong one is read.
    return {
        "country": {"iso_code": code, "names": {"en": NAMES.get(code, code), "de": "falsch"}},
        "registered_country": {"iso_code": "US", "names": {"en": "United States"}},
    }


def asn_record(number: int, owner: str) -> dict[str, Any]:
    """Return a record in the shape of GeoLite2-ASN."""
    return {"autonomous_system_number": number, "autonomous_system_organization": owner}


def database_maker(directory: Path) -> MakeDatabase:
    """Return a function that writes a database to the directory and returns its path."""

    def make(
        countries: Mapping[str, str] | None = None,
        *,
        name: str = "country.mmdb",
        database_type: str = "GeoLite2-Country",
        records: Mapping[str, Any] | None = None,
        ip_version: int = 6,
        build_epoch: int = BUILD_EPOCH,
    ) -> Path:
        writer = MMDBWriter(
            ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type=database_type
        )
        if records is None:
            in_country = COUNTRIES if countries is None else countries
            records = {net: country_record(code) for net, code in in_country.items()}
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        path = directory / name
        temporary = directory / f"{name}.new"
        with mock.patch("mmdb_writer.time.time", return_value=build_epoch):
            writer.to_db_file(str(temporary))
        return temporary.replace(path)  # as a database is replaced in real life

    return make
