# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch report``: what a week was like, in a short text."""

from __future__ import annotations

import argparse
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from geowatch.alerts.alert import CLOSE, NOTE, shown
from geowatch.alerts.ledger import Ledger
from geowatch.logins.question import folded, once, stamp
from geowatch.logins.trail import FIELD, LOCATED, STATE, decoded, lines
from geowatch.logins.verdicts import VERDICTS
from geowatch.times import clock, moment

USER = "geowatch-alerts"

MOST = 20  # lines of a section
DORMANT = 30  # days
DAY = "%Y-%m-%d"
MINUTE = "%Y-%m-%d %H:%M"


@dataclass
class Person:
    """A user, whatever the capitals of the name."""

    name: str = ""
    last: str = ""
    before: set[str] = field(default_factory=set)  # countries before this time
    countries: Counter[str] = field(default_factory=Counter)  # and in it


@dataclass
class Week:
    """What the trail says of the time that is reported, and of the time before."""

    people: dict[str, Person] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)  # server: the last login, before
    servers: Counter[str] = field(default_factory=Counter)
    databases: Counter[str] = field(default_factory=Counter)
    begin: str = ""

    def read(self, trail: Path, since: bytes) -> None:
        """Read all that is kept."""
        for login in once(self._before(lines(trail), since)):
            person = self._seen(login.user, login.time)
            person.countries[decoded(login.country_name) or decoded(login.reason)] += 1
            self.servers[decoded(login.server) or "(unknown server)"] += 1
            self.databases[f"{decoded(login.database)} {decoded(login.database_date)}".strip()] += 1

    def _before(self, found: Iterable[bytes], since: bytes) -> Iterator[bytes]:
        """Note what is of the time before, and yield the rest."""
        for line in found:
            fields = line.split(b"\t", FIELD["user"] + 1)
            if len(fields) <= FIELD["user"]:
                continue
            self.begin = self.begin or decoded(fields[FIELD["time"]])
            if not b"" < fields[FIELD["time"]] < since:
                yield line
                continue
            person = self._seen(fields[FIELD["user"]], fields[FIELD["time"]])
            person.before.add(decoded(fields[FIELD["country_name"]] or fields[FIELD["reason"]]))
            self.silent[decoded(fields[FIELD["server"]])] = decoded(fields[FIELD["time"]])

    def _seen(self, name: bytes, time_: bytes) -> Person:
        person = self.people.setdefault(folded(name), Person())
        person.name, person.last = decoded(name) or "(no name)", max(person.last, decoded(time_))
        return person


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    week = Week()
    week.read(args.state / LOCATED, stamp(args.since))
    print(f"geowatch on {socket.gethostname()}, since {clock(args.since, MINUTE)}")
    for title, said in [*_logins(week, args.since), *_alerts(args.state, args.since)]:
        print(f"\n{title}")
        for line in said[:MOST] or ["none"]:
            print(f"  {shown(line)}")
        if len(said) > MOST:
            print(f"  and {len(said) - MOST} more")
    return 0


Section = tuple[str, list[str]]


def _logins(week: Week, since: float) -> Iterator[Section]:
    here = [person for person in week.people.values() if person.countries]
    countries = sum((person.countries for person in here), Counter[str]())
    yield (
        f"Logins: {countries.total()} of {len(here)} users",
        [f"from {_counts(countries)}", f"to {_counts(week.servers)}"] if here else [],
    )
    if week.begin and stamp(since) <= week.begin.encode():
        yield (
            "New users and countries",
            [f"cannot be said: {clock(week.begin, MINUTE)} is the first"],
        )
    else:
        yield (
            "New users",
            [
                f"{person.name}, from {_counts(person.countries)}"
                for person in here
                if not person.before
            ],
        )
        yield (
            "New countries of users",
            [
                f"{person.name}, from {_counts(new)}"
                for person in here
                if person.before
                and (
                    new := Counter(
                        {k: v for k, v in person.countries.items() if k not in person.before}
                    )
                )
            ],
        )
    yield (
        f"Users who were not here for {DORMANT} days",
        [
            f"{person.name}, last {clock(person.last, DAY)}"
            for person in sorted(week.people.values(), key=lambda person: person.last)
            if person.last and _seconds(person.last) < time.time() - DORMANT * 86400
        ],
    )
    yield (
        "Servers without a login",
        [
            f"{server or '(unknown server)'}, last {clock(last, MINUTE)}"
            for server, last in sorted(week.silent.items())
            if (server or "(unknown server)") not in week.servers
        ],
    )
    yield (
        "Databases that were asked",
        [f"{name or 'none'}: {count}" for name, count in sorted(week.databases.items())],
    )


def _alerts(state: Path, since: float) -> Iterator[Section]:
    """Yield what was judged, and how the watch itself did."""
    verdicts: Counter[str] = Counter()
    look_at: list[str] = []
    others: Counter[str] = Counter()
    states: Counter[str] = Counter()
    seconds: list[float] = []
    try:
        for alert in Ledger(state / "alerts/outbox.sqlite").alerts(since=since):
            if alert["severity"] in (NOTE, CLOSE, "cleared"):
                continue
            ending = [name for name, end in VERDICTS.items() if alert["event"].endswith(end)]
            verdicts.update(ending)
            if ending and ending[0] in ("unexpected", "unknown"):
                look_at.append(f"{clock(alert['time'])}  {alert['text']}")
            elif not ending:
                others[f"{alert['event']}, {alert['severity']}"] += 1
            states.update(each["state"] for each in alert["deliveries"])
            seconds += _lateness(alert)
    except sqlite3.Error as error:
        yield "Verdicts, alerts and deliveries", [f"the outbox cannot be used: {error}"]
        return
    yield f"Verdicts: {_counts(verdicts) or 'none'}", look_at or ["nothing unexpected or unknown"]
    yield "Other alerts", [f"{event}: {count}" for event, count in sorted(others.items())]
    yield (
        f"Deliveries: {_counts(states) or 'none'}",
        [f"half of them within {median(seconds):.0f} s, all within {max(seconds):.0f} s"]
        if seconds
        else [],
    )


def _lateness(alert: dict[str, Any]) -> Iterator[float]:
    """Yield how long each delivery took that was made."""
    for each in alert["deliveries"]:
        if each["done"]:
            yield _seconds(each["done"]) - _seconds(alert["received"])


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common(MOST))


def _seconds(time_: str) -> float:
    return datetime.fromisoformat(time_).timestamp()


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch report",
        description="Say in a short text what the logins of a week were like, and the watch.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--since", type=moment, metavar="TIME", default="7d", help="instead of 7d: as 2026-05-04"
    )
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
