# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch logins``: who came in, from where, and what was thought of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from geowatch.logins import question, shown
from geowatch.logins.shown import Columns, Record, when, where
from geowatch.logins.trail import LOCATED, OUTBOX, STATE, Login, decoded, kept
from geowatch.logins.verdicts import VERDICTS, Verdicts

USER = "geowatch-alerts"
"""Who may read the outbox, and by its group all other rooms."""

COLUMNS: Columns = {
    "TIME": when,
    "USER": lambda login: login["user"],
    "SERVER": lambda login: login["server"],
    "FROM": where,
    "VERDICT": lambda login: login["verdict"] or "-",
    "ID": lambda login: login["id"][:8],
    "ADDRESS": lambda login: login["ip"],
    "SOURCE": lambda login: login["source"],
    "NETWORK": lambda login: login["as_owner"],
}


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    trail = args.state / LOCATED
    verdicts = Verdicts(args.state / OUTBOX)
    ids = verdicts.ids(args.verdict) if args.verdict else None
    logins = question.Question(args).logins(trail, ids)
    names = [*Login._fields, "verdict"]
    if not shown.show(records(logins, verdicts), names, COLUMNS, args):
        print(f"No such login. {kept(trail)}", file=sys.stderr)
    return 0


def records(logins: Iterator[Login], verdicts: Verdicts) -> Iterator[Record]:
    """Yield the logins with their verdicts, as text."""
    for login in logins:
        fields = dict(zip(Login._fields, map(decoded, login), strict=True))
        yield fields | {"verdict": verdicts.of(fields["id"])}


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch logins",
        description="Say who came in and from where, the newest last.",
        epilog="geowatch explain --login ID says all about one of them.",
        allow_abbrev=False,
    )
    question.add_arguments(parser)
    parser.add_argument("--verdict", choices=VERDICTS)
    shown.add_arguments(parser)
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)
