# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An alert for a SIEM: the fields of the Elastic Common Schema, 8.11."""

from __future__ import annotations

from typing import Any

from geowatch.alerts.alert import NOTE, Alert
from geowatch.alerts.wanted import FOLLOWS

# As those who draw conclusions from such fields have them: low, medium, high, critical.
SEVERITIES = {"critical": 99, "security": 99, "major": 73, "minor": 47, "warning": 47}
OTHERS = 21


def event(alert: Alert) -> dict[str, Any]:
    """Return the fields, without those that are not known."""
    known = dict(alert["attributes"])
    of_ours = alert["group"] == "geowatch"
    severity = alert["severity"]
    fields = {
        "@timestamp": alert["time"],
        "ecs": {"version": "8.11.0"},
        "message": alert["text"],
        "event": {
            # The same whenever it is sent again.
            "id": f"{alert['id']}.{alert['event']}",
            "kind": "event" if severity in FOLLOWS else "alert",
            "category": ["host" if of_ours else "authentication"],
            "type": ["info"],
            "outcome": "failure" if alert["event"].endswith("FailedLogins") else "unknown",
            "action": severity if severity in FOLLOWS else "raised",
            "code": alert["event"],
            "severity": SEVERITIES.get(severity, OTHERS),
            "module": "geowatch",
            "dataset": "geowatch.alerts",
            "provider": alert["group"],
            "reason": known.pop("reason", ""),
            "original": alert["raw"],
        },
        "log": {"level": "info" if severity == NOTE else severity},
        "rule": {"name": alert["event"], "description": known.pop("advice", "")},
        "host": {"name": known.pop("server", "")},
        "user": {"name": known.pop("user", "")},
        "source": {
            "ip": known.pop("ip", ""),
            "geo": {
                "country_iso_code": known.pop("country", ""),
                "country_name": known.pop("country_name", ""),
            },
            "as": {
                "number": _number(known.pop("asn", "")),
                "organization": {"name": known.pop("as_owner", "")},
            },
        },
        "observer": {"name": alert["origin"], "type": "geowatch"},
        "labels": {
            "resource": alert["resource"],
            "environment": alert["environment"],
            "value": alert["value"],
            **known,
        },
    }
    kept: dict[str, Any] = _known(fields)
    return kept


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0


def _known(value: Any) -> Any:
    """Leave out what is empty."""
    if not isinstance(value, dict):
        return value
    return {name: kept for name, each in value.items() if (kept := _known(each))}
