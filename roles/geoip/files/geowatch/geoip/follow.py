# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resident service: answers each line of ``connections`` with a line in ``located``.

At least once: the answers are on the disk before the position in ``connections`` is stored.
"""

from __future__ import annotations

import errno
import logging
import signal
import time
from functools import lru_cache
from pathlib import Path

from geowatch import notify
from geowatch.geoip.answer import NO_ASN_DATABASE, answer
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.health import Health, HealthWriter
from geowatch.geoip.in_use import LOOK_SECONDS, DatabaseInUse, signature
from geowatch.geoip.mmdb import DatabaseError
from queue_files import PartlyWritten, Position, QueueReader, QueueWriter, store

BATCH = 1000
"""Lines answered in one go."""

POLL_SECONDS = 0.025
"""How often an idle service looks for a line. It takes 0.4 % of a core; 0.01 would take 1 %."""

HEALTH_SECONDS = 10.0
"""How often the age of the databases and the result of the updates are looked at."""

FULL_SECONDS = 1.0
"""How often it is tried again to write to a disk that is full."""

PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Somebody repairs it, some time."""

log = logging.getLogger(__name__)


class Follower:
    """Reads ``connections``, writes ``located``, keeps its position in the state directory."""

    def __init__(
        self,
        connections: Path,
        located: Path,
        state: Path,
        database: Path,
        asn_database: Path,
        health: HealthWriter | None = None,
    ) -> None:
        self._state = state
        self._offset_file = state / f"{connections.name}.offset"
        self._connections = connections
        self._reader = QueueReader(connections, _stored_position(self._offset_file))
        self._writer = QueueWriter(located)
        self._country = DatabaseInUse(database, CountryDatabase)
        self._asn = DatabaseInUse(asn_database, AsnDatabase, is_optional=True)
        self._example = state / "example"
        self._shown: CountryDatabase | DatabaseError | None = None
        self._health = health
        self._next_health = 0.0
        self._gap = self._reader.gap  # not yet said
        self._stopping = False
        self._answers: list[bytes] = []  # not yet written
        self._position = ""  # not yet stored
        self._is_full = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the batch in hand is finished.

        On a full disk it waits for room. Raises ``OSError`` when a queue file cannot be read or
        written otherwise. Nothing is lost then: the next start reads the same lines again.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        notify.in_force(self._state)
        log.info("started")
        notify.ready()
        while not self._stopping:
            notify.alive()
            self._country.refresh()
            self._asn.refresh()
            self._look_after_health()
            self._show_example()
            seen = signature(self._connections)
            if self._answer_patiently():
                # What is written to disk costs the same for one line as for many: let some come.
                time.sleep(POLL_SECONDS)
            else:
                self._wait(seen)
        log.info("stopped")

    def _answer_patiently(self) -> bool:
        """Answer a batch if there is room, and say so where there is none, once."""
        try:
            answered = self._answer_batch()
        except OSError as error:
            if error.errno not in PASSING:
                raise
            if not self._is_full:
                log.error("cannot write, waiting: %s", error)
            self._is_full = True
            time.sleep(FULL_SECONDS)
            return True
        if self._is_full:
            log.warning("can write again")
        self._is_full = False
        return answered

    def _answer_batch(self) -> bool:
        """Answer the lines that are there. After an ``OSError`` it goes on where it failed."""
        if not self._position:
            lines = self._reader.read(BATCH)
            if not lines:
                return False
            databases = (self._country.database, self._asn.database)
            self._answers = [located_line(line, *databases) for line in lines]
            self._position = str(self._reader.position)
        try:
            self._writer.append(self._answers)
        except PartlyWritten as error:
            del self._answers[: error.lines]
            raise
        self._answers = []
        store(self._offset_file, self._position)
        self._position = ""
        return True

    def _wait(self, seen: tuple[int, ...]) -> None:
        """Sleep until the queue file is no longer as it was seen, but not for long."""
        end = time.monotonic() + LOOK_SECONDS
        while not self._stopping and time.monotonic() < end:
            if signature(self._connections) != seen:
                return
            time.sleep(POLL_SECONDS)

    def _look_after_health(self) -> None:
        if self._health and time.monotonic() >= self._next_health:
            self._next_health = time.monotonic() + HEALTH_SECONDS
            if self._gap:
                lost = Health("lost", f"Logins are lost, and nobody judged them: {self._gap}")
                self._gap = "" if self._health.say("logins", lost, time.time()) else self._gap
            self._health.look({"country": self._country, "asn": self._asn}, time.time())

    def _show_example(self) -> None:
        """Write an address of the database in use: a canary that comes from there has a country."""
        if self._country.database is not self._shown:
            self._shown = self._country.database
            try:
                if isinstance(self._shown, CountryDatabase):
                    store(self._example, self._shown.example())
            except (OSError, DatabaseError) as error:
                log.error("cannot show an address of the database: %s", error)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True


def located_line(
    line: bytes,
    database: CountryDatabase | DatabaseError,
    asn_database: AsnDatabase | DatabaseError = NO_ASN_DATABASE,
) -> bytes:
    """Return the line for ``located`` that answers a line of ``connections``.

    Every line has an answer. Where the second field is no address or is missing, the reason is
    ``bad_address``. The fields from the third on are passed on untouched.
    """
    identifier, ip, rest = (*line.split(b"\t", 2), None, None)[:3]
    # Bytes that are not text come back unchanged; os.fsdecode would depend on the locale.
    text = (ip or b"").decode("utf-8", "surrogateescape")
    found = answer(text, database, asn_database)
    address = found.ip.encode("utf-8", "surrogateescape")
    known = [identifier or b"", address, _encoded(found[1:6]), _encoded(found[6:])]
    return b"\t".join(known if rest is None else [*known, rest])


# The same few over and over, in a login's fields from the country to the date, and its network's.
@lru_cache(maxsize=10_000)
def _encoded(fields: tuple[str, ...]) -> bytes:
    return "\t".join(fields).encode()


def _stored_position(path: Path) -> Position | None:
    try:
        return Position.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        log.error("%s: %s; reading from the start", path, error)
        return None
