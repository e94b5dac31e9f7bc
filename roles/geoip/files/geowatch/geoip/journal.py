# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log messages for the journal: one line each on stdout, with the priority in front.

The form ``<N>text`` is described in sd-daemon(3); systemd takes the priority from it.
"""

from __future__ import annotations

import logging
import sys


class JournalFormatter(logging.Formatter):
    """Formats a record as ``<N>text``; what does not print is shown escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if not text.isprintable():  # a newline would start another message
            text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
        return f"<{_priority(record.levelno)}>{text}"


def log_to_journal() -> None:
    """Send all messages of this process, from level info on, to the journal."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JournalFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _priority(level: int) -> int:
    """Return the syslog priority of a logging level (sd-daemon(3))."""
    if level >= logging.ERROR:
        return 3
    return 4 if level >= logging.WARNING else 6
