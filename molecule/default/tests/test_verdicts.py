# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login in a log file becomes an alert in the outbox, with the right verdict."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from eventually import eventually
from scenario import EVERY_HOST
from testinfra.host import Host

testinfra_hosts = EVERY_HOST


def log_in(host: Host, user: str, ip: str) -> None:
    """Append what an OpenVPN server logs; the file is there from the first one on."""
    family = "[AF_INET6]" if ":" in ip else "[AF_INET]"
    head = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} vpn1 openvpn[812]:"
    name = f"{user}/{ip}:1194"
    lines = [
        f"{head} {ip}:1194 [{user}] Peer Connection Initiated with {family}{ip}:1194",
        f"{head} {name} MULTI: Learn: 10.8.0.2 -> {name}",
    ]
    directory = "/var/log/remote/vpn1"
    script = "mkdir -p %s && printf '%%s\\n' %s %s >>%s/openvpn.log"
    host.check_output(script, directory, *lines, directory)


def alerts_of(host: Host, user: str) -> list[dict[str, Any]]:
    """Return the alerts about this user."""
    lines = host.check_output("send_alerts.py list --format json").splitlines()
    alerts = [json.loads(line) for line in lines]
    return [alert for alert in alerts if alert["attributes"].get("user") == user]


@pytest.mark.parametrize(
    ("user", "ip", "event", "severity", "country"),
    [
        ("anna", "198.51.100.10", "OpenVPNExpectedCountry", "informational", "FI"),
        ("bruno", "198.51.100.130", "OpenVPNUnexpectedCountry", "critical", "BR"),
        ("ulla", "198.18.0.10", "OpenVPNUnknownCountry", "critical", ""),
        ("ines", "10.20.30.40", "OpenVPNInternalAddress", "warning", ""),
    ],
)
def test_a_login_gets_its_verdict(
    host: Host, user: str, ip: str, event: str, severity: str, country: str
) -> None:
    log_in(host, user, ip)
    alerts = eventually(lambda: alerts_of(host, user))
    assert [(a["event"], a["severity"], a["value"]) for a in alerts] == [(event, severity, country)]
    assert alerts[0]["resource"] == " ".join(filter(None, [f"{user}@vpn1", country, severity]))
    assert alerts[0]["attributes"]["ip"] == ip


@pytest.mark.parametrize("path", ["sec/connections", "sec/alerts", "geoip/located"])
def test_only_the_writer_writes_a_queue_file(host: Host, path: str) -> None:
    queue_file = host.file(f"/var/lib/geowatch/{path}")
    room = path.partition("/")[0]
    assert (queue_file.user, queue_file.mode) == (f"geowatch-{room}", 0o640)
