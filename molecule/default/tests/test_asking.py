# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people ask of logins, as root on a log server."""

from __future__ import annotations

import json

import pytest
from eventually import eventually
from scenario import EVERY_HOST
from test_verdicts import alerts_of, log_in
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

USER = "olga"


@pytest.fixture(scope="module")
def login(host: Host) -> str:
    """Let somebody log in. Returns the login's ID."""
    log_in(host, USER, "198.51.100.140")
    (alert,) = eventually(lambda: alerts_of(host, USER))
    return str(alert["id"])


def test_who_came_in(host: Host, login: str) -> None:
    done = host.run(f"geowatch logins --user {USER.upper()} --country BR --json")
    assert (done.rc, done.stderr) == (0, "")
    (found,) = map(json.loads, done.stdout.splitlines())
    assert (found["id"], found["verdict"], found["server"]) == (login, "unexpected", "vpn1")
    assert host.check_output(f"geowatch logins --user {USER} --verdict unexpected").count(USER) == 1


def test_rotated_and_compressed_logins_are_found(host: Host, login: str) -> None:
    for _day in range(2):
        host.check_output("logrotate --force /etc/logrotate.d/geowatch-geoip")
        log_in(host, "otto", "198.51.100.141")
        eventually(lambda: host.run("ls /var/lib/geowatch/geoip/located").rc == 0)
    assert host.file("/var/lib/geowatch/geoip/located.2.gz").exists
    assert host.check_output(f"geowatch logins --user {USER} --csv").count(f"\n{login},") == 1
    users = host.check_output(f"printf '{USER}\\nnobody\\n' | geowatch last-seen --users - --csv")
    assert [line.partition(",")[0] for line in users.splitlines()] == ["user", "nobody", USER]


def test_why_it_rang(host: Host, login: str) -> None:
    said = host.check_output(f"geowatch explain --login {login[:12]}")
    steps = [line.partition(" ")[0] for line in said.splitlines()]
    assert steps[:6] == ["login", "logged", "recognised", "located", "judged", "alert"]
    assert "OpenVPNUnexpectedCountry, critical: OpenVPN login from Brazil (BR)" in said


def test_what_a_time_was_like(host: Host, login: str) -> None:
    said = host.check_output("geowatch report --since 2026-11-01")
    assert f'user "{USER}"' in said
