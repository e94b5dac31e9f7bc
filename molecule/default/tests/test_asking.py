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


def test_what_the_deployed_rules_make_of_a_line(host: Host) -> None:
    head = "2026-11-23T10:00:00+00:00 vpn1 openvpn[813]: 198.51.100.142:1194"
    line = f"{head} [{USER}] Peer Connection Initiated with [AF_INET]198.51.100.142:1194"
    done = host.run("geowatch explain %s", line)
    assert (done.rc, done.stderr) == (0, "")
    said = {step[:11].strip(): step[12:] for step in done.stdout.splitlines()}
    assert said["message"].startswith(f"OpenVPN, connected: user {USER}, 198.51.100.142, ")
    assert said["located"].startswith("BR Brazil, by GeoLite2-Country")
    assert said["judged"].startswith("UnexpectedCountry, by the policy default, which expects FI")
    assert said["alert"].startswith("OpenVPNUnexpectedCountry, critical, a message is due: ")
    # It is no login, and left nothing behind.
    assert host.run("geowatch logins --address 198.51.100.142").stdout.count(USER) == 0
    assert host.check_output("find /tmp -name 'geowatch-explain-*'") == ""


def test_what_else_is_asked(host: Host, login: str) -> None:
    assert host.run("geowatch failures --since 1h").rc == 0
    proposed = host.check_output(f"geowatch propose --user {USER} --since 2026-11-01")
    assert 'logins_expected_countries: ["BR"]' in proposed


def test_a_user_is_forgotten(host: Host, login: str) -> None:
    log_in(host, "oscar", "198.51.100.143")
    eventually(lambda: alerts_of(host, "oscar"))
    for _day in range(2):
        host.check_output("logrotate --force /etc/logrotate.d/geowatch-geoip")
        log_in(host, "otto", "198.51.100.141")
        eventually(lambda: host.run("ls /var/lib/geowatch/geoip/located").rc == 0)
    done = host.run("geowatch forget OSCAR")
    assert (done.rc, done.stderr) == (0, "")
    assert "1 logins were taken out of the trail.\n" in done.stdout
    assert host.run("geowatch logins --user oscar --csv").stdout.count("oscar") == 0
    oldest = host.file("/var/lib/geowatch/geoip/located.2.gz")
    assert (oldest.user, oldest.group, oldest.mode) == ("geowatch-geoip", "geowatch", 0o640)
    assert host.check_output(f"geowatch logins --user {USER} --csv").count(login) == 1
