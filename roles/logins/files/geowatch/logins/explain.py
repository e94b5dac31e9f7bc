# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch explain``: what each step made of a login, or makes of a line."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geowatch.alerts.alert import shown
from geowatch.alerts.ledger import Ledger
from geowatch.behind import left_of_queue, unread
from geowatch.logins import explain_line
from geowatch.logins.correlate import ReplayError
from geowatch.logins.question import once
from geowatch.logins.shown import answered
from geowatch.logins.trail import LOCATED, OUTBOX, STATE, Login, decoded, lines
from geowatch.times import clock, seconds
from queue_files import stored

CONNECTIONS = "sec/connections"
ALERTS = "sec/alerts"
OFFSETS = "sec/offsets.tsv"

RELATED = ("TwoCountries", "NewCountry", "session ended")
"""What the rules make ids of, with the one of the login."""

NOTHING = [b""] * 7
"""In the place of what is known of an address, where nobody was asked yet."""

Step = tuple[str, str]


def user(arguments: list[str]) -> str:
    """Return who runs it: who has the outbox, or who may read the rules, which name users."""
    args = parse_arguments(arguments)
    return "geowatch-alerts" if args.login else "geowatch-sec"


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    args = parse_arguments(arguments)
    if not args.login:
        return _explain_line(args)
    logins = found(args.state, args.login.lower().encode())
    if not logins:
        print(f"No login that is kept has an ID that begins with {args.login}.", file=sys.stderr)
    if len(logins) > 1:
        print(f"Several begin so. Write more digits: {' '.join(logins)}", file=sys.stderr)
    if len(logins) != 1:
        return 1
    (login,) = logins.values()
    for name, said in steps(args.state, login):
        print(f"{name:11} {shown(said)}")
    return 0


def _explain_line(args: argparse.Namespace) -> int:
    given = sys.stdin.buffer.read() if args.line == "-" else os.fsencode(args.line)
    rules, library = args.rules, args.library
    try:
        for name, said in explain_line.explain(given, args.log, args.state, rules, library):
            print(f"{name:11} {shown(said)}")
    except (ReplayError, FileNotFoundError) as error:
        print(f"geowatch explain: {shown(str(error))}", file=sys.stderr)
        return 1
    return 0


def found(state: Path, beginning: bytes) -> dict[str, Login]:
    """Return the logins whose ids begin so; those that were not located yet have no reason."""
    located = list(_beginning(state / LOCATED, beginning))
    # The same fields but for what is known of the address.
    waiting = (
        b"\t".join([*fields[:2], *NOTHING, *fields[2:]])
        for fields in (line.split(b"\t", 8) for line in _beginning(state / CONNECTIONS, beginning))
    )
    return {decoded(login.id): login for login in once([*located, *waiting])}


def _beginning(path: Path, beginning: bytes) -> Iterator[bytes]:
    return (line for line in lines(path, needle=beginning) if line.startswith(beginning))


def steps(state: Path, login: Login) -> Iterator[Step]:
    """Yield the steps with what each made of the login, to the one where it stopped."""
    field = {name: decoded(value) for name, value in login._asdict().items()}
    time = clock(field["time"], "%Y-%m-%d %H:%M:%S") if field["time"] else "at an unknown time"
    yield "login", field["id"]
    yield "logged", f"{time} on {field['server'] or 'an unknown server'}: {field['raw']}"
    who = f"{field['source']}, user {field['user'] or '(no name)'}, {field['ip']}"
    yield "recognised", f"{who}, place {field['place']}, {field['proof']}"
    if not field["reason"]:
        yield "located", "not yet. See systemctl status geowatch-geoip"
        return
    yield "located", answered(field)
    try:
        ledger = Ledger(state / OUTBOX)
        ids = [field["id"], *(_id_of(what, field["id"]) for what in RELATED)]
        alerts = [alert for id_ in ids for alert in ledger.alerts(id_=id_)]
    except sqlite3.Error as error:
        yield "judged", f"cannot be said: the outbox cannot be used: {error}"
        return
    if not alerts:
        yield "judged", _why_no_alert(state, login, ledger)
    for alert in alerts:
        yield from _alert(alert)


def _alert(alert: dict[str, Any]) -> Iterator[Step]:
    """Yield what is known of an alert, and where it went."""
    about = alert["attributes"]
    if "policy" in about:
        yield "judged", f"by the policy {about['policy']}, which expects {about['expected']}"
    yield "alert", f"{alert['event']}, {alert['severity']}: {alert['text']}"
    if alert["severity"] == "critical" and not alert["mail"]:
        yield "", "no message is due: its action is not `alert`, or the same was said before"
    if not alert["deliveries"]:
        yield "delivered", "no channel takes it"
    for each in alert["deliveries"]:
        to = f"{each['channel']} {each['recipient']}".rstrip()
        yield "delivered" if each["state"] == "delivered" else each["state"], f"{to}{_fate(each)}"


def _fate(delivery: dict[str, Any]) -> str:
    """Return when it was delivered, or why it was not."""
    if delivery["state"] == "delivered":
        done = delivery["done"]
        return f": {clock(done)}" if done else ": in the message of another"
    tries = f", tried {delivery['attempts']} times"
    return f"{tries}: {delivery['error'] or 'not tried yet'}"


def _why_no_alert(state: Path, login: Login, ledger: Ledger) -> str:
    """Say why the outbox has no alert of it."""
    located, alerts = state / LOCATED, state / ALERTS
    if any(True for _line in _beginning(alerts, login.id)):
        if not left_of_queue(alerts, ledger.position(alerts) or ""):
            return "yes, longer ago than the outbox keeps alerts"
        return "yes, and the outbox has not taken it yet. See systemctl status geowatch-alerts"
    rows = (row.split("\t") for row in stored(state / OFFSETS).split("\n"))
    read = [row[2:4] for row in rows if row[0] == "file" and row[4] == str(located)]
    if unread(located, *map(int, read[-1] if read else (0, 0))):
        return "not yet, as it seems: lines wait for it. See systemctl status geowatch-sec"
    if seconds(decoded(login.time)) < (ledger.oldest() or 0.0):
        return "longer ago than the outbox keeps alerts, or the action for its verdict is `ignore`"
    return "no alert: the action for its verdict is `ignore`, in its policy or in general"


def _id_of(*texts: str) -> str:
    """Return the id that Queue.pm makes of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]


def _id(text: str) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{6,32}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no ID: at least its first six digits")
    return text


def _log(text: str) -> str:
    if not re.fullmatch(r"/[^\x00-\x1f\x7f]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no absolute path of a file")
    return text


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="geowatch explain",
        description="Say what each step made of a login, or makes of a log line, and where it "
        "stopped. A line is put through the rules that are deployed, and nothing is sent. It is "
        "read as the only one: who is in, what failed and what was said before counts only if "
        "the lines of it are given, too: geowatch explain - < LINES",
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("line", metavar="LINE", nargs="?", help="in quotes; - is the standard input")
    what.add_argument("--login", type=_id, metavar="ID", help="as `geowatch logins` shows it")
    parser.add_argument(
        "--log",
        type=_log,
        metavar="PATH",
        default="/dev/stdin",
        help="the log file that it is of: the path may tell the server",
    )
    hidden: dict[str, Any] = {"type": Path, "help": argparse.SUPPRESS}
    parser.add_argument("--state", default=STATE, **hidden)
    parser.add_argument("--rules", default=explain_line.RULES, **hidden)
    parser.add_argument("--library", default=explain_line.LIBRARY, **hidden)
    return parser.parse_args(arguments)
