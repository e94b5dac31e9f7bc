# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages for the journal: one line each, with the right priority."""

from __future__ import annotations

import logging

import pytest
from geowatch.journal import JournalFormatter


@pytest.mark.parametrize(
    ("level", "message", "line"),
    [
        (logging.INFO, "started", "<6>started"),
        (logging.WARNING, "skipped", "<4>skipped"),
        (logging.ERROR, "Côte d'Ivoire", "<3>Côte d'Ivoire"),
        (logging.INFO, "a\n<3>forged\x1b\u202e", "<6>a\\n<3>forged\\x1b\\u202e"),
    ],
)
def test_line(level: int, message: str, line: str) -> None:
    record = logging.LogRecord("geoip", level, "", 0, "%s", (message,), None)
    assert JournalFormatter().format(record) == line
