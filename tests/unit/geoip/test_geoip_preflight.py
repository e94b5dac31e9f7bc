# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role refuses what cannot work, by the name of the variable and with the fix.

All cases run in one play: each is a host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from preflight import preflight
from small_databases import database_maker

ROLE = Path(__file__).parents[3] / "roles" / "geoip"
KEY = "s3cr3t"


def maxmind(**changes: object) -> dict[str, object]:
    account = {"geoip_account_id": 123456, "geoip_license_key": KEY}
    return {"geoip_source": "maxmind", **account, **changes}


def url(value: str, **changes: object) -> dict[str, object]:
    return {"geoip_source": "url", "geoip_database_url": value, **changes}


HTTPS = "https://files.example.org/country-%Y-%m.mmdb.gz"
SUM = "0123456789abcdef" * 4

GOOD: dict[str, dict[str, object]] = {
    "file": {"geoip_database_file": "GOOD"},
    "file and ASN": {"geoip_database_file": "GOOD", "geoip_asn_database_file": "GOOD"},
    "maxmind": maxmind(),
    "maxmind with ASN": maxmind(geoip_asn_maxmind_edition="GeoLite2-ASN"),
    "maxmind paid": maxmind(geoip_maxmind_edition="GeoIP2-City-North-America"),
    "maxmind mirror": maxmind(geoip_maxmind_host="http://127.0.0.1:8099"),
    "maxmind proxy": maxmind(geoip_proxy=f"http://user:{KEY}@proxy.example.org:3128"),
    "url": url(HTTPS),
    "url with a sum": url(HTTPS, geoip_database_checksum=SUM),
    "url with a sum elsewhere": url(HTTPS, geoip_database_checksum=f"{HTTPS}.sha256"),
    "url with ASN": url(HTTPS, geoip_asn_database_url=HTTPS),
}

BAD: dict[str, tuple[dict[str, object], list[str]]] = {
    "no file": ({}, ["geoip_database_file", "maxmind or url"]),
    "relative file": ({"geoip_database_file": "x.mmdb"}, ['geoip_database_file: "x.mmdb"']),
    "missing file": ({"geoip_database_file": "/nowhere/x.mmdb"}, ["/nowhere/x.mmdb: No such"]),
    "other file": ({"geoip_database_file": str(ROLE / "defaults/main.yml")}, ["no .mmdb file"]),
    "bad ASN file": (
        {"geoip_database_file": "GOOD", "geoip_asn_database_file": "/nowhere/asn.mmdb"},
        ["geoip_asn_database_file: /nowhere/asn.mmdb: No such"],
    ),
    "no account": (maxmind(geoip_account_id=0), ["geoip_account_id: 0"]),
    "no key": (maxmind(geoip_license_key=""), ["geoip_license_key", "empty"]),
    "key of an example": (
        maxmind(geoip_license_key="YOUR_LICENSE_KEY_HERE"),
        ["geoip_license_key", "placeholder"],
    ),
    "key with a line end": (
        maxmind(geoip_license_key=f"{KEY}\n"),
        ["geoip_license_key", "line ends"],
    ),
    "edition without countries": (
        maxmind(geoip_maxmind_edition="GeoLite2-ASN"),
        ['geoip_maxmind_edition: "GeoLite2-ASN"', "GeoLite2-Country"],
    ),
    "ASN edition": (
        maxmind(geoip_asn_maxmind_edition="GeoIP2-ISP"),
        ['geoip_asn_maxmind_edition: "GeoIP2-ISP"', "GeoLite2-ASN"],
    ),
    "key in clear": (
        maxmind(geoip_maxmind_host="http://mirror.example.org"),
        ["geoip_maxmind_host", "in clear"],
    ),
    "no url": (url(""), ["geoip_database_url is empty"]),
    "url in clear": (url(f"http://example.org/?key={KEY}"), ["geoip_database_url", "https"]),
    "ASN url in clear": (
        url(HTTPS, geoip_asn_database_url=f"ftp://example.org/?key={KEY}"),
        ["geoip_asn_database_url", "https"],
    ),
    "sum of another kind": (
        url(HTTPS, geoip_database_checksum="d41d8cd98f00b204e9800998ecf8427e"),
        ["geoip_database_checksum", "64 hex digits"],
    ),
    "proxy": (maxmind(geoip_proxy=f"{KEY}@proxy:3128"), ["geoip_proxy", "not a URL"]),
    "ages": (maxmind(geoip_ageing_days=30), ["geoip_ageing_days: 30", "14 and 30"]),
    "no days": (maxmind(geoip_located_keep_days=0), ["geoip_located_keep_days: 0"]),
}


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run every case; return the messages of the failed ones by case, and the whole output."""
    directory = tmp_path_factory.mktemp("preflight")
    database = str(database_maker(directory)())
    cases = GOOD | {name: variables for name, (variables, _complaint) in BAD.items()}
    hosts = {
        name.replace(" ", "_"): {
            variable: database if value == "GOOD" else value
            for variable, value in variables.items()
        }
        for name, variables in cases.items()
    }
    return preflight(ROLE, hosts, directory)


@pytest.mark.parametrize("case", GOOD)
def test_what_can_work_is_taken(play: dict[str, Any], case: str) -> None:
    assert play["failed"].get(case.replace(" ", "_")) is None


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_work_is_refused_with_the_fix(play: dict[str, Any], case: str) -> None:
    message = play["failed"][case.replace(" ", "_")]
    for words in BAD[case][1]:
        assert words in message


def test_no_secret_is_shown(play: dict[str, Any]) -> None:
    assert KEY not in play["output"]
