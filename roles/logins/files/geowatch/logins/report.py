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
from pathlib import Path
from statistics import median

from geowatch.alerts.alert import CLOSE, NOTE, shown
from geowatch.alerts.ledger import Ledger
from geowatch.logins.question import folded, once, stamp
from geowatch.logins.trail import FIELD, LOCATED, OUTBOX, STATE, decoded, lines
from geowatch.logins.verdicts import VERDICTS
from geowatch.times import clock, moment, seconds

USER = "geowatch-alerts"
UNKNOWN = "(unknown server)"

MOST = 20  # lines of a section
DORMANT = 30  # days
MINUTE = "%Y-%m-%d %H:%M"

Section = tuple[str, list[str]]


@dataclass
class Person:
    """A user, whatever the capitals of the name."""

    name: str = ""
    last: str = ""
    before: set[str] = field(default_factory=set)  # countries before the time that is reported
    countries: Counter[str] = field(default_factory=Counter)  # and in it


class Week:
    """What the trail says of the time that is reported, and of the time before."""

    def __init__(self, trail: Path, since: bytes) -> None:
        self.people: dict[str, Person] = {}
        self.begin = ""
        self.silent: dict[str, str] = {}  # server: its last login, before
        self.servers: Counter[str] = Counter()
        self.databases: Counter[str] = Counter()
        for login in once(self._in_it(lines(trail), since)):
            person = self._seen(login.user, decoded(login.time))
            person.countries[decoded(login.country_name or login.reason)] += 1
            self.servers[decoded(login.server) or UNKNOWN] += 1
            self.databases[decoded(login.database + b" " + login.database_date)] += 1

    def _in_it(self, found: Iterable[bytes], since: bytes) -> Iterator[bytes]:
        """Note what is of the time before, and yield the rest."""
        for line in found:
            fields = line.split(b"\t", FIELD["user"] + 1)
            if len(fields) <= FIELD["user"]:
                continue
            time_ = decoded(fields[FIELD["time"]])
            self.begin = self.begin or time_
            if b"" < fields[FIELD["time"]] < since:
                country = fields[FIELD["country_name"]] or fields[FIELD["reason"]]
                self._seen(fields[FIELD["user"]], time_).before.add(decoded(country))
                self.silent[decoded(fields[FIELD["server"]]) or UNKNOWN] = time_
            else:
                yield line

    def _seen(self, name: bytes, time_: str) -> Person:
        person = self.people.setdefault(folded(name), Person())
        person.name, person.last = decoded(name) or "(no name)", max(person.last, time_)
        return person


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="geowatch report",
        description="Say in a short text what the logins of a week were like, and the watch.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--since", type=moment, metavar="TIME", default="7d", help="instead of 7d: as 2026-05-04"
    )
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    week = Week(args.state / LOCATED, stamp(args.since))
    print(f"geowatch on {socket.gethostname()}, since {clock(args.since, MINUTE)}")
    for title, said in [*_logins(week, args.since), *_alerts(args.state / OUTBOX, args.since)]:
        print(f"\n{title}")
        for line in said[:MOST] or ["none"]:
            print(f"  {shown(line)}")
        if len(said) > MOST:
            print(f"  and {len(said) - MOST} more")
    return 0


def _logins(week: Week, since: float) -> Iterator[Section]:
    """Yield who came in, and who did not."""
    people = sorted(week.people.values(), key=lambda person: person.last)
    here = [person for person in people if person.countries]
    countries = sum((person.countries for person in here), Counter[str]())
    ways = [f"from {_counts(countries)}", f"to {_counts(week.servers)}"]
    yield f"Logins: {countries.total()} of {len(here)} users", ways if here else []
    if week.begin and stamp(since) <= week.begin.encode():
        why = f"cannot be said: {clock(week.begin, MINUTE)} is the first"
        yield "New users and countries", [why]
    else:
        new = {person.name: _new(person) for person in here}
        yield "New users", [f"{each.name}, {new[each.name]}" for each in here if not each.before]
        yield (
            "New countries of users",
            [f"{each.name}, {new[each.name]}" for each in here if each.before and new[each.name]],
        )
    away = [each for each in people if 0 < seconds(each.last) < time.time() - DORMANT * 86400]
    yield (
        f"Users who were not here for {DORMANT} days",
        [f"{each.name}, last {clock(each.last, MINUTE)}" for each in away],
    )
    silent = [each for each in sorted(week.silent.items()) if each[0] not in week.servers]
    yield (
        "Servers without a login",
        [f"{name}, last {clock(last, MINUTE)}" for name, last in silent],
    )
    asked = sorted(week.databases.items())
    yield "Databases that were asked", [f"{name.strip() or 'none'}: {n}" for name, n in asked]


def _new(person: Person) -> str:
    new = {name: n for name, n in person.countries.items() if name not in person.before}
    return f"from {_counts(Counter(new))}" if new else ""


def _alerts(outbox: Path, since: float) -> Iterator[Section]:
    """Yield what was judged, and how the watch itself did."""
    verdicts: Counter[str] = Counter()
    loud: list[str] = []
    others: Counter[str] = Counter()
    states: Counter[str] = Counter()
    took: list[float] = []
    try:
        for alert in Ledger(outbox).alerts(since=since):
            if alert["severity"] in (NOTE, CLOSE, "cleared"):
                continue
            verdict = next((v for v, end in VERDICTS.items() if alert["event"].endswith(end)), "")
            if verdict:
                verdicts[verdict] += 1
            else:
                others[f"{alert['event']}, {alert['severity']}"] += 1
            if verdict in ("unexpected", "unknown"):
                loud.append(f"{clock(alert['time'])}  {alert['text']}")
            for each in alert["deliveries"]:
                states[each["state"]] += 1
                if each["done"]:
                    took.append(seconds(each["done"]) - seconds(alert["received"]))
    except sqlite3.Error as error:
        yield "Verdicts, alerts and deliveries", [f"the outbox cannot be used: {error}"]
        return
    yield f"Verdicts: {_counts(verdicts) or 'none'}", loud or ["nothing unexpected or unknown"]
    yield "Other alerts", [f"{event}: {count}" for event, count in sorted(others.items())]
    late = f"half of them within {median(took or [0]):.0f} s, all within {max(took or [0]):.0f} s"
    yield f"Deliveries: {_counts(states) or 'none'}", [late] if took else []


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common(MOST))
