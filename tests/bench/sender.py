# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sender alone: alerts into the outbox, without a channel."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bench import Bench
from counter import VERDICT, Counter
from log_server import LogServer
from logins import write_storm
from report import Section, number, spread, table
from services import CORRELATOR, LOOKUP, SENDER
from usage import rate


def measure(bench: Bench) -> Section:
    """Take the alerts of a storm into an empty outbox."""
    logins = bench.sizes.logins[0]
    alerts = bench.made(f"alerts-{logins}", lambda path: _make_alerts(bench, logins, path))
    rates, peaks = [], []

    def prepare(server: LogServer) -> None:
        server.configure_sender()

    for _ in range(bench.sizes.repeats):
        with bench.services(SENDER, prepare=prepare) as services:
            before = services.cpu()
            (services.server.sec / "alerts").hardlink_to(alerts)
            services.wait_for(
                lambda: stored(services.server.outbox) >= logins, "alerts in the outbox", 300
            )
            rates.append(rate(logins, services.cpu() - before))
            peaks.append(services.memory().peak)
    rows = [[f"{number(logins)} alerts", spread(rates), spread(peaks)]]
    return Section(
        "Sender",
        f"""\
From the queue file into the outbox and the journal, with no channel to deliver to.

{table(["", "alerts in a CPU second", "peak MiB"], rows)}""",
    )


def stored(outbox: Path) -> int:
    """Return the number of alerts in an outbox."""
    connection = sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM alert").fetchone()[0])
    finally:
        connection.close()


def _make_alerts(bench: Bench, logins: int, path: Path) -> None:
    with bench.services(CORRELATOR, LOOKUP) as services:
        storm = write_storm(services.server.root / "storm", logins)
        alerts = Counter(services.server.sec / "alerts", VERDICT)
        services.appears(storm, "storm")
        alerts.wait_for(logins, lambda count: services.check())
        path.hardlink_to(services.server.sec / "alerts")
