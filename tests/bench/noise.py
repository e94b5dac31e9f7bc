# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A busy log, with a login here and there."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import earlier
import peers
from bench import LONG, Bench
from counter import VERDICT, Counter
from log_server import LogServer, Product
from noise_lines import LOGINS_IN, write_noise
from paths import ROLES
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP
from usage import rate

GOAL, GOAL_OPENVPN = 0.25, 0.16
"""Of the bare Perl loop: of all lines, and of OpenVPN's alone."""

PEER_GOAL = 3
"""Times syslog-ng, as its own documentation advises."""

LOGS = {"all": 0.3, "openvpn": 1.0}
"""Share of OpenVPN's lines: in one file for everything, and in a file of its own."""

OPENVPN_ONLY = "OpenVPN's lines only"


class Version(NamedTuple):
    """A version of the product that reads one of the logs."""

    title: str
    log: str
    product: Product | None = None


def measure(bench: Bench) -> Section:
    """Run ours and the others in turn."""
    peers.fetch(bench.sizes.tenzir)
    others = peers.ALL | ({peers.TENZIR: peers.tenzir} if bench.sizes.tenzir else {})
    return compare(bench, others)


def compare(bench: Bench, others: Mapping[str, peers.Peer]) -> Section:
    """Run ours and these others in turn."""
    lines = bench.sizes.noise_lines
    logins = sum(each % LOGINS_IN == LOGINS_IN // 2 for each in range(lines))
    versions = [
        Version("ours", "all"),
        Version(f"ours, {OPENVPN_ONLY}", "openvpn"),
        Version(f"ours, with all {len(sources())} sources", "all", with_all_sources(bench)),
    ]
    if bench.earlier:
        versions.append(Version(earlier.COMMIT, "all", bench.earlier))
        versions.append(Version(f"{earlier.COMMIT}, {OPENVPN_ONLY}", "openvpn", bench.earlier))
    rates: dict[str, list[float]] = defaultdict(list)
    peaks: dict[str, list[float]] = defaultdict(list)
    walls: dict[str, float] = {}
    for _ in range(bench.sizes.repeats):
        for version in versions:
            if walls.get(version.title, 0.0) > LONG:
                continue
            start = time.monotonic()
            lines_a_second, peak = run_ours(
                bench, version.log, lines, logins, product=version.product
            )
            walls[version.title] = time.monotonic() - start
            rates[version.title].append(lines_a_second)
            peaks[version.title].append(peak)
        for name, peer in others.items():
            if walls.get(name, 0.0) > LONG:
                continue
            noise = noise_log(bench, "all", lines)
            start = time.monotonic()
            with bench.run("peer") as (directory, processes):
                spent = peer(noise, bench.database, logins, directory, processes)
            walls[name] = time.monotonic() - start
            rates[name].append(rate(lines, spent.cpu))
            peaks[name].append(spent.peak)
    ours, loop = median(rates["ours"]), median(rates[peers.PERL_LOOP])
    rows = [
        [
            *(name, spread(each), number(median(each) / loop), number(ours / median(each))),
            number(median(peaks[name])),
        ]
        for name, each in rates.items()
    ]
    head = ["", "lines in a CPU second", "of the Perl loop", "ours is times this", "peak MiB"]
    return Section(
        "Noise",
        f"""\
{number(lines)} lines of sshd, cron, the kernel, postfix and OpenVPN at verb 3 (30 %), with
{number(logins)} logins in them, and the same with all lines OpenVPN's, as in the file of its own
that it has by default. Ours is SEC with all rules and `geoip_info.py`, from the log to the alerts,
without the start of the programs; the others are with it. With all sources, each of the others
watches files of its own beside. {earlier.MISSING if bench.earlier is None else ""} syslog-ng runs
as usual, and with what its documentation advises for many lines, `log-fetch-limit(10000)` and
`log-iw-size(100000)`. Debian's fail2ban has no filter for OpenVPN, so it gets the expression.
Tenzir, where it was asked for, keeps the lines with a login and does no more. What takes over
{LONG:.0f} s is not repeated. Goals: {GOAL} of the Perl loop, {GOAL_OPENVPN} with OpenVPN's lines
only, and {PEER_GOAL} times syslog-ng at its best.

{table(head, rows)}""",
    )


def sources() -> list[str]:
    """Return the sources that are shipped."""
    return sorted(path.stem for path in (ROLES / "logins/sources").glob("*.yml"))


def with_all_sources(bench: Bench) -> Product:
    """Return what is here with all of them on, each with files of its own."""
    items = [{"source": name, "files": [f"/var/log/remote/*/{name}.log"]} for name in sources()]
    return bench.with_variables("all-sources", logins_sources=items)


def noise_log(bench: Bench, log: str, lines: int) -> Path:
    """Return the log, which is made once."""
    return bench.made(f"{log}-{lines}.log", lambda path: write_noise(path, lines, LOGS[log]))


def run_ours(
    bench: Bench,
    log: str,
    lines: int,
    logins: int,
    prepare: Callable[[LogServer], object] = lambda server: None,
    product: Product | None = None,
) -> tuple[float, float]:
    """Return the lines in a CPU second, and the peak of the memory in MiB."""
    noise = noise_log(bench, log, lines)
    with bench.services(CORRELATOR, LOOKUP, prepare=prepare, product=product) as services:
        alerts = Counter(services.server.sec / "alerts", VERDICT)
        before = services.cpu()
        services.appears(noise, "noise")
        alerts.wait_for(logins, lambda count: services.check())
        services.wait_until_read(noise)
        return rate(lines, services.cpu() - before), services.memory().peak
