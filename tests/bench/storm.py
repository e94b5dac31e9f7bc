# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everybody logs in at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

import earlier
from bench import LONG, Bench
from counter import VERDICT, Counter
from log_server import LogServer, Product
from logins import write_storm
from naive_recipe import NaiveRecipe
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP
from usage import cpu_seconds, family_rss, rate

GOAL = 0.25
"""Of SEC alone with a rule that does nothing; and twice what the earlier version has."""

EARLY = 0.2
"""Memory is looked at after this part of a storm, and at its end."""

EVENTS = 3
"""SEC's, of a login at verb 3: connected, established, located."""

OPTIONS = """
type=Options
joincfset=SOURCE_OPENVPN
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


class Kind(NamedTuple):
    """A storm of a version of the product."""

    title: str
    product: Product
    logins: int
    verb_3: bool = True

    @property
    def row(self) -> str:
        """Return what its row is called."""
        return f"{self.title}, {number(self.logins)} logins, verb {3 if self.verb_3 else 1}"


@dataclass
class Runs:
    """What repeated runs of the same kind gave."""

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


def compare(bench: Bench, storms: Sequence[tuple[int, bool]]) -> Section:
    """Run all in turn. A storm is the number of logins, and if verb 3."""
    kinds = []
    for logins, verb_3 in storms:
        kinds.append(Kind("ours", bench.product, logins, verb_3))
        if verb_3 and bench.earlier:
            kinds.append(Kind(earlier.COMMIT, bench.earlier, logins))
    naive, floors = Runs(), {rule: Runs() for rule in FLOORS}
    runs_of = {kind: Runs() for kind in kinds}
    for _ in range(bench.sizes.repeats):
        _run_naive(bench, naive)
        for rule, runs in floors.items():
            _run_floor(bench, rule, storms[0][0], runs)
        for kind, runs in runs_of.items():
            if runs.wall and runs.wall[0] > LONG:
                continue
            _run(bench, kind, runs)
    return Section("Storm", _report(bench, naive, floors, runs_of))


def _run_naive(bench: Bench, runs: Runs) -> None:
    logins = bench.sizes.naive_logins
    with bench.run("naive") as (directory, processes):
        recipe = NaiveRecipe(directory, bench.database, processes)
        storm = write_storm(directory / "storm", logins).read_bytes()
        before, start = cpu_seconds(recipe.pid), time.monotonic()
        with recipe.log.open("ab") as log:
            log.write(storm)
        peak = 0.0

        def look(_count: int) -> None:
            nonlocal peak
            peak = max(peak, family_rss(recipe.pid))

        recipe.alerts.wait_for(logins, look)
        runs.wall.append(time.monotonic() - start)
        runs.rate.append(rate(logins, cpu_seconds(recipe.pid) - before))
        runs.peak.append(peak)


def _run(bench: Bench, kind: Kind, runs: Runs) -> None:
    logins = kind.logins
    with bench.services(CORRELATOR, LOOKUP, product=kind.product) as services:
        storm = write_storm(services.server.root / "storm", logins, kind.verb_3)
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


def _run_floor(bench: Bench, rule: str, logins: int, runs: Runs) -> None:
    """Run SEC alone, with as many events as the storm gives it."""

    def prepare(server: LogServer) -> None:
        for rules in server.rules.glob("[1-9]*.sec"):
            rules.unlink()
        (server.rules / "10-all.sec").write_text(OPTIONS + FLOORS[rule])

    with bench.services(CORRELATOR, prepare=prepare) as services:
        lines = write_storm(services.server.root / "storm", logins).read_text().splitlines()
        storm = services.server.root / "events"
        events = [line for line in lines[::2] for _ in range(EVENTS)]
        storm.write_text("".join(f"{line}\n" for line in events))
        before, start = services.cpu(), time.monotonic()
        services.appears(storm, "storm")
        services.wait_until_read(storm)
        runs.wall.append(time.monotonic() - start)
        runs.rate.append(rate(logins, services.cpu() - before))
        runs.peak.append(services.memory().peak)


def _report(bench: Bench, naive: Runs, floors: dict[str, Runs], runs_of: dict[Kind, Runs]) -> str:
    floor = median(next(iter(floors.values())).rate)
    named = {f"naive recipe, {number(bench.sizes.naive_logins)} logins": naive}
    named |= {f"SEC alone, {EVENTS} events a login, {rule}": runs for rule, runs in floors.items()}
    named |= {kind.row: runs for kind, runs in runs_of.items()}
    rows = [
        [
            *(name, spread(runs.rate), number(median(runs.rate) / floor)),
            number(median(runs.wall)),
            *(number(median(each)) if each else "" for each in (runs.early, runs.late, runs.peak)),
        ]
        for name, runs in named.items()
    ]
    head = ["", "logins in a CPU second", "of SEC alone", "wall, s"]
    head += ["MiB after 20 %", "MiB at the end", "peak MiB"]
    return f"""\
Each login is another user from another address, 10,000 of them in a second of the log. Verb 3 has
two lines for a login, verb 1 only "Peer Connection Initiated", after which a login counts when
nobody rejected it for a while: the wall time is mostly that wait. SEC alone has as many events as a
login is at verb 3: what it takes to look at each, and to do one thing about each. CPU is that of
SEC and of `geoip_info.py`; of the naive recipe, that of SEC and all that it started.
{earlier.COMMIT} is an earlier version, out of the history, which knows OpenVPN alone.
{earlier.MISSING if bench.earlier is None else ""} A storm that takes over
{LONG:.0f} s is not repeated. Goals: at least {GOAL} of SEC alone with a rule
that does nothing, aiming for 0.4, twice what {earlier.COMMIT} has, and flat memory.

{table(head, rows)}"""
