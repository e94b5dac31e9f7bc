# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A country database: an ``.mmdb`` file in the shape of MaxMind's, checked when it is opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import geoip2.database
import geoip2.errors
import geoip2.models
import maxminddb

SAMPLE = 10_000
"""Records that are looked at, when a file is opened, to find one with a country."""

# Python, not C: on some broken files libmaxminddb aborts the process, where Python raises.
READ_MODE = maxminddb.MODE_MMAP

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


class Opened(NamedTuple):
    """An open ``.mmdb`` file of any type, and what it says of itself."""

    reader: geoip2.database.Reader
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
        with maxminddb.open_database(path, READ_MODE) as reader:
            metadata = reader.metadata()
            fit = any(fits(record) for _network, record in islice(reader, SAMPLE))
        return Opened(
            geoip2.database.Reader(path, locales=["en"], mode=READ_MODE),
            printable(metadata.database_type),
            metadata.build_epoch,
            datetime.fromtimestamp(metadata.build_epoch, UTC).date().isoformat(),
            metadata.ip_version,
            fit,
        )
    except FileNotFoundError:
        raise DatabaseError("no_database", f"{path}: there is no such file") from None
    except Exception as error:  # a broken file can make the decoder raise anything
        raise DatabaseError(
            "bad_database", f"{path}: not a readable .mmdb file; get it again: {error}"
        ) from None


class Database:
    """An open Country, City or Enterprise database.

    ``type`` is what the file calls itself (``GeoLite2-Country``), ``date`` the day of its build in
    UTC (``YYYY-MM-DD``), ``build_epoch`` the second. Raises ``DatabaseError`` for any file that
    cannot tell countries.
    """

    def __init__(self, path: Path) -> None:
        opened = open_database(path, _has_country)
        self.type, self.date, self.build_epoch = opened.type, opened.date, opened.build_epoch
        self._reader, self._ip_version = opened.reader, opened.ip_version
        self._lookup = self._choose_lookup(path)
        if not opened.fits:
            raise DatabaseError(
                "bad_database",
                f"{path}: the records of this {self.type!r} database are not in MaxMind's shape, "
                '{"country": {"iso_code": "FI", …}}; use a GeoLite2, GeoIP2 or DB-IP database',
            )

    def country(self, address: IPv4Address | IPv6Address) -> Country | None:
        """Return the country of the address, or None when the database knows none.

        Raises ``DatabaseError`` when the record cannot be read.
        """
        if address.version > self._ip_version:
            return None  # an IPv4-only database raises ValueError for IPv6
        try:
            # Only "country" is where the address is used. "registered_country" is where its block
            # is registered, which may be the head office of a worldwide carrier.
            country = self._lookup(address).country
            if not country.iso_code or not ISO_CODE.fullmatch(country.iso_code):
                return None
            return Country(country.iso_code, printable(country.names.get("en", "")))
        except geoip2.errors.AddressNotFoundError:
            return None
        except Exception as error:  # see __init__; flat records raise TypeError, for one
            raise DatabaseError(
                "bad_database", f"the record of {address} cannot be read: {error}"
            ) from None

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
