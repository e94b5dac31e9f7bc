# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents: what breaks, which alert rings, and what repairs it, as docs/operations.md says."""

from __future__ import annotations

import json
import subprocess
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import testinfra
from eventually import eventually
from testinfra.host import Host

DIRECTORY = Path(__file__).parents[1]
LOG = "/var/log/remote/vpn1/openvpn.log"
OTHER_LOG = "/var/log/remote/vpn2/openvpn.log"
QUIET_LOG = "/var/log/remote/vpn1/auth.log"
BROKEN = "GeowatchLinkBroken"

alert_server = testinfra.get_host("podman://oncall-alert-server")
log_server = testinfra.get_host("podman://oncall-log-server")


@dataclass(frozen=True)
class Incident:
    """One row: what breaks a link, how that rings, and what repairs it, if not the playbook."""

    breaks: str
    event: str
    resource: str
    repair: str = ""
    host: Host = log_server

    def alerts(self) -> list[dict[str, Any]]:
        """Return its alerts, oldest first, that got through by one way: another may be broken."""
        return [
            each
            for each in all_alerts()
            if each["event"] == self.event
            and each["resource"].startswith(self.resource)
            and "delivered" in states(each)
        ]

    def last(self) -> str:
        """Return the severity of the last of them."""
        rang = self.alerts()
        return str(rang[-1]["severity"]) if rang else ""

    def is_open(self) -> bool:
        """Return whether it rang."""
        return self.last() == "critical"

    def is_over(self) -> bool:
        """Return whether it was cleared."""
        return self.last() == "cleared"


def all_alerts() -> list[dict[str, Any]]:
    """Return all alerts, oldest first."""
    said = log_server.check_output("geowatch alerts list --format json")
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def states(alert: dict[str, Any]) -> list[str]:
    """Return what became of the deliveries of an alert."""
    return [str(way["state"]) for way in alert["deliveries"]]


def arrives() -> bool:
    """Send a canary, and return whether it arrived everywhere within ten seconds."""
    return bool(log_server.run("geowatch canary").rc == 0)


def all_works() -> None:
    """Wait until every link works, and a canary arrived."""
    works = eventually(lambda: arrives() and log_server.run("geowatch status --nagios").rc == 0)
    assert works, log_server.run("geowatch status").stdout


def log_in(user: str, *, ip: str = "198.51.100.130") -> None:
    """Let a user log in, by default from Brazil."""
    # Each from a port of their own: who else is at a place is taken to be gone.
    port = 1024 + zlib.crc32(user.encode()) % 60_000
    at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    head = f"{at} vpn1 openvpn[812]: "
    lines = (
        f"{head}{ip}:{port} [{user}] Peer Connection Initiated with [AF_INET]{ip}:{port}",
        f"{head}MULTI: Learn: 10.8.0.7 -> {user}/{ip}:{port}",
    )
    log_server.check_output("printf '%%s\\n%%s\\n' %s %s >>" + LOG, *lines)


def judged(user: str) -> list[dict[str, Any]]:
    """Return the alerts about a user that were delivered."""
    resource = f"{user}@"
    return Incident("", "OpenVPNUnexpectedCountry", resource).alerts()


def play() -> None:
    """Run the playbook again, as the documents say. A channel may be down meanwhile."""
    inventory = DIRECTORY / "inventory.yml"
    command = ["ansible-playbook", "--inventory", str(inventory), str(DIRECTORY / "converge.yml")]
    command.append("--extra-vars={alerts_try: false}")
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def mails(text: str) -> int:
    """Return how many mails arrived with this text."""
    said = alert_server.run("grep --recursive --files-with-matches %s /home/mailbox", text)
    return len(said.stdout.splitlines())
