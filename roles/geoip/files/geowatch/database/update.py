# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the databases up to date. Whatever goes wrong, the one in use stays in use."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from geowatch.database.config import Config, Download, parse
from geowatch.database.error import UpdateError, without_secrets
from geowatch.database.install import install, keep, previous, work_directory
from geowatch.database.maxmind import download_maxmind
from geowatch.database.origin import Origin, sha256_of
from geowatch.database.state import State
from geowatch.database.unpack import copy
from geowatch.database.url import download_url
from geowatch.database.verify import verify

STATE = "update.json"

Clock = Callable[[], float]
"""Returns seconds since 1970."""

log = logging.getLogger(__name__)


def run(configuration: bytes, directory: Path, clock: Clock) -> int:
    """Update all databases, if it is time to; return the exit code.

    ``configuration`` is the content of the file that the role writes. Raises
    ``BadConfiguration``, and ``OSError`` where the directory cannot be written.
    """
    config = parse(configuration)
    state_file = directory / STATE
    with work_directory(directory) as work:
        state = State.load(state_file)
        if not state.is_due(clock(), config.digest) and not _is_lost(config, directory, state):
            return _not_yet(state)
        if state.begin(clock(), config.digest, len(config.downloads)):
            state.save(state_file)
            _update(config, directory, work, state, clock)
        state.save(state_file)
    if state.result == "failed":
        log.error("%s; the next try is at %s", state.text, when(state.next))
    return int(state.result == "failed")


def _is_lost(config: Config, directory: Path, state: State) -> bool:
    """Return whether a database that was downloaded is no longer there."""
    files = (database_file(directory, download.name) for download in config.downloads)
    return state.result == "done" and not all(file.exists() for file in files)


def _not_yet(state: State) -> int:
    # A unit that failed stays failed until an update succeeds.
    if state.result == "failed":
        log.error("the last try failed: %s; the next is at %s", state.text, when(state.next))
    return int(state.result == "failed")


def _update(config: Config, directory: Path, work: Path, state: State, clock: Clock) -> None:
    """Update each database. A failure of one does not keep the other from its update."""
    problems, wait_long = [], False
    for download in config.downloads:
        try:
            # What failed on a full disk makes room before it is remembered.
            with tempfile.TemporaryDirectory(dir=work) as own:
                done = _update_one(config, download, directory, Path(own), clock())
            log.info("%s: %s", download.name, done)
        except (UpdateError, OSError) as error:
            problems.append(f"{download.name}: {without_secrets(str(error))}")
            wait_long = wait_long or getattr(error, "wait_long", False)
    if problems:
        state.fail(clock(), "; ".join(problems), wait_long=wait_long)
    else:
        state.succeed(clock())


def _update_one(config: Config, download: Download, directory: Path, work: Path, now: float) -> str:
    in_use = database_file(directory, download.name)
    known = Origin.load(in_use)
    if config.account:
        found = download_maxmind(config.account, download, config.proxy, in_use, work)
    else:
        found = download_url(download, config.proxy, known, work, now)
    if found is None:
        return "there is no newer one"
    new, came = found
    if sha256_of(new) == known.taken_back:
        return "the newest one was taken back, and there is no newer one"
    came.taken_back = known.taken_back
    return f"{_put_in_use(download.name, new, in_use, came, config.allow_older, now)} is in use"


def _put_in_use(
    name: str, new: Path, in_use: Path, came: Origin, allow_older: bool, now: float
) -> str:
    """Verify and install a database; return its type and date in words."""
    came.described = verify(name, new, in_use, allow_older=allow_older, now=now)
    came.sha256, came.at = sha256_of(new), now
    install(new, in_use)
    came.save(in_use)
    return came.described


def make_due(directory: Path) -> None:
    """Let the next run of the updater download, however long it would have waited."""
    with work_directory(directory):
        state = State.load(directory / STATE)
        state.next = 0.0
        state.save(directory / STATE)


def install_file(directory: Path, name: str, file: Path, source: str, allow_older: bool) -> str:
    """Put a copy of a file in use; return its type and date in words.

    Raises ``UpdateError`` and ``OSError``.
    """
    in_use = database_file(directory, name)
    with work_directory(directory) as work:
        new = work / file.name
        with file.open("rb") as content:
            copy(content, new)
        return _put_in_use(name, new, in_use, Origin(source=source), allow_older, time.time())


def take_back(directory: Path, name: str) -> str:
    """Let the database in use and the one before change places; return what is in use now.

    No update brings the same one again. Raises ``UpdateError`` and ``OSError``.
    """
    in_use = database_file(directory, name)
    before = previous(in_use)
    with work_directory(directory) as work:
        if not before.exists():
            raise UpdateError(f"there is no {name} database before the one in use")
        taken_back = sha256_of(in_use) if in_use.exists() else ""
        new = work / in_use.name
        keep(before, new)
        came = Origin(source="the one before, which was taken back to", taken_back=taken_back)
        return _put_in_use(name, new, in_use, came, True, time.time())


def database_file(directory: Path, name: str) -> Path:
    """Return where the database with this name is in use."""
    return directory / f"{name}.mmdb"


def when(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
