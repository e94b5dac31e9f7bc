# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share."""

from __future__ import annotations

import json
import uuid
from typing import Any

from testinfra.host import Host

HOSTS = ["doors", "doors-13"]
EVERY_HOST = [f"podman://{name}" for name in HOSTS]
FINLAND, BRAZIL, NOWHERE = "198.51.100.10", "198.51.100.130", "198.18.0.10"
FINLAND_6, BRAZIL_6 = "2001:db8:f1::10", "2001:db8:b::10"


def new_name() -> str:
    """Return a name that nobody had before."""
    return f"user{uuid.uuid4().hex[:8]}"


def outbox(host: Host) -> list[dict[str, Any]]:
    """Return what the outbox has, oldest first."""
    lines = host.check_output("send_alerts.py list --format json").splitlines()
    return [json.loads(line) for line in lines]


def alerts_of(host: Host, whom: str, attribute: str = "user") -> list[dict[str, Any]]:
    """Return what the outbox has about this user, or this one of another attribute."""
    return [alert for alert in outbox(host) if alert["attributes"].get(attribute) == whom]


def logins_of(host: Host, whom: str, address: str) -> list[dict[str, Any]]:
    """Return what the outbox has about this user at this address."""
    return [each for each in alerts_of(host, whom) if each["attributes"]["ip"] == address]


def ends_of(host: Host, alert: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the outbox has about the end of this alert's session."""
    about = [each for each in outbox(host) if each["resource"] == alert["resource"]]
    return [each for each in about if each["text"].startswith("The session ended after ")]
