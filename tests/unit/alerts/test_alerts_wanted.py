# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which channel gets which alert."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from alert_lines import alert
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.settings import AlertaConfig, EmailConfig
from geowatch.alerts.wanted import Wanted
from geowatch.alerts.ways import due, strangers

OPS, BOSS, OWN = "ops@example.org", "boss@example.org", "own@example.org"


def config(wanted: Wanted, more: tuple[str, ...] = (OWN,)) -> Config:
    """Return one with Alerta and mail, which both want this."""
    at = "geowatch@example.org", "127.0.0.1", 25, "none", "", "", ""
    channels = [
        ChannelConfig("alerta", AlertaConfig("http://127.0.0.1", "", ""), wanted),
        ChannelConfig("mail", EmailConfig([OPS, BOSS], *at, more=list(more)), wanted),  # type: ignore[arg-type]
    ]
    return Config([Path("x")], Path("x"), "Production", "o", 1, 1, 1, [], channels=channels)


def names(wanted: Wanted, **fields: Any) -> list[str]:
    """Return who gets an alert of bob's."""
    known = (b"user=Bob", b"server=vpn1.example.org", b"mail_to=own@example.org,eve@example.net")
    this = alert(attributes=fields.pop("attributes", known), **fields)
    return [recipient or channel for channel, recipient in due(this, config(wanted))]


ALL = ["alerta", OPS, BOSS, OWN]


def test_without_a_condition_alerta_gets_all_and_people_what_rings() -> None:
    assert names(Wanted()) == ALL
    assert names(Wanted(), mail=b"no_mail") == ["alerta"]
    assert names(Wanted(), severity=b"note") == names(Wanted(), severity=b"close") == ["alerta"]
    assert names(Wanted(), severity=b"cleared", mail=b"no_mail") == ["alerta"]


def test_whom_nobody_knows_gets_nothing() -> None:
    this = alert(attributes=(b"mail_to=own@example.org,eve@example.net",))
    assert strangers(this, config(Wanted())) == ["eve@example.net"]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(events=["UnexpectedCountry"]),
        Wanted(events=["Other", "OpenVPNUnexpectedCountry"]),
        Wanted(events=["OpenVPN*"]),
        Wanted(min_severity="critical"),
        Wanted(min_severity="warning"),
        Wanted(users=["alice", "bob"]),
        Wanted(users=["b?b"]),
        Wanted(servers=["vpn*.example.org"]),
        Wanted(sources=["openvpn"]),
        Wanted(events=["*Country"], users=["bob"], servers=["VPN1.*"], sources=["OpenVPN"]),
    ],
)
def test_what_meets_all_conditions_is_taken(wanted: Wanted) -> None:
    assert names(wanted) == ALL


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(events=["UnexpectedCountr"]),
        Wanted(min_severity="security"),
        Wanted(users=["alice"]),
        Wanted(users=["bo"]),
        Wanted(users=["bo[b]"]),
        Wanted(servers=["vpn1"]),
        Wanted(sources=["SSH"]),
        Wanted(users=["bob"], sources=["SSH"]),
    ],
)
def test_what_misses_one_reaches_only_whom_a_policy_names(wanted: Wanted) -> None:
    assert names(wanted) == [OWN]


def test_what_has_no_user_is_of_no_user() -> None:
    assert names(Wanted(users=["*b*"]), attributes=(b"server=vpn1",)) == []


def test_who_says_how_loud_gets_what_rings_no_bell() -> None:
    assert names(Wanted(min_severity="warning"), severity=b"warning", mail=b"no_mail") == ALL[:3]
    assert names(Wanted(min_severity="warning"), severity=b"minor", mail=b"no_mail") == ALL[:3]
    quiet: dict[str, Any] = {"severity": b"informational", "mail": b"no_mail"}
    assert names(Wanted(min_severity="warning"), **quiet) == []
    assert names(Wanted(min_severity="warning"), severity=b"cleared", mail=b"no_mail") == ["alerta"]


def test_a_channel_can_want_whatever_this_product_says_of_itself() -> None:
    """What the role knows of its own events is what the code says, and the geoip's and rules'."""
    roles = Path(__file__).parents[3] / "roles"
    rooms = [roles / "logins" / "templates"]
    rooms += [roles / room / "files" for room in ("alerts", "logins", "watch")]
    texts = [
        path.read_text() for room in rooms for path in room.rglob("*.*") if path.suffix != ".pyc"
    ]
    said = {name for text in texts for name in re.findall(r"[\"'](Geo[A-Z]?\w{4,})[\"']", text)}
    known = yaml.safe_load((roles / "alerts" / "vars" / "main.yml").read_text())["__alerts_events"]
    assert said - {"GeowatchTest", "GeoLite2"} == set(known)
