# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases of every kind: those that are used, and those that are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError
from small_databases import BUILD_DATE, MakeDatabase, country_record


def lookup(path: Path, address: str) -> tuple[str, str] | None:
    return CountryDatabase(path).country(address)


class TestGood:
    @pytest.mark.parametrize(
        "database_type",
        [
            "GeoLite2-Country",
            "GeoIP2-Country",
            "DBIP-Country-Lite",
            "GeoLite2-City",
            "DBIP-City-Lite",
            "GeoIP2-Enterprise",
            "DBIP-Location-ISP (compat=Enterprise)",
        ],
    )
    def test_types(self, make_database: MakeDatabase, database_type: str) -> None:
        path = make_database(database_type=database_type)
        assert lookup(path, "198.51.100.7") == ("FI", "Finland")
        assert lookup(path, "2001:db8:5::1") == ("RU", "Russia")
        assert CountryDatabase(path).type == database_type
        assert CountryDatabase(path).date == BUILD_DATE

    @pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::1"])
    def test_no_country(self, make_database: MakeDatabase, address: str) -> None:
        assert lookup(make_database(), address) is None

    def test_ipv6_in_a_database_of_ipv4(self, make_database: MakeDatabase) -> None:
        path = make_database({"198.51.100.0/24": "FI"}, ip_version=4)
        assert lookup(path, "198.51.100.7") == ("FI", "Finland")
        assert lookup(path, "2001:db8::1") is None

    def test_where_a_block_is_registered_is_not_where_it_is_used(
        self, make_database: MakeDatabase
    ) -> None:
        record = country_record("FI")
        del record["country"]
        records = {"198.51.100.0/24": record, "198.18.0.0/15": country_record("SE")}
        assert lookup(make_database(records=records), "198.51.100.7") is None

    @pytest.mark.parametrize("code", ["", "fi", "FIN", "F\t", "F1", "FI\n", "ÅÄ"])
    def test_a_code_that_is_no_code(self, make_database: MakeDatabase, code: str) -> None:
        assert lookup(make_database({"198.51.100.0/24": code}), "198.51.100.7") is None

    def test_names_hold_nothing_that_does_not_print(self, make_database: MakeDatabase) -> None:
        record = {"country": {"iso_code": "CI", "names": {"en": "Côte\t\n\0\x1b \u202ed'Ivoire"}}}
        path = make_database(records={"198.51.100.0/24": record}, database_type="X\t-Country")
        assert lookup(path, "198.51.100.7") == ("CI", "Côte d'Ivoire")
        assert CountryDatabase(path).type == "X-Country"

    def test_no_english_name(self, make_database: MakeDatabase) -> None:
        record = {"country": {"iso_code": "FI", "names": {"de": "Finnland"}}}
        path = make_database(records={"198.51.100.0/24": record})
        assert lookup(path, "198.51.100.7") == ("FI", "")

    def test_a_record_that_cannot_be_read(self, make_database: MakeDatabase) -> None:
        records = {"198.51.100.0/24": {"country": "FI"}, "198.18.0.0/15": country_record("SE")}
        database = CountryDatabase(make_database(records=records))
        with pytest.raises(DatabaseError, match=r"198\.51\.100\.7") as error:
            database.country("198.51.100.7")
        assert error.value.reason == "bad_database"


class TestRefused:
    @pytest.mark.parametrize("database_type", ["GeoLite2-ASN", "GeoIP2-ISP", "country ipvAll"])
    def test_types(self, make_database: MakeDatabase, database_type: str) -> None:
        path = make_database(database_type=database_type)
        with pytest.raises(DatabaseError, match="use a Country, City or Enterprise") as error:
            CountryDatabase(path)
        assert database_type in str(error.value)
        assert error.value.reason == "bad_database"

    @pytest.mark.parametrize(
        "record",
        [{"country_code": "FI"}, {"country": "FI"}, "FI", {"country": {"name": "Finland"}}],
    )
    def test_records_of_another_shape(self, make_database: MakeDatabase, record: object) -> None:
        path = make_database(records={"198.51.100.0/24": record})
        with pytest.raises(DatabaseError, match="not in MaxMind's shape") as error:
            CountryDatabase(path)
        assert error.value.reason == "bad_database"

    @pytest.mark.parametrize(
        "content", [b"", b"\0", b"<!doctype html><title>Sign in</title>", b"\x1f\x8b" + b"x" * 999]
    )
    def test_other_files(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "country.mmdb"
        path.write_bytes(content)
        with pytest.raises(DatabaseError, match="get it again") as error:
            CountryDatabase(path)
        assert error.value.reason == "bad_database"

    @pytest.mark.parametrize("tenths", range(10))
    def test_truncated(self, make_database: MakeDatabase, tenths: int) -> None:
        path = make_database()
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * tenths // 10])
        with pytest.raises(DatabaseError) as error:
            CountryDatabase(path)
        assert error.value.reason == "bad_database"

    def test_a_build_date_out_of_this_world(self, make_database: MakeDatabase) -> None:
        with pytest.raises(DatabaseError):
            CountryDatabase(make_database(build_epoch=2**62))

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError, match="no such file") as error:
            CountryDatabase(tmp_path / "country.mmdb")
        assert error.value.reason == "no_database"
