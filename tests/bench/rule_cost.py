# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source more or a policy more costs, and where the time of the rules goes."""

from __future__ import annotations

import os
import re
import signal
from collections import defaultdict
from pathlib import Path

import noise
from bench import Bench
from counter import VERDICT, Counter
from log_server import LogServer
from logins import write_storm
from noise_lines import LOGINS_IN
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP, Services

POLICIES = 50

SORTS = "05-sort-events.sec"
SPENT = re.compile(rb"([\d.]+) seconds of CPU time spent for processing")
OF_FILE = re.compile(rb"Statistics for the rules from .*/(\S+)\n")


def measure(bench: Bench) -> Section:
    """Add sources and policies; then let SEC say what each of its rules took."""
    lines, storm = bench.sizes.rule_lines, bench.sizes.logins[0]
    logins = sum(each % LOGINS_IN == LOGINS_IN // 2 for each in range(lines))
    policies = [
        {"name": f"other {number}", "users": [f"other-{number}"], "expected": ["NZ"]}
        for number in range(POLICIES)
    ]
    products = {
        "one source, one policy": bench.product,
        f"{len(noise.sources())} sources": noise.with_all_sources(bench),
        f"{POLICIES} policies more": bench.with_variables("policies", logins_policies=policies),
    }
    of_line: dict[str, list[float]] = defaultdict(list)
    of_login: dict[str, list[float]] = defaultdict(list)
    for _ in range(bench.sizes.repeats):
        for name, product in products.items():
            rate, _peak = noise.run_ours(bench, "openvpn", lines, logins, product=product)
            of_line[name].append(1e6 / rate)
            with bench.services(CORRELATOR, LOOKUP, product=product) as services:
                of_login[name].append(1e6 * _storm(services, storm) / storm)
    rows = [[name, spread(of_line[name]), spread(of_login[name])] for name in products]
    with bench.services(CORRELATOR, LOOKUP, prepare=_account) as services:
        _storm(services, storm)
        os.kill(services.pid(CORRELATOR), signal.SIGUSR1)
        dump = services.server.sec / "dump"
        services.wait_for(lambda: dump.exists() and b"\nInput sources" in dump.read_bytes(), "dump")
        files = _by_file(dump)
    # Its rules call those of the other files, and SEC counts that time twice.
    files[SORTS] = max(0.0, 2 * files.get(SORTS, 0.0) - sum(files.values()))
    total = sum(files.values()) or 1.0
    return Section(
        "Cost of a source and of a policy",
        f"""\
{number(lines)} lines of OpenVPN's with {number(logins)} logins, and a storm of {number(storm)}
logins: with the source alone and one policy, with all sources that are shipped, and with
{POLICIES} policies for others. Each login asks the policies in their order, the last is its own.
CPU time of SEC and `geoip_info.py`. Goal: a line costs the same in all rows.

{table(["", "a line, µs", "a login, µs"], rows)}

Where SEC's time for rules goes in that storm, by SEC's own account (`--ruleperf`), without the time
between the rules.

{table(["file", "%"], [[name, number(100 * spent / total)] for name, spent in files.items()])}""",
    )


def _account(server: LogServer) -> None:
    server.add_option(CORRELATOR, "--ruleperf")


def _storm(services: Services, logins: int) -> float:
    """Return the CPU seconds of a storm."""
    storm = write_storm(services.server.root / "storm", logins)
    alerts = Counter(services.server.sec / "alerts", VERDICT)
    before = services.cpu()
    services.appears(storm, "storm")
    alerts.wait_for(logins, lambda count: services.check())
    return services.cpu() - before


def _by_file(dump: Path) -> dict[str, float]:
    """Return the CPU seconds of each rule file, as SEC's dump has them."""
    parts = OF_FILE.split(dump.read_bytes())
    return {
        name.decode(): sum(map(float, SPENT.findall(part)))
        for name, part in zip(parts[1::2], parts[2::2], strict=True)
    }
