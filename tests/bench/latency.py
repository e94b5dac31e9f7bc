# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the line in the log to the alert."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from statistics import quantiles

import noise
from bench import Bench
from fake_alerta import FakeAlerta
from log_server import LogServer
from log_server import alerta as channel
from logins import Client, connected, learned
from naive_recipe import NaiveRecipe
from paths import BENCH
from processes import BenchError
from report import Section, number, table
from services import CORRELATOR, LOOKUP, SENDER

GOAL = 100
PATIENCE = 60.0
SPACING = (0.05, 0.25)
"""Seconds between two logins: no rhythm that a poll could fall in with."""

FIRST = 50_000
"""The noise has clients of its own, with lower numbers."""


def measure(bench: Bench) -> Section:
    """Log in now and then: with nothing else to do, during noise, and with the naive recipe."""
    count = bench.sizes.latency_logins
    found = {
        "naive recipe, idle, until SEC writes the alert": _naive(bench, count),
        "ours, idle": _ours(bench, count, noisy=False),
        f"ours, during {number(bench.sizes.noise_rate)} lines of noise a second": _ours(
            bench, count, noisy=True
        ),
    }
    rows = []
    for name, seconds in found.items():
        percent = quantiles(seconds, n=100, method="inclusive")
        figures = (percent[49], percent[98], max(seconds))
        rows.append([name, *(number(1000 * each) for each in figures)])
    return Section(
        "Latency",
        f"""\
{count} logins at random times. From the moment before the line is appended until Alerta has
read the alert; for Alerta stands a small HTTP server on the loopback that answers as Alerta does.
All polls are the roles' defaults. Goal: p99 under {GOAL} ms idle.

{table(["", "p50, ms", "p99, ms", "worst, ms"], rows)}""",
    )


def _log_in(count: int, append: Callable[[Client], None]) -> dict[str, float]:
    """Return when each user logged in."""
    choice, started = random.Random(1), {}
    for each in range(FIRST, FIRST + count):
        time.sleep(choice.uniform(*SPACING))
        client = Client(each)
        started[client.user] = time.monotonic()
        append(client)
    return started


def _differences(started: dict[str, float], arrived: dict[str, float]) -> list[float]:
    end = time.monotonic() + PATIENCE
    while not started.keys() <= arrived.keys():
        if time.monotonic() > end:
            raise BenchError(f"{len(started.keys() - arrived.keys())} logins gave no alert")
        time.sleep(0.05)
    return [arrived[user] - start for user, start in started.items()]


def _ours(bench: Bench, count: int, noisy: bool) -> list[float]:
    arrived: dict[str, float] = {}
    alerta = FakeAlerta()

    def answer(alert: dict[str, object]) -> int:
        attributes = alert.get("attributes")
        if isinstance(attributes, dict) and "user" in attributes:
            arrived.setdefault(attributes["user"], time.monotonic())
        return 201

    def prepare(server: LogServer) -> None:
        server.configure_sender(channel(alerta.url))
        server.log("vpn1").touch()

    alerta.answer = answer
    try:
        with bench.services(
            *(CORRELATOR, LOOKUP, SENDER),
            prepare=prepare,
        ) as services:
            if noisy:
                # Longer than the logins take.
                rate = bench.sizes.noise_rate
                seconds = count * sum(SPACING) / 2 * 1.5 + 10
                source = noise.noise_log(bench, "all", int(rate * seconds))
                services.processes.start(
                    "noise",
                    [
                        *(sys.executable, BENCH / "pour.py"),
                        *(source, services.server.log("vpn2"), str(rate)),
                    ],
                )
                time.sleep(2)  # the log is taken up
            with services.server.log("vpn1").open("a") as log:

                def append(client: Client) -> None:
                    log.write(connected(client, 0) + learned(client, 0))
                    log.flush()

                started = _log_in(count, append)
                if noisy:
                    services.check()
            return _differences(started, arrived)
    finally:
        alerta.stop()


def _naive(bench: Bench, count: int) -> list[float]:
    seconds = []
    with bench.run("naive") as (directory, processes):
        recipe = NaiveRecipe(directory, bench.database, processes)
        with recipe.log.open("a") as log:

            def append(client: Client) -> None:
                written, start = recipe.alerts.count(), time.monotonic()
                log.write(connected(client, 0))
                log.flush()
                while recipe.alerts.count() == written:
                    if time.monotonic() > start + PATIENCE:
                        raise BenchError("the naive recipe gave no alert")
                    time.sleep(0.002)
                seconds.append(time.monotonic() - start)

            _log_in(count, append)
    return seconds
