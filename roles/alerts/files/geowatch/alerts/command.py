# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands for people: what is in the outbox, and what is to become of it."""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

from geowatch.alerts.alert import json_line, shown
from geowatch.alerts.config import CONFIG, BadConfiguration, load
from geowatch.alerts.outbox import REFUSED, STATES, Outbox

USER = "geowatch-alerts"


def list_(args: argparse.Namespace) -> int:
    """Print the alerts and what became of them."""
    outbox = Outbox(load(args.config).outbox)
    alerts = outbox.alerts(args.state)
    malformed = outbox.malformed() if args.state in (None, REFUSED) else iter(())
    if args.format == "json":
        for item in itertools.chain(alerts, malformed):
            print(json_line(item))
    else:
        rows = [row for alert in alerts for row in _rows(alert)]
        rows += [
            (line["received"], "", "malformed line", *[""] * 4, REFUSED, line["error"])
            for line in malformed
        ]
        _print_table(rows)
    return 0


HEAD = ("TIME", "SEVERITY", "EVENT", "RESOURCE", "ID", "TO", "TRIES", "STATE", "ERROR")


def _rows(alert: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row for each delivery, or one that says that there is none."""
    start = tuple(alert[name] for name in ("time", "severity", "event", "resource", "id"))
    return [
        (
            *start,
            each["recipient"] or each["channel"],
            str(each["attempts"]),
            each["state"],
            each["error"],
        )
        for each in alert["deliveries"]
    ] or [(*start, "", "", "recorded", "")]


def _print_table(rows: list[tuple[str, ...]]) -> None:
    table = [HEAD, *[tuple(map(shown, row)) for row in rows]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def retry(args: argparse.Namespace) -> int:
    """Let refused deliveries wait again."""
    if not args.ids and not args.all:
        print(
            "geowatch alerts: name an ID (see `list --state refused`) or say --all", file=sys.stderr
        )
        return 2
    count = Outbox(load(args.config).outbox).retry(None if args.all else args.ids)
    print(f"deliveries that wait again: {count}")
    return 0 if count or args.all else 1


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments; `call` is the command."""
    parser = argparse.ArgumentParser(prog="geowatch alerts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, call: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=call.__doc__, description=call.__doc__)
        added.set_defaults(call=call)
        added.add_argument("--config", type=Path, default=CONFIG, help="default: %(default)s")
        return added

    listing = command("list", list_)
    listing.add_argument("--state", choices=STATES, help="only such deliveries")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    retrying = command("retry", retry)
    retrying.add_argument("ids", nargs="*", metavar="ID", help="of an alert")
    retrying.add_argument("--all", action="store_true", help="everything that was refused")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run one command."""
    args = parse_arguments(arguments)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        return int(args.call(args))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except sqlite3.Error as error:
        print(f"geowatch alerts: the outbox cannot be used: {error}", file=sys.stderr)
    except (BadConfiguration, OSError) as error:
        print(f"geowatch alerts: the configuration cannot be used: {error}", file=sys.stderr)
    return 1
