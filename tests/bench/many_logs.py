# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to watch many logs."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import Bench
from counter import VERDICT, Counter
from logins import Client, connected, learned
from paths import ROLES
from report import Section, number, table
from services import CORRELATOR, LOOKUP
from usage import cpu_seconds

HEAD = ["logs", "idle, % of a core", "seconds for all verdicts", "descriptors", "MiB (RSS)"]

QUIET = 10
"""Seconds for which nothing is written."""

AT_ONCE = 5_000
"""Logs that are written to in the same moment."""

MOST_WRITTEN = 10_000
"""More logs than the unit has descriptors, and few enough to wait for."""


def measure(bench: Bench) -> Section:
    """Look at an idle correlator with more and more logs, and write to all of them at once."""
    rows = [_row(bench, logs) for logs in bench.sizes.logs]
    return Section(
        "Number of logs",
        f"""\
Each log is in a directory of its own, as those of `rsyslog` are. While nothing happens the
correlator looks at the directories, for 5 % of a core at most. Then a login is written to
each of at most {MOST_WRITTEN:,} logs, to {AT_ONCE:,} at once; what is open in the end is bounded by
the unit's descriptors.

{table(HEAD, rows)}""",
    )


@contextmanager
def _descriptors_of_the_unit() -> Iterator[None]:
    unit = (ROLES / "sec/templates/geowatch-sec.service.j2").read_text()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    number = int(re.findall(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _row(bench: Bench, logs: int) -> list[str]:
    with _descriptors_of_the_unit(), bench.services(CORRELATOR, LOOKUP) as services:
        paths = [services.server.log(f"vpn{number}") for number in range(logs)]
        for path in paths:
            path.touch()
        pid = services.pid(CORRELATOR)
        offsets = services.server.sec / "offsets.tsv"
        services.wait_for(lambda: _stored(offsets) >= logs, "the logs", 300)
        begun, used = time.monotonic(), cpu_seconds(pid)
        time.sleep(QUIET)
        idle = (cpu_seconds(pid) - used) / (time.monotonic() - begun)
        verdicts = Counter(services.server.sec / "alerts", VERDICT)
        begun = time.monotonic()
        written = min(logs, MOST_WRITTEN)
        for first in range(0, written, AT_ONCE):
            some = range(first, min(first + AT_ONCE, written))
            for client in map(Client, some):
                paths[client.number].write_text(connected(client, 0) + learned(client, 0))
            verdicts.wait_for(some.stop, lambda count: services.check())
        seconds = time.monotonic() - begun
        descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        return [
            number(logs),
            number(100 * idle),
            number(seconds),
            number(descriptors),
            number(services.memory(CORRELATOR).rss),
        ]


def _stored(offsets: Path) -> int:
    return offsets.read_text().count("\nfile\t") if offsets.exists() else 0
