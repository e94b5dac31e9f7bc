# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a client, with the OpenVPN that Debian 12 and 13 ship."""

from __future__ import annotations

from typing import Any

import pytest
from eventually import eventually
from scenario import (
    BRAZIL,
    FINLAND,
    alerts_now,
    alerts_of,
    gateways,
    log_in,
    mails_now,
    mails_of,
    new_name,
    notes_of,
)

pytestmark = pytest.mark.parametrize("gateway", gateways)


def closed(user: str) -> list[dict[str, Any]]:
    """Wait until all alerts about the user are closed, and return them."""

    def look() -> list[dict[str, Any]]:
        alerts = alerts_now(user)
        return alerts if all(alert["status"] == "closed" for alert in alerts) else []

    return eventually(look)


def ended(user: str) -> dict[str, Any]:
    """Wait until the alert about the user says that the session ended, and return it."""

    def look() -> list[dict[str, Any]]:
        return [alert for alert in alerts_now(user) if notes_of(alert)]

    (alert,) = eventually(look)
    (note,) = notes_of(alert)
    assert note.startswith("The session ended after ")
    return alert


def test_the_end_of_an_expected_session_closes_its_alert(gateway: str) -> None:
    user = new_name("anna-{}")
    log_in(user, FINLAND, gateway=gateway)
    (alert,) = closed(user)
    resource = f"{user}@{gateway} FI informational"
    assert (alert["event"], alert["resource"]) == ("OpenVPNExpectedCountry", resource)


def test_the_end_of_an_unexpected_session_leaves_its_alert_open(gateway: str) -> None:
    user = new_name("bruno-{}")
    log_in(user, BRAZIL, gateway=gateway)
    alert = ended(user)
    assert (alert["severity"], alert["status"]) == ("critical", "open")
    assert len(mails_of(user)) == 1


def test_a_reconnect_is_counted_but_not_mailed_again(gateway: str) -> None:
    user = new_name("bruno-{}")
    for _ in range(2):
        log_in(user, BRAZIL, gateway=gateway)
    (alert,) = eventually(lambda: [a for a in alerts_now(user) if a["duplicateCount"] >= 1])
    assert alert["severity"] == "critical"
    assert len(mails_now(user)) == 1


@pytest.mark.parametrize("name", ["bruno-{}", "slow-{}"])
def test_the_right_password_is_a_login(gateway: str, name: str) -> None:
    user = new_name(name)
    log_in(user, BRAZIL, gateway=gateway, password="right")
    (alert,) = alerts_of(user)
    assert (alert["event"], alert["severity"]) == ("OpenVPNUnexpectedCountry", "critical")


def test_wrong_passwords_are_one_burst_and_no_login(gateway: str) -> None:
    address = f"198.51.100.{140 + gateways.index(gateway)}"
    names = [new_name(name) for name in ("bruno-{}", "slow-{}", "bruno-{}", "slow-{}", "bruno-{}")]
    for name in names:
        assert not log_in(name, address, gateway=gateway, password="wrong")
    (alert,) = eventually(lambda: alerts_now(address, "address"))
    assert (alert["event"], alert["severity"]) == ("OpenVPNFailedLogins", "warning")
    assert (alert["resource"], alert["value"]) == (address, "5")
    assert [alerts_now(name) for name in names] == [[]] * len(names)
    # A success after that is one step more severe.
    user = new_name("bruno-{}")
    log_in(user, address, gateway=gateway, password="right")
    (alert,) = alerts_of(user)
    assert "after 5 failed attempts" in alert["text"]


def test_a_session_that_moves_is_judged_again(gateway: str) -> None:
    user = new_name("moves-{}")
    log_in(user, FINLAND, gateway=gateway, password="right", move_to=BRAZIL)
    eventually(lambda: mails_now(user))
    alerts = {alert["event"]: alert for alert in alerts_now(user)}
    alert = alerts["OpenVPNUnexpectedCountry"]
    assert (alert["severity"], alert["attributes"]["proof"]) == ("critical", "moved")
    assert alert["attributes"]["client_ip"] == BRAZIL
    assert alerts["OpenVPNExpectedCountry"]["status"] == "closed"
    # Nobody is in two countries within seconds.
    assert alerts["OpenVPNTwoCountries"]["severity"] == "warning"


def test_a_second_session_ends_the_first(gateway: str) -> None:
    user = new_name("twice-{}")
    log_in(user, BRAZIL, gateway=gateway, password="right", again_from=FINLAND)
    alert = ended(user)
    assert alert["event"] == "OpenVPNUnexpectedCountry"
    expected = eventually(
        lambda: [a for a in alerts_now(user) if a["event"] == "OpenVPNExpectedCountry"]
    )
    assert len(expected) == 1
