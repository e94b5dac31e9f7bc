# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five channels of all kinds: kills and outages lose nothing, and who hangs holds up nobody."""

from __future__ import annotations

import itertools
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alert_lines import line
from alerts_host import Host
from fake_alerta import FakeAlerta
from geowatch.alerts.ledger import Ledger
from waiting import DEADLINE, wait_for

KILLS = 12
AT_ONCE = 6  # alerts
ALL = ("alerta", "prom", "siem", "file", "chat")


class Five:
    """A server for each channel, and the ids that it took, in their order."""

    def __init__(self, host: Host) -> None:
        self._outbox = Path(host.config["outbox"])
        self.servers = {name: FakeAlerta() for name in ("alerta", "prom", "siem", "chat")}
        self._file = host.directory / "file.jsonl"
        self.away: set[str] = set()
        urls = {name: server.url for name, server in self.servers.items()}
        web = {"key": "", "ca_file": ""}
        host.config["messages_per_hour"] = 1_000_000
        host.use("alerta", "alerta", url=urls["alerta"], **web)
        host.use("prom", "alertmanager", url=urls["prom"], **web)
        host.use("siem", "json", url=urls["siem"], **web)
        host.use("file", "json", url="", **web)
        chat = urls["chat"].replace("http://", "json://")
        host.use("chat", "apprise", url=chat, template="{id}")
        for name, server in self.servers.items():
            server.answer = lambda _body, name=name: 503 if name in self.away else 201  # type: ignore[misc]

    def taken(self, name: str) -> list[str]:
        """Return the ids that it has, each as often as it came."""
        if name == "file":
            lines = self._file.read_text().splitlines() if self._file.exists() else []
            return [self._id("siem", json.loads(text)) for text in lines]
        posts: list[Any] = list(self.servers[name].posts)
        if name == "prom":  # Alertmanager is reminded of all at once, which delivers nothing
            posts = [post for post in posts if sum("annotations" in each for each in post) == 1]
        return [self._id(name, post) for post in posts]

    @staticmethod
    def _id(name: str, post: Any) -> str:
        found: str = {
            "alerta": lambda: post["attributes"]["geowatch_id"],
            "prom": lambda: post[-1]["annotations"]["geowatch_id"],
            "siem": lambda: post["event"]["id"].partition(".")[0],
            "chat": lambda: post["message"],
        }[name]()
        return found

    def waiting(self) -> int:
        """Return how many deliveries wait, without a process that asks."""
        outbox = Ledger(self._outbox)
        found: int = sum(way["waiting"] for way in outbox.ways())
        outbox.close()
        return found

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()


@pytest.fixture
def five(host: Host) -> Iterator[Five]:
    five = Five(host)
    yield five
    five.stop()


def test_kills_at_any_moment_lose_nothing_anywhere(host: Host, five: Five) -> None:
    number, chance = itertools.count(1), random.Random(20)
    for _kill in range(KILLS):
        host.start()
        host.write(*(line(next(number), resource=b"user%d" % (n % 4)) for n in range(AT_ONCE)))
        time.sleep(chance.uniform(0.1, 1.5))
        host.end(signal.SIGKILL)
    host.start()
    wanted = {f"{n:032x}" for n in range(1, AT_ONCE * KILLS + 1)}
    for name in ALL:
        wait_for(lambda name=name: wanted == set(five.taken(name)), f"all in {name}")  # type: ignore[misc]
    wait_for(lambda: not five.waiting(), "the last answers")
    for name in ALL:
        taken = five.taken(name)
        # What was under way at a kill is sent again, and nothing else.
        assert len(taken) - len(wanted) <= KILLS, name
        assert max(Counter(taken).values()) <= KILLS, name
    first = [each for name in ("alerta", "file") for each in dict.fromkeys(five.taken(name))]
    for resource in range(4):
        for mine in (first[: len(wanted)], first[len(wanted) :]):
            numbers = [int(each, 16) for each in mine]
            numbers = [each for each in numbers if (each - 1) % AT_ONCE % 4 == resource]
            assert numbers == sorted(numbers)


def test_an_outage_of_some_is_made_good_and_of_no_concern_to_others(host: Host, five: Five) -> None:
    five.away = {"alerta", "siem", "chat"}
    host.start()
    host.write(*(line(n, resource=b"user%d" % n) for n in range(1, 31)))
    for name in ("prom", "file"):
        wait_for(lambda name=name: len(five.taken(name)) == 30, f"all in {name}")  # type: ignore[misc]
    wait_for(lambda: five.waiting() == 90, "their last answers")
    host.end(signal.SIGKILL)
    five.away = set()
    host.start()
    wait_for(lambda: not five.waiting(), "all the others")


@pytest.mark.parametrize("hangs", ["alerta", "prom", "siem", "chat"])
def test_who_hangs_holds_up_nobody(host: Host, five: Five, hangs: str) -> None:
    five.servers[hangs].answer = lambda _: "drip"
    host.config["timeout"] = DEADLINE
    host.store_config()
    host.start()
    host.write(*(line(n) for n in range(1, 21)))
    for name in ALL:
        if name != hangs:
            wait_for(lambda name=name: len(five.taken(name)) == 20, f"all in {name}")  # type: ignore[misc]
    assert len(five.taken(hangs)) == 1
    assert host.end(signal.SIGTERM) == 0
