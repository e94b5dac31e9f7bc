# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch database``: what people, the unit and the playbook do with databases."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from geowatch.database.config import BadConfiguration
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.origin import Origin
from geowatch.database.state import State
from geowatch.database.update import (
    STATE,
    database_file,
    install_file,
    make_due,
    run,
    take_back,
    when,
)
from geowatch.database.verify import KINDS
from geowatch.geoip.mmdb import opened, printable
from geowatch.journal import log_to_journal

USER = "geowatch-geoip-update"
"""Whose files these are."""

DIRECTORY = Path("/var/lib/geowatch/database")

log = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 1 where something was refused or failed."""
    options = _parser().parse_args(arguments)
    directory = options.directory
    try:
        match options.command:
            case "status":
                return _status(directory)
            case "update":
                make_due(directory)
                print("an update is due; it begins with: systemctl start geowatch-geoip-update")
            case "back":
                print(f"{options.name}: {take_back(directory, options.name)} is in use")
            case "install":
                source = options.source or str(options.file)
                described = install_file(
                    directory, options.name, options.file, source, options.allow_older
                )
                print(f"{options.name}: {described}")
            case "run":
                log_to_journal()
                return run(sys.stdin.buffer.read(), directory, time.time)
    except (UpdateError, BadConfiguration) as error:
        log.error("%s", error)
        return 1
    except OSError as error:
        log.error("%s", without_secrets(str(error)))
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="geowatch database",
        description="The databases that tell the country of a login, and how their updates go.",
        allow_abbrev=False,
    )
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where databases are")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "status", help="what is in use, what the last update did, and when the next one is due"
    )
    commands.add_parser("update", help="let an update be due, however long the next would wait")
    back = commands.add_parser(
        "back", help="use the database before this one; no update brings the same one again"
    )
    back.add_argument("name", choices=KINDS, nargs="?", default="country")
    installing = commands.add_parser("install", help="put a file in use, as the playbook does")
    installing.add_argument("name", choices=KINDS)
    installing.add_argument("file", type=Path, help="an .mmdb file")
    installing.add_argument("--source", help="where it came from, for the status")
    installing.add_argument(
        "--allow-older", action="store_true", help="even where the one in use was built later"
    )
    commands.add_parser(
        "run", help="update, if it is time to, as the unit does; the configuration is on stdin"
    )
    return parser


def _status(directory: Path) -> int:
    for name in KINDS:
        if not (in_use := database_file(directory, name)).exists():
            print(f"{name}: none")
        elif (origin := Origin.load(in_use)).sha256:
            came = f"from {origin.source}, in use since {when(origin.at)}"
            print(printable(f"{name}: {origin.described}, {came}", 1000))
        else:
            found = opened(KINDS[name], in_use)
            print(printable(f"{name}: {found}, put there by hand or by an older geowatch", 1000))
    state = State.load(directory / STATE)
    if state.result == "never":
        print("updates: none was tried")
    else:
        print(f"updates: {state.result}{state.text and ': '}{state.text}")
        print(f"last try: {when(state.at)}\nnext try: {when(state.next)}")
    return int(state.result == "failed")
