# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts about ourselves."""

from __future__ import annotations

import socket
import uuid
from datetime import UTC, datetime

from geowatch.alerts.alert import Alert
from geowatch.alerts.config import Config


def own_alert(
    config: Config,
    event: str,
    severity: str,
    text: str,
    advice: str = "",
    what: str = "outbox",
    **known: str,
) -> Alert:
    """Return an alert about ourselves. What is loud is mailed."""
    server = socket.gethostname()
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return Alert(
        id=uuid.uuid4().hex,
        time=now,
        environment=config.environment,
        resource=f"{what}@{server}",
        event=event,
        severity=severity,
        service="logins",
        group="geowatch",
        value="",
        text=text,
        origin=config.origin,
        attributes={"server": server} | known | ({"advice": advice} if advice else {}),
        raw="",
        mail=severity in ("critical", "major"),
    )
