# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Alerta knows of severities. An installation may have names of its own (SEVERITY_MAP)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

# https://docs.alerta.io/api/alert.html#alert-severities
SEVERITIES = {
    "security": 0,
    "critical": 1,
    "major": 2,
    "minor": 3,
    "warning": 4,
    "indeterminate": 5,
    "informational": 6,
    "normal": 7,
    "ok": 7,
    "cleared": 7,
    "debug": 8,
    "trace": 9,
    "unknown": 10,
}

# What others call it, the nearest first.
ALSO = {
    "security": ("critical", "fatal", "emergency", "high"),
    "critical": ("fatal", "emergency", "high", "security"),
    "major": ("high", "error", "critical"),
    "minor": ("medium", "warning", "low"),
    "warning": ("warn", "medium", "low", "minor"),
    "informational": ("info", "information", "notice", "advisory", "indeterminate"),
}

# Nobody has to look at these.
QUIET = frozenset({"informational", "normal", "ok", "cleared", "debug", "trace", "unknown"})


@dataclass(frozen=True)
class Severities:
    """The names that one Alerta takes, and what closes an alert there."""

    codes: dict[str, int] = field(default_factory=lambda: SEVERITIES)
    normal: str = "normal"

    def name(self, severity: str) -> str:
        """Return what one of ours is called there. What is loud stays loud."""
        names = {name.lower(): name for name in self.codes}
        for word in (severity, *ALSO.get(severity, ())):
            if word in names:
                return names[word]
        return self.normal if severity in QUIET else min(self.codes, key=lambda n: self.codes[n])


def understood(content: bytes) -> Severities | None:
    """Return what Alerta's answer to GET /config says of them, if it is one."""
    try:
        data = json.loads(content)
        model = data["alarm_model"]
        codes = {str(name): int(code) for name, code in model["severity"].items()}
        normal = str(model["defaults"]["normal_severity"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Severities(codes, normal) if normal in codes else None
