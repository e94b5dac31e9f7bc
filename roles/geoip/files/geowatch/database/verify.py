# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides whether a new database may take the place of the one in use."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

import maxminddb
from geowatch.database.error import UpdateError, without_secrets
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import READ_MODE, Database, DatabaseError, MappedFile
from geowatch.geoip.tree import SearchTree

LARGEST_CLOCK_ERROR = 86_400
"""Seconds. A database that is built later than this from now is not believed."""

PROBES = 1000
"""About as many records are also looked up as a login would be, in networks of all kinds."""


class Verified(Protocol):
    """An open database of any kind."""

    type: str
    date: str
    build_epoch: int

    def close(self) -> None:
        """Close the file."""


def verify(name: str, new: Path, in_use: Path, *, allow_older: bool, now: float) -> str:
    """Read all of a new database; return its type and date in words.

    ``name`` is ``country`` or ``asn``. Raises ``UpdateError`` unless the new one is whole, of the
    right type, and not older than the one in use.
    """
    try:
        database = open_as(name, new)
    except DatabaseError as error:
        raise UpdateError(without_secrets(str(error).removeprefix(f"{new}: "))) from None
    try:
        described = f"{database.type} of {database.date}"
        if database.build_epoch > now + LARGEST_CLOCK_ERROR:
            raise UpdateError(f"{described} was built in the future; is the clock right?")
        _refuse_older(name, database, in_use, allow_older)
        try:
            _read_all(new, database)
        except UpdateError:
            raise
        except Exception as error:  # a broken file can make the decoder raise anything
            text = without_secrets(str(error).removeprefix(f"{new}: "))
            raise UpdateError(f"{described} is broken; get it again: {text}") from None
        return described
    finally:
        database.close()


def open_as(name: str, path: Path) -> Database | AsnDatabase:
    """Open a file as the database that its name stands for. Raises ``DatabaseError``."""
    return AsnDatabase(path) if name == "asn" else Database(path)


def _refuse_older(name: str, new: Verified, in_use: Path, allow_older: bool) -> None:
    try:
        old = open_as(name, in_use)
    except DatabaseError:
        return  # anything is better
    old.close()
    if new.build_epoch < old.build_epoch and not allow_older:
        raise UpdateError(
            f"{new.type} of {new.date} is older than the {old.type} of {old.date} in use; "
            "set geoip_allow_older to take it all the same"
        )


def _read_all(path: Path, database: Database | AsnDatabase) -> None:
    with maxminddb.open_database(path, READ_MODE) as reader:
        metadata = reader.metadata()
        _refuse_holes(path, metadata.search_tree_size, metadata.node_byte_size)
        step = max(1, metadata.node_count // PROBES)
        known = set()
        tree = SearchTree(MappedFile(path).content, metadata)
        for count, (place, address) in enumerate(tree.networks()):
            if place not in known:  # a city database has millions of networks, but fewer records
                known.add(place)
                reader.get(ip_address(address))
            if count % step == 0:
                _probe(database, address)


def _refuse_holes(path: Path, tree_size: int, node_size: int) -> None:
    """Refuse a search tree in which a block was never written.

    A node of zeros leads to the root on both sides. The decoder takes it for the end of a branch.
    """
    nothing = bytes(node_size)
    with path.open("rb") as file:
        tree = file.read(tree_size)
    if any(tree[node : node + node_size] == nothing for node in range(0, tree_size, node_size)):
        raise UpdateError("a part of the file is missing; get it again")


def _probe(database: Database | AsnDatabase, address: bytes) -> None:
    if isinstance(database, Database):
        database.country(address)
    else:
        database.network(address)
