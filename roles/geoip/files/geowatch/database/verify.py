# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides whether a new database may take the place of the one in use."""

from __future__ import annotations

from pathlib import Path

from geowatch.database.error import UpdateError, without_secrets
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError, Mmdb, opened

LARGEST_CLOCK_ERROR = 86_400
"""Seconds. A database that is built later than this from now is not believed."""

KINDS: dict[str, type[Mmdb]] = {"country": CountryDatabase, "asn": AsnDatabase}


def verify(name: str, new: Path, in_use: Path, *, allow_older: bool, now: float) -> str:
    """Read all of a new database; return its type and date in words.

    ``name`` is ``country`` or ``asn``. Raises ``UpdateError`` unless the new one is whole, of the
    right type, and not older than the one in use.
    """
    database = opened(KINDS[name], new)
    if isinstance(database, DatabaseError):
        raise UpdateError(without_secrets(str(database).removeprefix(f"{new}: ")))
    database.close()
    if database.build_epoch > now + LARGEST_CLOCK_ERROR:
        raise UpdateError(f"{database} was built in the future; is the clock right?")
    if name == "country" and database.ip_version == 4:
        raise UpdateError(
            f"{database} has no IPv6, so that each login by IPv6 would ring; use one that has both"
        )
    old = opened(KINDS[name], in_use)
    if isinstance(old, DatabaseError):
        return str(database)  # anything is better
    old.close()
    if database.build_epoch < old.build_epoch and not allow_older:
        raise UpdateError(
            f"{database} is older than the {old} in use; "
            "set geoip_allow_older to take it all the same"
        )
    return str(database)
