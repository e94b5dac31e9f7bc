# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report at the end: how many logins went through each fault, and what came twice."""

from __future__ import annotations

import pytest
from scenario import HEAD, SEED, everybody, remarks


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the report."""
    rows = [HEAD, *[logins.summary() for logins in everybody]]
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    terminalreporter.section(f"logins, faults and duplicates (FAULTS_SEED={SEED})")
    for row in rows:
        cells = (f"{cell!s:{width}}" for cell, width in zip(row, widths, strict=True))
        terminalreporter.write_line("  ".join(cells).rstrip())
    for remark in remarks:
        terminalreporter.write_line(remark)
