# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the databases up to date. Whatever goes wrong, the one in use stays in use."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from geowatch.database.config import BadConfiguration, Config, Download, parse
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.install import install, work_directory
from geowatch.database.maxmind import download_maxmind
from geowatch.database.state import State, load, save
from geowatch.database.unpack import copy
from geowatch.database.url import download_url, sha256_of
from geowatch.database.verify import verify
from geowatch.geoip.journal import log_to_journal

DIRECTORY = Path("/var/lib/geowatch/database")

STATE = "update.json"

Clock = Callable[[], float]
"""Returns seconds since 1970."""

log = logging.getLogger("update_database")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code: 0, or 1 where something was refused or failed."""
    options = _parser().parse_args(arguments)
    if options.command == "status":
        return _status(options.directory)
    if options.command == "run":
        log_to_journal()
    try:
        if options.command == "install":
            return _install(options)
        return run(sys.stdin.buffer.read(), options.directory, time.time)
    except (UpdateError, BadConfiguration) as error:
        log.error("%s", error)
    except OSError as error:
        log.error("%s", without_secrets(str(error)))
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, allow_abbrev=False, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=DIRECTORY, help="where databases are")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="what the last update did, and when the next one is due")
    commands.add_parser(
        "run", help="download what is newer, if it is time to; the configuration is on stdin"
    )
    installing = commands.add_parser("install", help="put a file in use")
    installing.add_argument("name", choices=("country", "asn"))
    installing.add_argument("file", type=Path, help="an .mmdb file")
    installing.add_argument(
        "--allow-older", action="store_true", help="even where the one in use was built later"
    )
    return parser


def _status(directory: Path) -> int:
    state = load(directory / STATE)
    print(f"{state.result}{state.text and ': '}{state.text}")
    if state.result != "never":
        print(f"last try: {_when(state.at)}\nnext try: {_when(state.next)}")
    return int(state.result == "failed")


def _install(options: argparse.Namespace) -> int:
    in_use = options.directory / f"{options.name}.mmdb"
    with work_directory(options.directory) as work:
        new = work / options.file.name
        with options.file.open("rb") as file:
            copy(file, new)
        described = verify(
            options.name, new, in_use, allow_older=options.allow_older, now=time.time()
        )
        install(new, in_use)
    print(f"{options.name}: {described}")
    return 0


def run(configuration: bytes, directory: Path, clock: Clock) -> int:
    """Update all databases, if it is time to; return the exit code.

    ``configuration`` is the content of the file that the role writes. Raises
    ``BadConfiguration``, and ``OSError`` where the directory cannot be written.
    """
    config = parse(configuration)
    state_file = directory / STATE
    with work_directory(directory) as work:
        state = load(state_file)
        if not state.is_due(clock(), config.digest) and not _is_lost(config, directory, state):
            return _not_yet(state)
        if state.begin(clock(), config.digest, len(config.downloads)):
            save(state_file, state)
            _update(config, directory, work, state, clock)
        save(state_file, state)
    if state.result == "failed":
        log.error("%s; the next try is at %s", state.text, _when(state.next))
    return int(state.result == "failed")


def _is_lost(config: Config, directory: Path, state: State) -> bool:
    """Return whether a database that was downloaded is no longer there."""
    files = (directory / f"{download.name}.mmdb" for download in config.downloads)
    return state.result == "done" and not all(file.exists() for file in files)


def _not_yet(state: State) -> int:
    # A unit that failed stays failed until an update succeeds.
    if state.result == "failed":
        log.error("the last try failed: %s; the next is at %s", state.text, _when(state.next))
    return int(state.result == "failed")


def _update(config: Config, directory: Path, work: Path, state: State, clock: Clock) -> None:
    """Update each database. A failure of one does not keep the other from its update."""
    problems, wait_long = [], False
    for download in config.downloads:
        try:
            # What failed on a full disk makes room before it is remembered.
            with tempfile.TemporaryDirectory(dir=work) as own:
                done = _update_one(config, download, directory, Path(own), state, clock())
            log.info("%s: %s", download.name, done)
        except (UpdateError, OSError) as error:
            problems.append(f"{download.name}: {without_secrets(str(error))}")
            wait_long = wait_long or getattr(error, "wait_long", False)
    if problems:
        state.fail(clock(), "; ".join(problems), wait_long=wait_long)
    else:
        state.succeed(clock())


def _update_one(
    config: Config, download: Download, directory: Path, work: Path, state: State, now: float
) -> str:
    in_use = directory / f"{download.name}.mmdb"
    source = None
    if config.account:
        new = download_maxmind(config.account, download, config.proxy, in_use, work)
    else:
        known = state.sources.get(download.name)
        if known and not (in_use.exists() and sha256_of(in_use) == known.sha256):
            known = None
        new, source = download_url(download, config.proxy, known, work, now) or (None, None)
    if new is None:
        return "there is no newer one"
    described = verify(download.name, new, in_use, allow_older=config.allow_older, now=now)
    install(new, in_use)
    if source:
        state.sources[download.name] = source
    return f"{described} is in use"


def _when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
