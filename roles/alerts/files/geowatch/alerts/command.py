# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands for people: what is in the outbox, and what is to become of it."""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geowatch.alerts.alert import json_line, shown
from geowatch.alerts.config import CONFIG, load
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.outbox import DELIVERED, REFUSED, STATES, WAITING
from geowatch.alerts.settings import AlertaConfig, AlertmanagerConfig, BadConfiguration
from geowatch.times import clock, moment

USER = "geowatch-alerts"
WIDTH = 100  # columns


def list_(args: argparse.Namespace) -> int:
    """Print the alerts and what became of them: the newest first, as JSON in their order."""
    ledger = Ledger(load(args.config).outbox)
    alerts = ledger.alerts(args.state, args.since)
    malformed = ledger.malformed() if args.state in (None, REFUSED) else iter(())
    if args.format == "json":
        for item in itertools.chain(alerts, malformed):
            print(json_line(item))
        return 0
    print("TIME            SEVERITY       ID        EVENT, RESOURCE")
    for alert in reversed(list(alerts)):
        for line in _lines(alert):
            print(fitting(line))
    for item in malformed:
        print(fitting(f"{clock(item['received'])}  malformed line: {item['error']}"))
    return 0


def _lines(alert: dict[str, Any]) -> Iterator[str]:
    """Yield a line for an alert, and one for each delivery that was not made."""
    head = f"{clock(alert['time'])}  {alert['severity']:13}  {alert['id'][:8]}"
    yield f"{head}  {alert['event']} {alert['resource']}"
    made = [each for each in alert["deliveries"] if each["state"] == DELIVERED]
    if made:
        yield "    delivered: " + ", ".join(each["recipient"] or each["channel"] for each in made)
    for each in alert["deliveries"]:
        if each["state"] != DELIVERED:
            to = each["recipient"] or each["channel"]
            tries = f", tried {each['attempts']} times" if each["state"] == WAITING else ""
            yield f"    {each['state']}{tries}: {to}: {each['error'] or 'not tried yet'}"
    if not alert["deliveries"]:
        yield "    recorded"


def fitting(line: str) -> str:
    """Return the line as harmless text, and not too long."""
    line = shown(line)
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def retry(args: argparse.Namespace) -> int:
    """Let what was put aside be sent again."""
    ledger = Ledger(load(args.config).outbox)
    return _counted("deliveries that wait again", ledger.retry(_chosen(args, ledger)), args)


def drop(args: argparse.Namespace) -> int:
    """Give up what was put aside, or what waits of an alert."""
    ledger = Ledger(load(args.config).outbox)
    return _counted("deliveries given up", ledger.drop(_chosen(args, ledger), args.why), args)


def close(args: argparse.Namespace) -> int:
    """Close alerts in Alerta and Alertmanager, with a word why."""
    config = load(args.config)
    closes = (AlertaConfig, AlertmanagerConfig)
    ways = [(each.name, "") for each in config.channels if isinstance(each.settings, closes)]
    if not ways:
        print("geowatch alerts: no channel could close anything", file=sys.stderr)
        return 1
    ledger = Ledger(config.outbox)
    numbers = ledger.numbers(args.ids)
    if args.event:
        numbers += ledger.numbers(
            alert["id"]
            for alert in ledger.alerts(None, args.since)
            if alert["event"] == args.event and args.country in (None, alert["value"])
        )
    who = os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or "somebody"
    why = f"{args.why} ({who})"
    count = ledger.close_alerts(dict.fromkeys(numbers), why, ways)
    return _counted("alerts to be closed", count, args)


def _chosen(args: argparse.Namespace, ledger: Ledger) -> list[int] | None:
    """Return the alerts that were named; None is all that were put aside."""
    return None if args.all else ledger.numbers(args.ids)


def _counted(what: str, count: int, args: argparse.Namespace) -> int:
    print(f"{what}: {count}")
    return 0 if count or getattr(args, "all", False) else 1


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments; `call` is the command."""
    parser = argparse.ArgumentParser(prog="geowatch alerts", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, call: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=call.__doc__, description=call.__doc__)
        added.set_defaults(call=call)
        added.add_argument("--config", type=Path, default=CONFIG, help=argparse.SUPPRESS)
        return added

    since: Any = {
        "type": moment,
        "default": 0.0,
        "metavar": "TIME",
        "help": "as 12h or 2026-05-04",
    }
    why: Any = {"required": True, "metavar": "WORDS", "help": "a word why, which is kept"}
    listing = command("list", list_)
    listing.add_argument("--since", **since)
    listing.add_argument("--state", choices=STATES, help="only such deliveries")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    for each in (command("retry", retry), command("drop", drop)):
        which = each.add_mutually_exclusive_group(required=True)
        which.add_argument("ids", nargs="*", metavar="ID", default=[], help="see `list`")
        which.add_argument("--all", action="store_true", help="all that was put aside")
        if each.prog.endswith("drop"):
            each.add_argument("--why", **why)
    closing = command("close", close)
    closing.add_argument("ids", nargs="*", metavar="ID", help="see `list`")
    closing.add_argument("--event", help="all of this event, as `list` shows it")
    closing.add_argument("--country", metavar="CC", help="of these only what is about this country")
    closing.add_argument("--since", **since)
    closing.add_argument("--why", **why)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    args = parse_arguments(arguments)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    return run("alerts", args)


def run(name: str, args: argparse.Namespace) -> int:
    """Call what the arguments of such a command say; return its exit code."""
    try:
        return int(args.call(args))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except sqlite3.Error as error:
        print(f"geowatch {name}: the outbox cannot be used: {error}", file=sys.stderr)
    except (BadConfiguration, OSError) as error:
        print(f"geowatch {name}: the configuration cannot be used: {error}", file=sys.stderr)
    return 1
