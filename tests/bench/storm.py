# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody logs in at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import LONG, Bench
from counter import VERDICT, Counter
from log_server import LogServer
from logins import write_storm
from naive_recipe import NaiveRecipe
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP
from usage import cpu_seconds, family_rss, rate

GOAL = 1000
EARLY = 0.2
"""Memory is looked at after this part of a storm, and at its end."""

EVENTS = 3
"""SEC's, of a login at verb 3: connected, established, located."""

OPTIONS = """
type=Options
joincfset=OPENVPN_LOG
procallin=no
"""
FLOORS = {
    "one rule that does nothing": r"""
type=Single
ptype=RegExp
pattern=^
desc=all
action=none
""",
    "one rule with an expression and a call": r"""
type=Single
ptype=RegExp
pattern=^(?<time>\S+) (?<server>\S+) openvpn\[\d+\]: (?<message>.*)$
varmap=LINE
desc=all
action=lcall %ok LINE :> ( sub { 1 } )
""",
}
"""The least that SEC can do for an event: look at it, and do one thing about it."""


@dataclass
class Runs:
    """What repeated runs of the same kind gave."""

    logins: int
    rate: list[float] = field(default_factory=list)
    """Logins in a CPU second."""
    wall: list[float] = field(default_factory=list)
    early: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)


def measure(bench: Bench) -> Section:
    """Run storms of all sizes at verb 3, and of the first one at verb 1."""
    sizes = bench.sizes.logins
    return compare(bench, [*((logins, True) for logins in sizes), (sizes[0], False)])


def compare(bench: Bench, kinds: Sequence[tuple[int, bool]]) -> Section:
    """Run the naive recipe and ours in turn. A kind is the number of logins, and if verb 3."""
    naive = Runs(bench.sizes.naive_logins)
    storms = {kind: Runs(kind[0]) for kind in kinds}
    floors = {rule: Runs(kinds[0][0]) for rule in FLOORS}
    for _ in range(bench.sizes.repeats):
        _run_naive(bench, naive)
        for rule, runs in floors.items():
            _run_floor(bench, rule, runs)
        for (logins, verb_3), runs in storms.items():
            if runs.wall and runs.wall[0] > LONG:
                continue
            _run_ours(bench, logins, verb_3, runs)
    return Section("Storm", _report(naive, floors, storms))


def _run_naive(bench: Bench, runs: Runs) -> None:
    with bench.run("naive") as (directory, processes):
        recipe = NaiveRecipe(directory, bench.database, processes)
        storm = write_storm(directory / "storm", runs.logins).read_bytes()
        before, start = cpu_seconds(recipe.pid), time.monotonic()
        with recipe.log.open("ab") as log:
            log.write(storm)
        peak = 0.0

        def look(_count: int) -> None:
            nonlocal peak
            peak = max(peak, family_rss(recipe.pid))

        recipe.alerts.wait_for(runs.logins, look)
        runs.wall.append(time.monotonic() - start)
        runs.rate.append(rate(runs.logins, cpu_seconds(recipe.pid) - before))
        runs.peak.append(peak)


def _run_ours(bench: Bench, logins: int, verb_3: bool, runs: Runs) -> None:
    with bench.services(CORRELATOR, LOOKUP) as services:
        storm = write_storm(services.server.root / "storm", logins, verb_3)
        alerts = Counter(services.server.sec / "alerts", VERDICT)
        before, start = services.cpu(), time.monotonic()
        services.appears(storm, "storm")
        early = 0.0

        def look(count: int) -> None:
            nonlocal early
            services.check()
            if not early and count >= EARLY * logins:
                early = services.memory().rss

        alerts.wait_for(logins, look)
        runs.wall.append(time.monotonic() - start)
        runs.rate.append(rate(logins, services.cpu() - before))
        memory = services.memory()
        runs.early.append(early or memory.rss)
        runs.late.append(memory.rss)
        runs.peak.append(memory.peak)


def _run_floor(bench: Bench, rule: str, runs: Runs) -> None:
    """Run SEC alone, with as many events as the storm gives it."""

    def prepare(server: LogServer) -> None:
        for rules in server.rules.glob("[1-9]*.sec"):
            rules.unlink()
        (server.rules / "10-all.sec").write_text(OPTIONS + FLOORS[rule])

    with bench.services(CORRELATOR, prepare=prepare) as services:
        lines = write_storm(services.server.root / "storm", runs.logins).read_text().splitlines()
        storm = services.server.root / "events"
        events = [line for line in lines[::2] for _ in range(EVENTS)]
        storm.write_text("".join(f"{line}\n" for line in events))
        before, start = services.cpu(), time.monotonic()
        services.appears(storm, "storm")
        services.wait_until_read(storm)
        runs.wall.append(time.monotonic() - start)
        runs.rate.append(rate(runs.logins, services.cpu() - before))
        runs.peak.append(services.memory().peak)


def _report(naive: Runs, floors: dict[str, Runs], storms: dict[tuple[int, bool], Runs]) -> str:
    base = median(naive.rate)
    rows = [
        [
            f"naive recipe, {number(naive.logins)} logins",
            *(spread(naive.rate), "1", number(median(naive.wall)), "", ""),
            number(median(naive.peak)),
        ],
    ]
    for rule, runs in floors.items():
        rows.append(
            [
                f"SEC alone, {EVENTS} events a login, {rule}",
                *(spread(runs.rate), number(median(runs.rate) / base), number(median(runs.wall))),
                *("", "", number(median(runs.peak))),
            ]
        )
    for (logins, verb_3), runs in storms.items():
        rows.append(
            [
                f"ours, {number(logins)} logins, verb {3 if verb_3 else 1}",
                *(spread(runs.rate), number(median(runs.rate) / base), number(median(runs.wall))),
                *(number(median(each)) for each in (runs.early, runs.late, runs.peak)),
            ]
        )
    head = ["", "logins in a CPU second", "ratio", "wall, s"]
    head += ["MiB after 20 %", "MiB at the end", "peak MiB"]
    return f"""\
Each login is another user from another address. Verb 3 has two lines for a login, verb 1 only "Peer
Connection Initiated", after which a login counts when nobody rejected it for a while: the wall time
is mostly that wait. SEC alone has as many events as a login is at verb 3: what it takes to look at
each, and to do one thing about each; our rules try ten expressions and do nine things for a login.
CPU is that of SEC and of `geoip_info.py`; of the naive recipe, that of SEC and all that it started.
A storm that takes over {LONG:.0f} s is not repeated. Goal: {GOAL:,} times the naive recipe, and
flat memory.

{table(head, rows)}"""
