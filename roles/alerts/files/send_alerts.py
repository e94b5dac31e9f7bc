# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send alerts: from the queue file `alerts` through the outbox to Alerta and by e-mail.

Each alert is stored before it is sent, and sent until it is accepted.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import socket
import sqlite3
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from alert import MalformedLine, json_line, parse, shown
from config import BadConfiguration, Config, load
from outbox import REFUSED, STATES, Outbox

CONFIG = Path("/etc/geowatch/alerts/send_alerts.json")
POLL = 0.025  # seconds; most of the time from the log line to Alerta is spent here
PRUNE = 3600.0  # seconds
LAST_TRY = 5.0  # seconds; a try that is under way at the end may finish, or it is made twice


def run(args: argparse.Namespace) -> int:
    """Take in and deliver until SIGTERM."""
    from geowatch.in_force import say
    from intake import Intake, due, recipients
    from journal import log, open_journal
    from patience import Stopped, patiently

    open_journal()
    config = load(args.config)
    outbox = Outbox(config.outbox, create=True)
    if set_aside := outbox.refuse_others(
        list(recipients(config)), lambda alert: due(alert, config)
    ):
        log.warning("%d deliveries have no recipient any more: put aside", set_aside)

    stop, wakes, threads = threading.Event(), [], []
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.excepthook = lambda failure: log.critical("%s", explain(failure.exc_value))
    for thread, wake in _postmen(config, stop):
        thread.start()
        threads.append(thread)
        wakes.append(wake)
    say(config.outbox.parent)
    names = ", ".join(thread.name for thread in threads) or "the journal alone"
    log.info("reading %s, delivering to %s", config.queue_file, names)

    intake, next_prune = Intake(config, outbox), time.monotonic()
    with suppress(Stopped):
        while not stop.is_set():
            if time.monotonic() >= next_prune:
                patiently(intake.tidy, stop)
                next_prune = time.monotonic() + PRUNE
            if patiently(intake.take, stop):
                for wake in wakes:
                    wake.set()
            else:
                stop.wait(POLL)
            if not all(thread.is_alive() for thread in threads):
                return 1  # systemd starts us again
    for wake, thread in zip(wakes, threads, strict=True):
        wake.set()
        thread.join(LAST_TRY)
    return 0


def _postmen(
    config: Config, stop: threading.Event
) -> list[tuple[threading.Thread, threading.Event]]:
    """Return a thread for each channel that is configured, and what wakes it."""
    from channel import Channel
    from delivery import deliver

    channels: list[Channel] = []
    # Imported where it is used: the libraries of both take 15 MB.
    if config.alerta:
        from alerta import Alerta

        channels.append(Alerta(config.alerta, config.timeout))
    if config.email:
        from mail import Mail

        channels.append(Mail(config.email, config.timeout))
    postmen = []
    for channel in channels:
        wake = threading.Event()
        args = (channel, config.outbox, wake, stop)
        postmen.append((threading.Thread(None, deliver, channel.name, args, daemon=True), wake))
    return postmen


def check(args: argparse.Namespace) -> int:
    """Say whether the configuration can be used."""
    load(args.config)
    return 0


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
            "send_alerts.py: name an ID (see `list --state refused`) or say --all", file=sys.stderr
        )
        return 2
    count = Outbox(load(args.config).outbox).retry(None if args.all else args.ids)
    print(f"deliveries that wait again: {count}")
    return 0 if count or args.all else 1


def render(args: argparse.Namespace) -> int:
    """Print the alerts of a queue file as JSON Lines. Nothing is stored or sent."""
    malformed = 0
    with args.file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                alert = parse(line.removesuffix(b"\n"), args.environment, args.origin)
            except MalformedLine as reason:
                malformed += 1
                print(f"{args.file}, line {number}: {reason}", file=sys.stderr)
            else:
                print(json_line(alert))
    return 1 if malformed else 0


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the arguments; `call` is the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, call: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=call.__doc__, description=call.__doc__)
        added.set_defaults(call=call)
        return added

    configured = [
        command("list", list_),
        command("retry", retry),
        command("run", run),
        command("check", check),
    ]
    for each in configured:
        each.add_argument("--config", type=Path, default=CONFIG, help="default: %(default)s")
    listing, retrying = configured[:2]
    listing.add_argument("--state", choices=STATES, help="only such deliveries")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    retrying.add_argument("ids", nargs="*", metavar="ID", help="of an alert")
    retrying.add_argument("--all", action="store_true", help="everything that was refused")
    rendering = command("render", render)
    rendering.add_argument("file", type=Path, metavar="FILE")
    rendering.add_argument("--environment", default="Production", help="default: %(default)s")
    rendering.add_argument(
        "--origin", default=f"geowatch/{socket.gethostname()}", help="default: %(default)s"
    )
    return parser.parse_args(argv)


def explain(error: BaseException | None) -> str:
    """Return one line for what stops us."""
    if isinstance(error, sqlite3.Error):
        return f"the outbox cannot be used: {error}"
    if isinstance(error, BadConfiguration):
        return f"the configuration cannot be used: {error}"
    return f"{type(error).__name__}: {error}"


def main() -> int:
    """Run one command."""
    args = parse_arguments()
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        return int(args.call(args))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (BadConfiguration, sqlite3.Error, OSError) as error:
        print(
            f"<3>send_alerts.py: {explain(error)}"
            if args.call is run
            else f"send_alerts.py: {explain(error)}",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
