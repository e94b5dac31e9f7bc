# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of all services together."""

from __future__ import annotations

from bench import Bench
from counter import VERDICT, Counter
from fake_alerta import FakeAlerta
from logins import write_storm
from report import Section, number, table
from sender import stored
from services import CORRELATOR, LOOKUP, SENDER

GOAL = 120
SERVICES = (CORRELATOR, LOOKUP, SENDER)


def measure(bench: Bench) -> Section:
    """Look when all is quiet, and after a storm that went all the way into the outbox."""
    logins = bench.sizes.logins[-1]
    alerta = FakeAlerta()
    try:
        with bench.services(
            *SERVICES, prepare=lambda server: server.configure_sender(alerta.url)
        ) as services:
            looks = [{name: services.memory(name) for name in SERVICES}]
            storm = write_storm(services.server.root / "storm", logins)
            alerts = Counter(services.server.sec / "alerts", VERDICT)
            services.appears(storm, "storm")
            alerts.wait_for(logins, lambda count: services.check())
            services.wait_for(lambda: stored(services.server.outbox) >= logins, "the outbox", 300)
            looks.append({name: services.memory(name) for name in SERVICES})
    finally:
        alerta.stop()
    rows = [
        [name, *(number(figure) for look in looks for figure in look[name][:2])]
        for name in SERVICES
    ]
    sums = [number(sum(each[i] for each in look.values())) for look in looks for i in (0, 1)]
    return Section(
        "Footprint",
        f"""\
MiB, when nothing happens and after a storm of {number(logins)} logins that went into the outbox;
resident (RSS), and the fair share of what is shared (PSS). Goal: under {GOAL} MiB.

{table(["", "idle RSS", "idle PSS", "RSS after", "PSS after"], [*rows, ["together", *sums]])}""",
    )
