# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send alerts: from the queue file `alerts` through the outbox to each channel.

Each alert is stored before it is sent, and sent until it is accepted. What people need is in the
module geowatch.alerts.command; any other word than those below is handed to it.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geowatch.alerts.alert import MalformedLine, json_line, parse
from geowatch.alerts.config import CONFIG, load
from geowatch.alerts.settings import BadConfiguration


def run(args: argparse.Namespace) -> int:
    """Take in and deliver until SIGTERM."""
    # Imported where it is used: the libraries of the channels take 15 MB.
    from geowatch.alerts import service

    return _serve(lambda: service.run(load(args.config)))


def direct(args: argparse.Namespace) -> int:
    """Send what is urgent while the service is broken, past the outbox."""
    from geowatch.alerts import urgent

    return _serve(lambda: urgent.run(load(args.config), args.directory))


def _serve(work: Callable[[], int]) -> int:
    """Do what a unit is there for, and end with its code; or say what cannot be used."""
    from geowatch.alerts.service import explain

    try:
        code = work()
        sys.stdout.flush()
        # Who waits in a library for a service that never answers must not keep us here.
        os._exit(code)
    except (BadConfiguration, sqlite3.Error, OSError) as error:
        print(f"<3>send_alerts.py: {explain(error)}", file=sys.stderr)
        return 1


def check(args: argparse.Namespace) -> int:
    """Say whether the configuration can be used."""
    from geowatch.alerts.ways import channels

    try:
        for _config, _channel in channels(load(args.config)):
            pass
    except (BadConfiguration, OSError) as error:
        print(f"send_alerts.py: the configuration cannot be used: {error}", file=sys.stderr)
        return 1
    return 0


def render(args: argparse.Namespace) -> int:
    """Print the alerts of a queue file as JSON Lines. Nothing is stored or sent."""
    malformed = 0
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
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


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Return the arguments; `call` is the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(call: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(call.__name__, help=call.__doc__, description=call.__doc__)
        added.set_defaults(call=call)
        return added

    for each in (command(run), command(check)):
        each.add_argument("--config", type=Path, default=CONFIG, help="default: %(default)s")
    urgent = command(direct)
    urgent.add_argument("directory", type=Path, metavar="DIRECTORY", help="what is urgent")
    urgent.add_argument("--config", type=Path, default=CONFIG, help="default: %(default)s")
    rendering = command(render)
    rendering.add_argument("file", type=Path, metavar="FILE")
    rendering.add_argument("--environment", default="Production", help="default: %(default)s")
    rendering.add_argument(
        "--origin", default=f"geowatch/{socket.gethostname()}", help="default: %(default)s"
    )
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    if argv and argv[0] in ("run", "direct", "check", "render", "-h", "--help"):
        args = parse_arguments(argv)
        return int(args.call(args))
    from geowatch.alerts import command

    return command.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
