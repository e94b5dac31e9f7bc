# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ASN database: the number and the owner of the network that an address belongs to."""

from __future__ import annotations

from typing import NamedTuple

from geowatch.geoip.mmdb import DatabaseError, Mmdb, printable


class Network(NamedTuple):
    """The autonomous system of an address. Both fields are empty where it is not known."""

    asn: str
    """Its number in digits, such as ``64496``."""
    owner: str
    """The organisation, as the database writes it."""


UNKNOWN = Network("", "")


class AsnDatabase(Mmdb):
    """An open GeoLite2-ASN database, or one in its shape, such as DB-IP's ASN Lite."""

    kinds = ("GeoLite2-ASN",)
    use = "GeoLite2-ASN or DB-IP's ASN Lite"

    @staticmethod
    def fits(record: object) -> bool:
        """Return whether a record has the number of a network."""
        return isinstance(record, dict) and isinstance(record.get("autonomous_system_number"), int)

    def network(self, address: str) -> Network:
        """Return what is known of the address. No verdict depends on it, so an error is nothing."""
        try:
            record = self.record(address)
            if not self.fits(record):
                return UNKNOWN
            owner = record.get("autonomous_system_organization", "")
            return Network(str(record["autonomous_system_number"]), printable(str(owner)))
        except DatabaseError:
            return UNKNOWN
