# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of the country database: lines of the queue file "health" in, alerts out."""

from __future__ import annotations

from typing import Any

import pytest

ID = "0123456789abcdef" * 2
TIME = "2026-11-23T12:00:00.000Z"


def health(subject: str, state: str, text: str = "some text") -> str:
    """Return a line of the queue file."""
    return "\t".join((ID, TIME, "logs1", subject, state, text))


@pytest.mark.parametrize(
    ("subject", "state", "event", "severity", "mail", "resource"),
    [
        ("country", "ageing", "GeoIPDatabaseStale", "warning", False, "geoip@logs1"),
        ("country", "stale", "GeoIPDatabaseStale", "major", True, "geoip@logs1"),
        ("country", "missing", "GeoIPDatabaseMissing", "critical", True, "geoip@logs1"),
        ("country", "fresh", "GeoIPDatabaseStale", "cleared", False, "geoip@logs1"),
        ("asn", "stale", "GeoIPDatabaseStale", "major", True, "geoip_asn@logs1"),
        ("update", "failing", "GeoIPUpdateFailed", "minor", False, "geoip@logs1"),
        ("update", "working", "GeoIPUpdateFailed", "cleared", False, "geoip@logs1"),
        ("logins", "lost", "GeowatchLinesLost", "critical", True, "geoip@logs1"),
    ],
)
def test_a_change_of_state_is_one_alert(
    alerts: Any, subject: str, state: str, event: str, severity: str, mail: bool, resource: str
) -> None:
    (alert,) = alerts(health(subject, state))
    assert (alert["event"], alert["severity"], alert["mail"]) == (event, severity, mail)
    assert (alert["resource"], alert["value"], alert["text"]) == (resource, state, "some text")
    assert (alert["id"], alert["time"]) == (ID, TIME)
    assert alert["attributes"]["advice"]


def test_that_there_is_no_database_is_over_when_there_is_one(alerts: Any) -> None:
    found = alerts(health("country", "missing"), health("country", "fresh"))
    assert [(each["event"], each["severity"]) for each in found] == [
        ("GeoIPDatabaseMissing", "critical"),
        ("GeoIPDatabaseMissing", "cleared"),
        ("GeoIPDatabaseStale", "cleared"),
    ]


def test_a_text_is_data(alerts: Any) -> None:
    text = "%text $0 $+{ip} `x` ; logonly x; %{.nl} \\0"
    (alert,) = alerts(health("update", "failing", text))
    assert alert["text"] == text


@pytest.mark.parametrize("context", ["OPENVPN_LOG", "LOCATED"])
def test_no_other_file_can_say_it(alerts: Any, context: str) -> None:
    assert alerts(health("country", "stale"), context=context) == []
