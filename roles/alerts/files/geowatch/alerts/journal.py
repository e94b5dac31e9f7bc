# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: lines on standard output with the priority in front, see sd-daemon(3)."""

from __future__ import annotations

import logging
import sys

from geowatch.alerts.alert import Alert, shown

log = logging.getLogger("alerts")

PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}

LEVELS = {
    "security": logging.CRITICAL,
    "critical": logging.CRITICAL,
    "major": logging.ERROR,
    "minor": logging.WARNING,
    "warning": logging.WARNING,
}


class _Line(logging.Formatter):
    """One line for one record. What does not print is escaped, so nobody can forge a second."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{PRIORITIES.get(record.levelno, 7)}>{shown(record.getMessage())}"


def open_journal() -> None:
    """Send everything that is logged to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def log_alert(alert: Alert) -> None:
    """Write the line that every accepted alert gets, whatever its channels do later."""
    level = LEVELS.get(alert["severity"], logging.INFO)
    fields = alert["severity"], alert["event"], alert["resource"], alert["text"]
    log.log(level, "%s %s %s: %s", *fields)
