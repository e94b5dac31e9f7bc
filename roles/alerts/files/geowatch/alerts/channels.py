# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels as people see them: what became of what went through each, and whether it works."""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
from pathlib import Path

from geowatch.alerts.alert import shown
from geowatch.alerts.channel import Answer, Channel, Result, blanked
from geowatch.alerts.command import fitting, run
from geowatch.alerts.config import CONFIG, Config, load
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.own import own_alert
from geowatch.alerts.ways import opened, recipients
from geowatch.times import clock

USER = "geowatch-alerts"
LONGEST_TEST = 4.5  # seconds
NEVER = {"done": 0.0, "waiting": 0, "refused": 0, "since": None, "failed": 0.0, "error": ""}


def list_(args: argparse.Namespace) -> int:
    """Print of each channel when it took something last, what waits, and its last error."""
    config = load(args.config)
    known = {(way["channel"], way["recipient"]): way for way in Ledger(config.outbox).ways()}
    for to in dict.fromkeys([*recipients(config), *known]):
        way = known.get(to, NEVER)
        last = f"last delivery {clock(way['done']) if way['done'] else 'never'}"
        since = f" since {clock(way['since'])}" if way["since"] else ""
        counts = f"{way['waiting']} wait{since}, {way['refused']} put aside"
        print(f"{' '.join(filter(None, to))}: {last}, {counts}")
        if way["error"]:
            print(fitting(f"    last error {clock(way['failed'])}: {way['error']}"))
    return 0


def test(args: argparse.Namespace) -> int:
    """Send a test message at once, past the outbox, and say what came back."""
    config = load(args.config)
    each = next((each for each in config.channels if each.name == args.name), None)
    if each is None:
        names = ", ".join(each.name for each in config.channels) or "none"
        print(f"geowatch channels: no channel {args.name!r}. There are: {names}", file=sys.stderr)
        return 1
    channel = opened(each, config.outbox.parent, min(config.timeout, LONGEST_TEST))
    answers = _answers(config, each.name, channel, each.recipients())
    for recipient, answer in answers.items():
        said = f": {shown(blanked(answer.reason, channel.secrets))}" if answer.reason else ""
        print(f"{' '.join(filter(None, (each.name, recipient)))}: {answer.result.value}{said}")
    is_good = all(answer.result is Result.DELIVERED for answer in answers.values())
    sys.stdout.flush()
    # Somebody who does not answer must not keep us here.
    os._exit(0 if is_good else 1)


def _answers(config: Config, name: str, channel: Channel, to: list[str]) -> dict[str, Answer]:
    """Return what each recipient's way says, as far as it does so in time."""
    who = os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or "somebody"
    text = f"This is a test of the channel {name}, by {who}. Nothing has happened"
    advice = "Nothing to do."
    alert = own_alert(config, "GeowatchTest", "informational", text, advice, f"test:{name}")
    came: queue.Queue[tuple[str, Answer]] = queue.Queue()

    def send() -> None:
        for recipient in to:
            came.put((recipient, channel.deliver(alert, recipient)))

    threading.Thread(target=send, daemon=True).start()
    late = Answer(Result.LATER, f"no answer within {LONGEST_TEST:g} s; it may still arrive")
    answers = dict.fromkeys(to, late)
    end = time.monotonic() + LONGEST_TEST
    for _recipient in to:
        try:
            recipient, answer = came.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        answers[recipient] = answer
    return answers


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments; `call` is the command."""
    parser = argparse.ArgumentParser(prog="geowatch channels", description=__doc__)
    parser.add_argument("--config", type=Path, default=CONFIG, help=argparse.SUPPRESS)
    parser.set_defaults(call=list_)
    commands = parser.add_subparsers(metavar="COMMAND")
    for name, call in (("list", list_), ("test", test)):
        added = commands.add_parser(name, help=call.__doc__, description=call.__doc__)
        added.set_defaults(call=call)
        if name == "test":
            added.add_argument("name", metavar="NAME", help="as `list` shows it")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    return run("channels", parse_arguments(arguments))
