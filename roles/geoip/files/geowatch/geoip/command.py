# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch lookup``: what the databases in use say of addresses."""

from __future__ import annotations

import argparse

from geowatch.geoip.answer import answer
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.info import DIRECTORY, EXIT_CODES, PROBLEMS
from geowatch.geoip.mmdb import DatabaseError, opened, printable

USER = "geowatch-geoip"
"""Who may read what this reads."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code, which is that of the last address without a country.

    Without an address it says which databases are in use.
    """
    parser = argparse.ArgumentParser(
        prog="geowatch lookup",
        description="Say in which country an address is, and whose network it is in.",
        epilog="exit codes: 0 all found; 1 in no country; 3 not an address; 4 no usable database",
        allow_abbrev=False,
    )
    parser.add_argument("ips", metavar="IP", nargs="*", help="an IPv4 or IPv6 address")
    ips = parser.parse_args(arguments).ips
    country = opened(CountryDatabase, DIRECTORY / "country.mmdb")
    asn = opened(AsnDatabase, DIRECTORY / "asn.mmdb")
    if not ips:
        for database in (country, asn):
            print(printable(str(database)))
        return 4 if isinstance(country, DatabaseError) else 0
    code = 0
    for ip in ips:
        found = answer(ip, country, asn)
        code = EXIT_CODES[found.reason] or code
        where = f"{found.country} {found.country_name}"
        if found.reason != "found":
            where = PROBLEMS.get(found.reason, str(country))
        network = found.asn and f", AS{found.asn} {found.as_owner}"
        print(printable(f"{found.ip}: {where}{network}"))
    return code
