# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real login becomes an alert in Alerta, and an e-mail where somebody has to look."""

from __future__ import annotations

import json

import pytest
from scenario import (
    BRAZIL,
    BRAZIL_6,
    FINLAND,
    FINLAND_6,
    NOWHERE,
    NOWHERE_6,
    alerts_of,
    log_in,
    log_server,
    mails_of,
    new_name,
    text_of,
)

LOUD = [
    (BRAZIL, "OpenVPNUnexpectedCountry", "BR"),
    (BRAZIL_6, "OpenVPNUnexpectedCountry", "BR"),
    (NOWHERE, "OpenVPNUnknownCountry", ""),
    (NOWHERE_6, "OpenVPNUnknownCountry", ""),
]


@pytest.mark.parametrize(("address", "event", "country"), LOUD)
def test_a_login_that_somebody_must_look_at(address: str, event: str, country: str) -> None:
    user = new_name("bruno-{}")
    log_in(user, address)

    (alert,) = alerts_of(user)
    assert (alert["event"], alert["severity"]) == (event, "critical")
    resource = " ".join(filter(None, [f"{user}@vpn-gateway", country, "critical"]))
    assert (alert["resource"], alert["service"]) == (resource, ["logins"])
    assert (alert["environment"], alert["value"] or "") == ("Production", country)
    facts = {name: alert["attributes"][name] for name in ("client_ip", "server", "expected")}
    assert facts == {"client_ip": address, "server": "vpn-gateway", "expected": "FI"}
    assert f": {address} on vpn-gateway" in alert["text"]
    assert "Peer Connection Initiated" in alert["rawData"]

    (mail,) = mails_of(user)
    assert (mail["From"], mail["To"]) == ("geowatch@example.org", "security@example.org")
    what = {"BR": " login from Brazil", "": ", unknown country"}[country]
    assert mail["Subject"] == f"[critical] OpenVPN{what}: {user}, vpn-gateway"
    assert mail["Date"]
    assert mail["Message-ID"].endswith(f".{event}@example.org>")
    body = text_of(mail)
    for fact in (user, address, "vpn-gateway", "expects FI", "What to do"):
        assert fact in body
    assert alert["createTime"][11:19] in body


@pytest.mark.parametrize("address", [FINLAND, FINLAND_6])
def test_an_expected_login_is_quiet(address: str) -> None:
    user = new_name("anna-{}")
    log_in(user, address)
    (alert,) = alerts_of(user)
    assert (alert["event"], alert["value"]) == ("OpenVPNExpectedCountry", "FI")
    assert alert["attributes"]["client_ip"] == address

    # It may be cleared by now, so what was sent is asked, not what it is.
    outbox = log_server.check_output("send_alerts.py list --format json").splitlines()
    login, *end = [e for e in map(json.loads, outbox) if e["resource"] == alert["resource"]]
    assert login["severity"] == "informational"
    assert f": {address} on vpn-gateway" in login["text"]
    for entry in (login, *end):
        assert [delivery["channel"] for delivery in entry["deliveries"]] == ["alerta"]
