# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people write first: three rules, and a process for each login."""

from __future__ import annotations

import sys
from pathlib import Path

from counter import Counter
from paths import BENCH
from processes import Processes

SEC = "/usr/bin/sec"


class NaiveRecipe:
    """SEC with the naive rules, over a log that exists."""

    def __init__(self, directory: Path, database: Path, processes: Processes) -> None:
        self.log = directory / "log"
        self.log.touch()
        self.alerts = Counter(directory / "alerts", b": ")
        rules = (BENCH / "naive/rules.sec").read_text()
        for name, value in {
            "@PYTHON@": sys.executable,
            "@LOOK_UP@": BENCH / "naive/look_up.py",
            "@DATABASE@": database,
            "@ALERTS@": directory / "alerts",
        }.items():
            rules = rules.replace(name, str(value))
        (directory / "rules.sec").write_text(rules)
        command = [SEC, f"--conf={directory}/rules.sec", f"--input={self.log}", "--log=-"]
        self.pid = processes.start("naive", command)
        processes.wait_for(
            lambda: f"Opening input file {self.log}" in processes.said("naive"), "the naive recipe"
        )
