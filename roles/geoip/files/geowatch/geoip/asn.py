# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ASN database: the number and the owner of the network that an address belongs to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple

from geowatch.geoip.country import DatabaseError, Records, open_database, printable


class Network(NamedTuple):
    """The autonomous system of an address. Both fields are empty where it is not known."""

    asn: str
    """Its number in digits, such as ``64496``."""
    owner: str
    """The organisation, as the database writes it."""


UNKNOWN = Network("", "")


class AsnDatabase:
    """An open GeoLite2-ASN database, or one in its shape, such as DB-IP's ASN Lite.

    The attributes are those of ``Database``. Raises ``DatabaseError`` for any other file.
    """

    def __init__(self, path: Path) -> None:
        opened = open_database(path, _has_asn)
        self.type, self.date, self.build_epoch = opened.type, opened.date, opened.build_epoch
        self._reader = opened.reader
        # geoip2 raises TypeError for any other type.
        if "GeoLite2-ASN" not in self.type or not opened.fits:
            raise DatabaseError(
                "bad_database",
                f"{path}: this is a {self.type!r} database; use GeoLite2-ASN or DB-IP's ASN Lite",
            )

        self._records = Records(opened, self._read, UNKNOWN)

    def network(self, address: bytes) -> Network:
        """Return what is known of the address (4 or 16 bytes).

        Raises ``DatabaseError`` when the record cannot be read.
        """
        return self._records.of(address)

    def _read(self, address: IPv4Address | IPv6Address) -> Network:
        found = self._reader.asn(address)
        number, owner = found.autonomous_system_number, found.autonomous_system_organization
        return Network(str(int(number)) if number else "", printable(owner or ""))

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _has_asn(record: object) -> bool:
    return isinstance(record, dict) and isinstance(record.get("autonomous_system_number"), int)
