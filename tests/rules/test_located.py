# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What geoip_info.py answers: lines of the queue file "located" in, verdicts out."""

from __future__ import annotations

from typing import Any

import pytest

ID = "0123456789abcdef" * 2
TIME = "2026-11-23T12:00:00.000Z"


def located(country: str, reason: str, ip: str = "198.51.100.130", identifier: str = ID) -> str:
    """Return a line of the queue file."""
    answer = (identifier, ip, country, reason, "", "", "", "", "")
    login = ("OpenVPN", TIME, "vpn1", "anna", f"{ip}:1", "established", "the log line")
    return "\t".join((*answer, *login))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("not_found", "the database knows no country for it"),
        ("no_database", "there is no country database"),
        ("bad_database", "the country database cannot be read"),
        ("bad_address", "the address cannot be read"),
    ],
)
def test_no_country_is_a_verdict_that_says_why(alerts: Any, reason: str, words: str) -> None:
    (alert,) = alerts(located("", reason), context="LOCATED")
    assert (alert["event"], alert["severity"]) == ("OpenVPNUnknownCountry", "critical")
    assert alert["mail"] is True
    assert words in alert["text"]
    assert (alert["id"], alert["time"], alert["raw"]) == (ID, TIME, "the log line")


def test_a_line_of_another_version_is_no_login(alerts: Any) -> None:
    assert alerts("too\tshort", context="LOCATED") == []


@pytest.mark.parametrize(("ip", "rings"), [("198.51.100.130", False), ("198.51.100.131", True)])
def test_an_address_that_a_new_database_puts_elsewhere_is_not_in_two_countries(
    alerts: Any, ip: str, rings: bool
) -> None:
    found = alerts(
        located("FI", "found"),
        located("BR", "found", ip, "f" * 32),
        context="LOCATED",
        variables={"logins_two_countries_action": "warn", "logins_unexpected_action": "inform"},
    )
    assert ("OpenVPNTwoCountries" in {alert["event"] for alert in found}) is rings


def test_a_log_file_cannot_say_it(alerts: Any) -> None:
    assert alerts(located("FI", "found"), context="OPENVPN_LOG") == []
