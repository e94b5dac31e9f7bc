# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command "geowatch lookup" says to people."""

from __future__ import annotations

from pathlib import Path

import pytest
from geowatch.geoip import command
from small_databases import BUILD_DATE, MakeDatabase, asn_record


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "DIRECTORY", tmp_path)


def test_addresses(make_database: MakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    make_database()
    records = {"198.51.100.0/24": asn_record(64496, "Example")}
    make_database(records=records, name="asn.mmdb", database_type="GeoLite2-ASN")
    assert command.main(["198.51.100.7", "2001:db8:5::1"]) == 0
    assert capsys.readouterr().out == (
        "198.51.100.7: FI Finland, AS64496 Example\n2001:db8:5::1: RU Russia\n"
    )


@pytest.mark.parametrize(
    ("ip", "code", "said"),
    [
        ("203.0.113.9", 1, "203.0.113.9: in no country, as far as the database knows\n"),
        ("10.0.0.1", 1, "10.0.0.1: an address of an internal network, in no country\n"),
        ("a\x1b[31m", 3, "a[31m: not an IPv4 or IPv6 address\n"),
    ],
)
def test_no_country(
    make_database: MakeDatabase, capsys: pytest.CaptureFixture[str], ip: str, code: int, said: str
) -> None:
    make_database()
    assert command.main([ip, "198.51.100.7"]) == code
    assert capsys.readouterr().out == f"{said}198.51.100.7: FI Finland\n"


def test_which_databases(make_database: MakeDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    make_database()
    assert command.main([]) == 0
    country, asn = capsys.readouterr().out.splitlines()
    assert country == f"GeoLite2-Country of {BUILD_DATE}"
    assert asn.endswith("asn.mmdb: there is no such file")


def test_no_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 4
    assert command.main(["198.51.100.7"]) == 4
    assert "country.mmdb: there is no such file" in capsys.readouterr().out
