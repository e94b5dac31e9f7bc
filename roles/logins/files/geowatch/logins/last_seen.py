# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch last-seen``: when each user came in last, and who never did."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from geowatch.logins import shown
from geowatch.logins.question import folded
from geowatch.logins.shown import Columns, Record, when, where
from geowatch.logins.trail import FIELD, LOCATED, STATE, decoded, kept, lines
from geowatch.times import moment, seconds

USER = "geowatch-alerts"


def _days_ago(time_: str) -> str:
    return str(int((time.time() - seconds(time_)) // 86400)) if time_ else ""


NAMES = ["user", "time", "server", "source", "ip", "country", "country_name", "reason"]
NEVER: Record = dict.fromkeys(NAMES, "")
COLUMNS: Columns = {
    "LAST LOGIN": lambda last: when(last) if last["time"] else "never",
    "DAYS AGO": lambda last: _days_ago(last["time"]),
    "USER": lambda last: last["user"],
    "SERVER": lambda last: last["server"],
    "FROM": where,
    "ADDRESS": lambda last: last["ip"],
}


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    trail = args.state / LOCATED
    last = last_of_each(trail)
    if args.users:
        last = {name: last.get(name, NEVER | {"user": user}) for name, user in listed(args.users)}
    until = args.older_than
    found = [each for each in last.values() if not until or seconds(each["time"]) < until]
    found.sort(key=lambda each: (each["time"], each["user"]))
    shown.show(found, NAMES, COLUMNS, args)
    print(kept(trail), file=sys.stderr)
    return 0


def last_of_each(trail: Path) -> dict[str, Record]:
    """Return the last login of each user, by name without regard to capitals."""
    last: dict[bytes, tuple[bytes, bytes]] = {}  # by name as logged: the time, and the line
    user, time_ = FIELD["user"], FIELD["time"]
    for line in lines(trail):
        fields = line.split(b"\t", user + 1)
        if len(fields) > user and fields[time_] >= last.get(fields[user], (b"",))[0]:
            last[fields[user]] = fields[time_], line
    people: dict[str, Record] = {}
    for _time, line in sorted(last.values()):
        fields = line.split(b"\t", len(FIELD) - 1)
        record = {name: decoded(fields[FIELD[name]]) for name in NAMES}
        people[folded(fields[user])] = record
    return people


def listed(file: Iterable[str]) -> list[tuple[str, str]]:
    """Return the names of a list, one a line, as `last_of_each` knows them, and as written."""
    users = (line.strip() for line in file)
    return [(user.lower(), user) for user in users if user and not user.startswith("#")]


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch last-seen",
        description="Say when each user came in last, those of longest ago first.",
        epilog="Who never came is in your list only: geowatch last-seen --users - < LIST",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--older-than", type=moment, metavar="TIME", default=0.0, help="only those: 30d, 2026-05-04"
    )
    parser.add_argument(
        "--users",
        type=argparse.FileType("r", encoding="utf-8", errors="backslashreplace"),
        metavar="FILE",
        help="say it of these, one a line; - is the standard input",
    )
    shown.add_arguments(parser)
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
