# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A country database: an ``.mmdb`` file in the shape of MaxMind's, checked when it is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Generic, NamedTuple, TypeVar, cast

import geoip2.database
import geoip2.errors
import geoip2.models
import maxminddb
from geowatch.geoip.tree import SearchTree

SAMPLE = 10_000
"""Records that are looked at, when a file is opened, to find one with a country."""

# Python, not C: on some broken files libmaxminddb aborts the process, where Python raises.
READ_MODE = maxminddb.MODE_MMAP

MOST_KNOWN = 10_000
"""Records that are remembered. A country database has some hundred, a city database many more."""

ISO_CODE = re.compile(r"[A-Z]{2}", re.ASCII)


class DatabaseError(Exception):
    """No country database, or one that cannot be used. The text names the file and the fix."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        """``no_database`` or ``bad_database``."""


class Country(NamedTuple):
    """A country that the database knows."""

    code: str
    """ISO 3166-1 alpha-2."""
    name: str
    """English; empty where the database has none."""


class MappedFile:
    """What maxminddb reads in its mode MODE_FD, which calls ``read`` once, and no more."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        """For messages."""
        with path.open("rb") as file:
            self.content = mmap(file.fileno(), 0, access=ACCESS_READ)

    def read(self) -> mmap:
        """Return all of the file. The kernel reads what is looked at, and forgets it again."""
        return self.content


class Opened(NamedTuple):
    """An open ``.mmdb`` file of any type, and what it says of itself."""

    reader: geoip2.database.Reader
    tree: SearchTree
    type: str
    build_epoch: int
    """Seconds since 1970, UTC."""
    date: str
    """The day of its build in UTC, YYYY-MM-DD."""
    ip_version: int
    fits: bool
    """Whether one of the records has the shape that was asked for."""


def open_database(path: Path, fits: Callable[[object], bool]) -> Opened:
    """Open a file. ``fits`` says of a record whether it has the right shape.

    Raises ``DatabaseError`` for a file that is missing or cannot be read.
    """
    try:
        # Opened once: the file of this name may be another one the next moment.
        file = MappedFile(path)
        source = cast(IO[bytes], file)
        mmdb = maxminddb.open_database(source, maxminddb.MODE_FD)
        metadata = mmdb.metadata()
        return Opened(
            geoip2.database.Reader(source, locales=["en"], mode=maxminddb.MODE_FD),
            SearchTree(file.content, metadata),
            printable(metadata.database_type),
            metadata.build_epoch,
            datetime.fromtimestamp(metadata.build_epoch, UTC).date().isoformat(),
            metadata.ip_version,
            any(fits(record) for _network, record in islice(mmdb, SAMPLE)),
        )
    except FileNotFoundError:
        raise DatabaseError("no_database", f"{path}: there is no such file") from None
    except Exception as error:  # a broken file can make the decoder raise anything
        raise DatabaseError(
            "bad_database", f"{path}: not a readable .mmdb file; get it again: {error}"
        ) from None


Known = TypeVar("Known")


class Records(Generic[Known]):
    """What is known of addresses, one ``Known`` for each record.

    geoip2 reads a record once. Afterwards it is remembered by its place in the file.
    """

    def __init__(
        self, opened: Opened, read: Callable[[IPv4Address | IPv6Address], Known], nothing: Known
    ) -> None:
        self._tree = opened.tree
        self._longest = 4 if opened.ip_version == 4 else 16
        self._read = read
        self._nothing = nothing
        self._known = {opened.tree.nowhere: nothing}

    def of(self, address: bytes) -> Known:
        """Return what is known of an address, given in 4 or 16 bytes.

        Raises ``DatabaseError`` when the record cannot be read.
        """
        if len(address) > self._longest:
            return self._nothing  # geoip2 raises ValueError for IPv6 in a database of IPv4
        place = self._tree.place(address)
        try:
            return self._known[place]
        except KeyError:
            return self._remember(place, ip_address(address))

    def _remember(self, place: int, address: IPv4Address | IPv6Address) -> Known:
        try:
            known = self._read(address)
        except geoip2.errors.AddressNotFoundError:
            known = self._nothing
        except Exception as error:  # see open_database; flat records raise TypeError, for one
            raise DatabaseError(
                "bad_database", f"the record of {address} cannot be read: {error}"
            ) from None
        if len(self._known) >= MOST_KNOWN:
            self._known = {self._tree.nowhere: self._nothing}
        self._known[place] = known
        return known


class Database:
    """An open Country, City or Enterprise database.

    ``type`` is what the file calls itself (``GeoLite2-Country``), ``date`` the day of its build in
    UTC (``YYYY-MM-DD``), ``build_epoch`` the second. Raises ``DatabaseError`` for any file that
    cannot tell countries.
    """

    def __init__(self, path: Path) -> None:
        opened = open_database(path, _has_country)
        self.type, self.date, self.build_epoch = opened.type, opened.date, opened.build_epoch
        self._reader = opened.reader
        self._lookup = self._choose_lookup(path)
        if not opened.fits:
            raise DatabaseError(
                "bad_database",
                f"{path}: the records of this {self.type!r} database are not in MaxMind's shape, "
                '{"country": {"iso_code": "FI", …}}; use a GeoLite2, GeoIP2 or DB-IP database',
            )
        self._records = Records[Country | None](opened, self._read, None)

    def country(self, address: bytes) -> Country | None:
        """Return the country of the address (4 or 16 bytes), or None when the database knows none.

        Raises ``DatabaseError`` when the record cannot be read.
        """
        return self._records.of(address)

    def _read(self, address: IPv4Address | IPv6Address) -> Country | None:
        # Only "country" is where the address is used. "registered_country" is where its block
        # is registered, which may be the head office of a worldwide carrier.
        country = self._lookup(address).country
        if not country.iso_code or not ISO_CODE.fullmatch(country.iso_code):
            return None
        return Country(country.iso_code, printable(country.names.get("en", "")))

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def _choose_lookup(
        self, path: Path
    ) -> Callable[[IPv4Address | IPv6Address], geoip2.models.Country]:
        # geoip2 raises TypeError unless the method fits the type.
        if "Enterprise" in self.type:
            return self._reader.enterprise
        if "City" in self.type:
            return self._reader.city
        if "Country" in self.type:
            return self._reader.country
        raise DatabaseError(
            "bad_database",
            f"{path}: this is a {self.type!r} database; "
            "use a Country, City or Enterprise database of GeoLite2, GeoIP2 or DB-IP",
        )


def printable(text: str) -> str:
    """Return the text without control and other characters that do not print."""
    return "".join(character for character in text if character.isprintable())


def _has_country(record: object) -> bool:
    country = record.get("country") if isinstance(record, dict) else None
    return isinstance(country, dict) and "iso_code" in country
