# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the numbers were measured on, and with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

import peers
from report import table


def describe() -> str:
    """Return a table of the machine and the versions."""
    cpu = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    rows = {
        "CPU": f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores",
        "Memory": f"{memory:.1f} GiB",
        "Load when the bench began": load,
        "Kernel": platform.release(),
        "SEC": _said("/usr/bin/sec", "--version"),
        "Perl": _said("/usr/bin/perl", "-e", "print $^V"),
        "Python": platform.python_version(),
        "Others": ", ".join(peers.versions()) or "not fetched",
    }
    return table(["", ""], [list(row) for row in rows.items()])


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]
