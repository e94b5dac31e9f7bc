# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs at each door: where somebody came from is judged, failures are counted."""

from __future__ import annotations

from functools import partial

import pytest
from eventually import eventually
from scenario import (
    BRAZIL,
    BRAZIL_6,
    EVERY_HOST,
    FINLAND,
    FINLAND_6,
    NOWHERE,
    alerts_of,
    ends_of,
    logins_of,
    new_name,
)
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

DOORS = {"ssh": "SSH", "imap": "Dovecot", "ocserv": "Ocserv"}
VERDICTS = {
    FINLAND: ("ExpectedCountry", "FI"),
    FINLAND_6: ("ExpectedCountry", "FI"),
    BRAZIL: ("UnexpectedCountry", "BR"),
    BRAZIL_6: ("UnexpectedCountry", "BR"),
    NOWHERE: ("UnknownCountry", ""),
}


@pytest.mark.parametrize("address", VERDICTS)
@pytest.mark.parametrize("door", DOORS)
def test_a_login_gets_its_verdict_and_its_end(host: Host, door: str, address: str) -> None:
    name = new_name()
    host.check_output("door.py %s %s %s", door, name, address)
    eventually(lambda: len(alerts_of(host, name)) == 1)
    (alert,) = alerts_of(host, name)
    verdict, country = VERDICTS[address]
    assert (alert["event"], alert["value"]) == (f"{DOORS[door]}{verdict}", country)
    assert alert["attributes"]["ip"] == address
    assert eventually(lambda: ends_of(host, alert))


@pytest.mark.parametrize("door", DOORS)
def test_wrong_passwords_are_counted(host: Host, door: str) -> None:
    name, address = new_name(), f"203.0.113.{1 + list(DOORS).index(door)}"
    for _ in range(5):
        assert host.run("door.py --wrong %s %s %s", door, name, address).rc != 0
    alerts = eventually(lambda: alerts_of(host, address, "address"))
    assert [alert["event"] for alert in alerts] == [f"{DOORS[door]}FailedLogins"]
    assert alerts_of(host, name) == []


def test_a_forged_name_of_ssh_is_a_failure_from_where_it_came(host: Host) -> None:
    name = f"x from {BRAZIL} port 1 ssh2: {new_name()}"
    for _ in range(5):
        host.run("door.py --wrong ssh %s 203.0.113.7", name)
    assert eventually(lambda: alerts_of(host, "203.0.113.7", "address"))
    assert alerts_of(host, name) == []


def test_a_peer_of_wireguard_roams_until_nobody_watches(host: Host) -> None:
    key = host.check_output("cat /etc/wireguard/peer.pub")
    events = ["WireGuardExpectedCountry", "WireGuardUnexpectedCountry"]
    for address in (FINLAND, BRAZIL):
        host.check_output("door.py wireguard peer %s", address)
        assert eventually(partial(logins_of, host, key, address))
    assert [alert["event"] for alert in alerts_of(host, key)] == events
    host.check_output("systemctl restart wireguard-log")
    assert eventually(lambda: ends_of(host, alerts_of(host, key)[1]))


def test_wireguard_is_watched_by_a_service_that_may_little(host: Host) -> None:
    assert host.service("wireguard-log").is_running
    score = host.check_output("systemd-analyze security --no-pager wireguard-log | tail -n 1")
    assert float(score.split(": ")[1].split()[0]) < 2
