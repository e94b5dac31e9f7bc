# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log server whose metrics are on, and what happens there."""

from __future__ import annotations

import json
import time

from geowatch.watch.metrics import ON
from geowatch.watch.service import Watch
from healthy import LOG, Healthy

ALERTS = "/var/lib/geowatch/sec/alerts"


class Busy:
    """What the rooms write, and the watch that looks at it."""

    def __init__(self, line: Healthy) -> None:
        self.line = line
        line.write("/var/lib/geowatch/metrics/.keep")
        self.collected = line.write("/collected/.keep").parent
        line.path(ON).symlink_to(self.collected)
        (self.collected / "geowatch.prom").symlink_to(line.host.state("metrics", "geowatch.prom"))
        self.watch = Watch(line.host)
        self.watch.look(time.time())

    def counts(self, times: int, server: str = "vpn1") -> None:
        """Let the correlator count."""
        rows = [f"bytes\t{LOG}\t{1000 * times}", f"bytes\t{ALERTS}\t9"]
        rows += [f"country\t{country}\t{times}" for country in ("FI", "not_found")]
        numbers = {"recognised": 2 * times, "not_understood": 4, "failed": 3 * times}
        numbers |= {"ExpectedCountry": 5 * times, "UnknownCountry": times}
        rows += [f"{what}\tOpenVPN\t{server}\t{number}" for what, number in numbers.items()]
        self.line.write("/var/lib/geowatch/sec/counts.tsv", "\n".join(rows) + "\n")

    def canary(self, lost: str = "") -> None:
        """Let one arrive, or not."""
        known = {
            "at": time.time() - 60,
            "lost": lost,
            "text": lost,
            "times": {"log": 0.1, "sender": 0.6},
        }
        self.line.write("/var/lib/geowatch/watch/canary.json", json.dumps(known))

    def look(self) -> dict[str, float]:
        """Let the watch look, and return the metrics as node_exporter finds them."""
        self.watch.look(time.time())
        return self.metrics()

    def metrics(self) -> dict[str, float]:
        """Return them."""
        lines = (self.collected / "geowatch.prom").read_text().splitlines()
        rows = (each.rpartition(" ") for each in lines if not each.startswith("#"))
        return {name.removeprefix("geowatch_"): float(value) for name, _, value in rows}
