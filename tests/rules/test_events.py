# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the correlator says to itself, and no log can make it say in a replay."""

from __future__ import annotations

from typing import Any

import pytest
from test_located import ID, TIME, located


def test_a_session_that_ended_before_its_login_was_judged_closes_its_alert(alerts: Any) -> None:
    ended = "\t".join((TIME, "vpn1", "anna", ID, TIME, "OpenVPN"))
    raised, closed = alerts(
        ("SESSION_ENDED", ended), ("LOCATED", located("FI", "found", "198.51.100.10"))
    )
    assert (raised["event"], raised["severity"]) == ("OpenVPNExpectedCountry", "informational")
    assert (closed["event"], closed["severity"]) == ("OpenVPNExpectedCountry", "cleared")
    assert (raised["resource"], closed["resource"]) == ("anna@vpn1 FI informational",) * 2


@pytest.mark.parametrize(
    ("kind", "event", "severity", "mail"),
    [
        ("closed", "OpenVPNLogUnreadable", "critical", True),
        ("open", "OpenVPNLogUnreadable", "cleared", False),
        ("lost", "OpenVPNLogLost", "critical", True),
    ],
)
def test_news_of_a_log_file(alerts: Any, kind: str, event: str, severity: str, mail: bool) -> None:
    path = "/var/log/remote/vpn1/%queued; $+{what}.log"
    (alert,) = alerts(f"{kind}\tvpn1\t{path}\thas news of it", context="LOG_FILE")
    assert (alert["event"], alert["severity"], alert["resource"]) == (event, severity, path)
    assert alert["text"].startswith(f"{path} has news of it")
    assert alert["mail"] == mail
    assert alert["attributes"]["server"] == "vpn1"


def test_a_full_memory_rings(alerts: Any) -> None:
    (alert,) = alerts("full\t\tsession\t20000", context="FORGOTTEN")
    assert (alert["event"], alert["severity"]) == ("GeowatchMemoryFull", "warning")
    assert "20000" in alert["text"]
    assert "session" in alert["text"]
