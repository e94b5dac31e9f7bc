# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a log server that runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from log_server import LogServer
from processes import Processes
from usage import Memory, cpu_seconds, memory

CORRELATOR = "geowatch-sec"
LOOKUP = "geowatch-geoip"
SENDER = "geowatch-alerts"
WATCH = "geowatch-watch"


class Services:
    """Starts services as their units do, and says what they use."""

    def __init__(self, server: LogServer, processes: Processes) -> None:
        self.server = server
        self.processes = processes
        self._pids: dict[str, int] = {}

    def start(self, *services: str) -> None:
        """Start services, and wait until each is at work."""
        for service in services:
            self._pids[service] = self.processes.start(service, self.server.command(service))
        for service in services:
            self.processes.wait_for(partial(self._works, service), service)

    def _works(self, service: str) -> bool:
        if service == CORRELATOR:
            return (self.server.sec / "offsets.tsv").exists()
        if service == WATCH:
            return (self.server.root / "var/lib/geowatch/watch/in_force").exists()
        return {LOOKUP: "started", SENDER: "reading"}[service] in self.processes.said(service)

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Poll until the condition holds."""
        self.processes.wait_for(condition, what, seconds)

    def check(self) -> None:
        """Raise ``BenchError`` if one of them has ended."""
        self.processes.check()

    def pid(self, service: str) -> int:
        """Return the number of the process of a service."""
        return self._pids[service]

    def cpu(self, *services: str) -> float:
        """Return the CPU seconds of services since their start."""
        return sum(cpu_seconds(self._pids[service]) for service in services or self._pids)

    def memory(self, *services: str) -> Memory:
        """Return the memory of services, summed."""
        each = [memory(self._pids[service]) for service in services or self._pids]
        return Memory(*map(sum, zip(*each, strict=True)))

    def appears(self, log: Path, server: str) -> None:
        """Let a log appear on the log server, all of its lines at once."""
        os.link(log, self.server.log(server))

    def wait_until_read(self, log: Path) -> None:
        """Wait until SEC has stored that it has read a log to its end."""
        status = log.stat()
        end = f"\t{status.st_ino}\t{status.st_size}\t"
        offsets = self.server.sec / "offsets.tsv"
        self.processes.wait_for(lambda: end in offsets.read_text(), f"{log.name} is read", 300)
