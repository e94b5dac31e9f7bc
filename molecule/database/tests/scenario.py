# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from testinfra.host import Host

sys.path.insert(0, str(Path(__file__).parents[3] / "tests/unit/geoip"))

import fake_maxmind
from small_databases import database_maker

HOSTS = {"database-12": "debian-12", "database-13": "debian-13"}
EVERY_HOST = [f"podman://{name}" for name in HOSTS]

FAILURES = fake_maxmind.BEHAVIOURS[1:]
DAY = 86_400
IN_USE = "/var/lib/geowatch/database/country.mmdb"
LOG = "/var/log/remote/vpn1/openvpn.log"
ALERTS = "/var/lib/geowatch/sec/alerts"
LOCATED = "/var/lib/geowatch/geoip/located"


def put_database(host: Host, directory: Path, path: str, code: str, days: float) -> None:
    """Put a database on the host, in one step: built so many days ago, all in one country."""
    built = int(time.time() - days * DAY)
    local = database_maker(directory)({"198.51.100.0/24": code}, build_epoch=built)
    name = host.backend.get_pytest_id().removeprefix("podman://")
    subprocess.run(["podman", "cp", local, f"{name}:{path}.new"], check=True)
    host.check_output("chmod 644 %s && mv %s %s", f"{path}.new", f"{path}.new", path)


def behave(host: Host, behaviour: str) -> None:
    """Let the download service behave in this way."""
    host.check_output("printf %s >/srv/offer/behaviour", behaviour)


def requests(host: Host) -> int:
    """Return how often the download service was asked."""
    return int(host.check_output("wc -l </srv/offer/requests"))


def update(host: Host) -> int:
    """Start an update as the timer does, on a host that remembers no try; return 0 on success."""
    host.check_output("rm -f /var/lib/geowatch/database/update.json")
    return int(host.run("systemctl start geowatch-geoip-update").rc)


def country(host: Host) -> str:
    """Return the country of the newest located login."""
    code: str = host.check_output("tail -n 1 %s", LOCATED).split("\t")[2]
    return code


def alerts(host: Host, event: str) -> list[dict[str, Any]]:
    """Return the alerts of this event, the oldest first."""
    lines = host.check_output("send_alerts.py list --format json").splitlines()
    found = [json.loads(line) for line in lines]
    return sorted(
        (alert for alert in found if alert["event"] == event), key=lambda alert: alert["time"]
    )


def severities(host: Host, event: str) -> list[str]:
    """Return the severities of the alerts of this event."""
    return [alert["severity"] for alert in alerts(host, event)]
