# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule costs: more of them that never fire, and where the time of ours goes."""

from __future__ import annotations

import os
import re
import signal
from collections import defaultdict
from pathlib import Path
from statistics import median

import noise
from bench import Bench
from counter import VERDICT, Counter
from log_server import LogServer
from logins import write_storm
from noise_lines import LOGINS_IN
from report import Section, number, table
from services import CORRELATOR, LOOKUP, Services

ADDED = (0, 10, 50)

RULE = """
type=Single
ptype=RegExp
pattern=^(?<time>\\S+) (?<server>\\S+) program-{number}\\[\\d+\\]: login of (?<user>\\S+)$
context=[OPENVPN_LOG]
desc=never {number}
action=none
"""

SORTS = "05-sort-events.sec"
SPENT = re.compile(rb"([\d.]+) seconds of CPU time spent for processing")
OF_FILE = re.compile(rb"Statistics for the rules from .*/(\S+)\n")


def measure(bench: Bench) -> Section:
    """Add rules to those that recognise; then let SEC say what each of its rules took."""
    lines, storm = bench.sizes.rule_lines, bench.sizes.logins[0]
    logins = sum(each % LOGINS_IN == LOGINS_IN // 2 for each in range(lines))
    of_line: dict[int, list[float]] = defaultdict(list)
    of_login: dict[int, list[float]] = defaultdict(list)
    for _ in range(bench.sizes.repeats):
        for added in ADDED:

            def add(server: LogServer, added: int = added) -> None:
                add_rules(server, added)

            rate, _peak = noise.run_ours(bench, "openvpn", lines, logins, add)
            of_line[added].append(1e6 / rate)
            with bench.services(CORRELATOR, LOOKUP, prepare=add) as services:
                of_login[added].append(1e6 * _storm(services, storm) / storm)
    rows = []
    for added in ADDED:
        line, login = median(of_line[added]), median(of_login[added])
        each = [
            number((now - median(base[0])) / added) if added else ""
            for now, base in ((line, of_line), (login, of_login))
        ]
        rows.append([f"{added} added", number(line), each[0], number(login), each[1]])
    head = ["never-firing rules", "a line, µs", "for each rule", "a login, µs", "for each rule"]
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
        "Cost of each rule",
        f"""\
{number(lines)} lines of OpenVPN's with {number(logins)} logins, and a storm of {number(storm)}
logins, with more rules that take log lines and never match. CPU time of SEC and `geoip_info.py`.

{table(head, rows)}

Where SEC's time for rules goes in that storm, by SEC's own account (`--ruleperf`), without the time
between the rules.

{table(["file", "%"], [[name, number(100 * spent / total)] for name, spent in files.items()])}""",
    )


def add_rules(server: LogServer, count: int) -> None:
    """Add so many rules that take log lines and never match."""
    if count:
        rules = "".join(RULE.format(number=number) for number in range(count))
        options = "type=Options\njoincfset=OPENVPN_LOG\nprocallin=no\n"
        (server.rules / "95-added.sec").write_text(options + rules)
        # Lines without a word of a rule are not read, so each brings one, as any rule would.
        with (server.rules / "inputs.tsv").open("a") as inputs:
            inputs.writelines(f"word\tOPENVPN_LOG\tprogram-{number}[\n" for number in range(count))


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
