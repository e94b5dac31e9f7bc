# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch failures``: who was rejected again and again, and by which server.

What is kept of failures are the bursts that rang, in the outbox.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from geowatch.alerts.alert import CLOSE, NOTE
from geowatch.alerts.ledger import Ledger
from geowatch.logins import shown
from geowatch.logins.question import like
from geowatch.logins.shown import Columns, Record, when
from geowatch.logins.trail import OUTBOX, STATE
from geowatch.times import clock, moment, seconds

USER = "geowatch-alerts"

EVENT = "FailedLogins"

NAMES = ["first", "last", "count", "source", "server", "user", "address"]
COLUMNS: Columns = {
    "FIRST": lambda burst: when({"time": burst["first"]}),
    "LAST": lambda burst: when({"time": burst["last"]}),
    "FAILED": lambda burst: burst["count"],
    "USER": lambda burst: burst["user"] or "(several)",
    "SERVER": lambda burst: burst["server"],
    "ADDRESS": lambda burst: burst["address"] or "(several)",
    "SOURCE": lambda burst: burst["source"],
}


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    try:
        ledger = Ledger(args.state / OUTBOX)
        found = [each for each in bursts(ledger.alerts()) if _is_meant(each, args)]
        oldest = ledger.oldest()
    except sqlite3.Error as error:
        print(f"geowatch failures: the outbox cannot be used: {error}", file=sys.stderr)
        return 1
    shown.show(found, NAMES, COLUMNS, args)
    since = f"since {clock(oldest, '%Y-%m-%d %H:%M')}" if oldest else "of no time"
    print(f"Bursts that rang are kept {since}, and no other failures.", file=sys.stderr)
    return 0


def bursts(alerts: Iterable[dict[str, Any]]) -> list[Record]:
    """Return the bursts in the order in which they rang, each with what was said at its end."""
    found: list[Record] = []
    last: dict[tuple[str, str], Record] = {}
    for alert in alerts:
        if not alert["event"].endswith(EVENT):
            continue
        about, of = alert["attributes"], (alert["event"], alert["resource"])
        if alert["severity"] not in (NOTE, CLOSE):
            source = alert["event"].removesuffix(EVENT)
            last[of] = {name: about.get(name, "") for name in NAMES} | {"source": source}
            found.append(last[of])
        elif alert["severity"] == NOTE and (burst := last.pop(of, None)):
            burst |= {name: about[name] for name in ("count", "last") if name in about}
    return found


def _is_meant(burst: Record, args: argparse.Namespace) -> bool:
    names = (
        not (pattern := getattr(args, name)) or like(pattern)[0](burst[name].encode())
        for name in ("user", "server", "source")
    )
    return seconds(burst["last"]) >= args.since and all(names)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch failures",
        description="Say who was rejected again and again, the newest last. A burst is what "
        "`logins_failures_threshold` and `logins_failures_seconds` make of failed logins.",
        epilog="Who came in after all: geowatch logins --address IP, or --user NAME. Single "
        "failures are in the logs only. With `logins_failures_action: ignore` nothing is kept.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--since",
        type=moment,
        metavar="TIME",
        default=0.0,
        help="only those that were not over then: 30m, 12h, 7d ago, or 2026-05-04T03:00",
    )
    for each in ("user", "server", "source"):
        help_ = "* is any text, and capitals are as small letters"
        parser.add_argument(f"--{each}", metavar="NAME", help=help_)
    shown.add_arguments(parser)
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
