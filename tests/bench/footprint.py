# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of all services together."""

from __future__ import annotations

from bench import Bench
from counter import VERDICT, Counter
from fake_alerta import FakeAlerta
from log_server import alerta as channel
from logins import write_storm
from report import Section, number, table
from sender import stored
from services import CORRELATOR, LOOKUP, SENDER, WATCH

GOAL = 120
SERVICES = (CORRELATOR, LOOKUP, SENDER, WATCH)
APPRISE = {"name": "chat", "type": "apprise", "url": "ntfy://127.0.0.1/vpn"}


def measure(bench: Bench) -> Section:
    """Look when all is quiet, and after a storm that went all the way into the outbox."""
    logins = bench.sizes.logins[-1]
    alerta = FakeAlerta()
    try:
        with bench.services(
            *SERVICES, prepare=lambda server: server.configure_sender(channel(alerta.url))
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
    with bench.services(
        SENDER, prepare=lambda server: server.configure_sender(APPRISE)
    ) as services:
        with_apprise = services.memory(SENDER)
    rows = [
        [name, *(number(figure) for look in looks for figure in look[name][:2])]
        for name in SERVICES
    ]
    sums = [number(sum(each[i] for each in look.values())) for look in looks for i in (0, 1)]
    rows.append(["together", *sums])
    rows.append([f"{SENDER} with Apprise", *map(number, with_apprise[:2]), "", ""])
    return Section(
        "Footprint",
        f"""\
MiB, when nothing happens and after a storm of {number(logins)} logins that went into the outbox;
resident (RSS), and the fair share of what is shared (PSS). Apprise, for the channels that need it,
is loaded by the sender alone. Goal: under {GOAL} MiB together.

{table(["", "idle RSS", "idle PSS", "RSS after", "PSS after"], rows)}""",
    )
