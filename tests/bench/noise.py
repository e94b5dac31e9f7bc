# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A busy log, with a login here and there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import peers
from bench import LONG, Bench
from counter import VERDICT, Counter
from log_server import LogServer
from noise_lines import LOGINS_IN, write_noise
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP
from usage import rate

GOAL = 300_000

LOGS = {"all": 0.3, "openvpn": 1.0}
"""Share of OpenVPN's lines: in one file for everything, and in a file of its own."""

OURS = {"all": "ours", "openvpn": "ours, OpenVPN's lines only"}


def measure(bench: Bench) -> Section:
    """Run ours and the others in turn."""
    peers.fetch()
    return compare(bench, peers.ALL)


def compare(bench: Bench, others: Mapping[str, peers.Peer]) -> Section:
    """Run ours and these others in turn."""
    lines = bench.sizes.noise_lines
    logins = sum(each % LOGINS_IN == LOGINS_IN // 2 for each in range(lines))
    rates: dict[str, list[float]] = defaultdict(list)
    peaks: dict[str, list[float]] = defaultdict(list)
    walls: dict[str, float] = {}
    for _ in range(bench.sizes.repeats):
        for log, name in OURS.items():
            if walls.get(name, 0.0) > LONG:
                continue
            start = time.monotonic()
            lines_a_second, peak = run_ours(bench, log, lines, logins)
            rates[name].append(lines_a_second)
            peaks[name].append(peak)
            walls[name] = time.monotonic() - start
        for name, peer in others.items():
            noise = noise_log(bench, "all", lines)
            with bench.run("peer") as (directory, processes):
                spent = peer(noise, bench.database, logins, directory, processes)
            rates[name].append(rate(lines, spent.cpu))
            peaks[name].append(spent.peak)
    base = median(rates["ours"])
    rows = [
        [name, spread(each), number(median(each) / base), number(median(peaks[name]))]
        for name, each in rates.items()
    ]
    head = ["", "lines in a CPU second", "ratio to ours", "peak MiB"]
    return Section(
        "Noise",
        f"""\
{number(lines)} lines of sshd, cron, the kernel, postfix and OpenVPN at verb 3 (30 %), with
{number(logins)} logins in them, and the same with all lines OpenVPN's, as in the file of its own
that it has by default. Ours is SEC with all rules and `geoip_info.py`, from the log to the alerts,
without the start of the programs; the others are with it. Debian's fail2ban has no filter for
OpenVPN, so it gets the expression. What takes over {LONG:.0f} s is not repeated. Goal: {GOAL:,}
lines in a CPU second, and more than syslog-ng.

{table(head, rows)}""",
    )


def noise_log(bench: Bench, log: str, lines: int) -> Path:
    """Return the log, which is made once."""
    return bench.made(f"{log}-{lines}.log", lambda path: write_noise(path, lines, LOGS[log]))


def run_ours(
    bench: Bench,
    log: str,
    lines: int,
    logins: int,
    prepare: Callable[[LogServer], object] = lambda server: None,
) -> tuple[float, float]:
    """Return the lines in a CPU second, and the peak of the memory in MiB."""
    noise = noise_log(bench, log, lines)
    with bench.services(CORRELATOR, LOOKUP, prepare=prepare) as services:
        alerts = Counter(services.server.sec / "alerts", VERDICT)
        before = services.cpu()
        services.appears(noise, "noise")
        alerts.wait_for(logins, lambda count: services.check())
        services.wait_until_read(noise)
        return rate(lines, services.cpu() - before), services.memory().peak
