# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the playbook takes on one host, the first time and with nothing to change."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from bench import Bench
from paths import BENCH, ENTER, ROOT
from processes import BenchError
from report import Section, number, table

GOAL = 20
INVENTORY = BENCH / "inventory.yml"
HOSTS = ROOT / "tests/hosts"


def measure(bench: Bench) -> Section:
    """Boot a host, run the playbook twice, remove the host."""
    try:
        _play(HOSTS / "create.yml")
        _play(HOSTS / "database.yml")
        _play(BENCH / "prepare.yml")
        first, _changed = _timed()
        second, changed = _timed()
    finally:
        _play(HOSTS / "destroy.yml")
    if changed:
        raise BenchError(f"the second run changed {changed} things")
    rows = [["first run", number(first)], ["second run, no change", number(second)]]
    return Section(
        "Deploy",
        f"""\
`ansible-playbook loghost.geowatch.log_server` on one fresh Debian 12, a container on this
machine, over SSH. The first run installs SEC and Python packages from the network.
Goal: {GOAL} s with no change.

{table(["", "wall, s"], rows)}""",
    )


def _timed() -> tuple[float, int]:
    start = time.monotonic()
    said = _play("loghost.geowatch.log_server")
    taken = time.monotonic() - start
    return taken, sum(map(int, re.findall(r"changed=(\d+)", said)))


def _play(playbook: str | Path) -> str:
    command: list[str | Path] = [ENTER, "ansible-playbook", "--inventory", INVENTORY, playbook]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"{playbook}: {done.stdout[-3000:]}{done.stderr[-1000:]}")
    return done.stdout
