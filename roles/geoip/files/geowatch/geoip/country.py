# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A country database: which country an address is in."""

from __future__ import annotations

from typing import NamedTuple

from geowatch.geoip.iso_3166 import COUNTRIES
from geowatch.geoip.mmdb import DatabaseError, Mmdb, printable


class Country(NamedTuple):
    """A country that the database knows."""

    code: str
    """ISO 3166-1 alpha-2."""
    name: str
    """English; empty where the database has none."""


class CountryDatabase(Mmdb):
    """An open Country, City or Enterprise database."""

    kinds = ("Country", "City", "Enterprise")
    use = (
        "a Country, City or Enterprise database of GeoLite2, GeoIP2 or DB-IP, "
        'with records like {"country": {"iso_code": "FI", …}}'
    )

    @staticmethod
    def fits(record: object) -> bool:
        """Return whether a record names a country as MaxMind's do."""
        country = record.get("country") if isinstance(record, dict) else None
        return isinstance(country, dict) and "iso_code" in country

    def example(self) -> str:
        """Return an address whose country it knows; empty if it knows none."""
        addresses = (str(network[0]) for network, _record in self._reader)
        return next((each for each in addresses if self.country(each)), "")

    def country(self, address: str) -> Country | None:
        """Return the country of an address, or None when the database knows none.

        Only "country" is where the address is used. "registered_country" is where its block is
        registered, which may be the head office of a worldwide carrier. Raises ``DatabaseError``
        when the record cannot be read.
        """
        record = self.record(address)
        try:
            country = (record or {}).get("country", {})
            code, name = country.get("iso_code"), country.get("names", {}).get("en", "")
            return Country(code, printable(name)) if code in COUNTRIES else None
        except (AttributeError, TypeError) as error:
            raise DatabaseError(
                "bad_database", f"the record of {address} cannot be read: {error}"
            ) from None
