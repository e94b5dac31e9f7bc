# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log messages for the journal: one line each on stdout, with the priority in front.

The form ``<N>text`` is described in sd-daemon(3); systemd takes the priority from it.
"""

from __future__ import annotations

import logging
import sys

PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6}


class JournalFormatter(logging.Formatter):
    """Formats a record as ``<N>text``; what does not print is shown escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        if not text.isprintable():  # a newline would start another message
            text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
        return f"<{PRIORITIES.get(record.levelno, 7)}>{text}"


def log_to_journal() -> None:
    """Send all messages of this process, from level info on, to the journal."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JournalFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
