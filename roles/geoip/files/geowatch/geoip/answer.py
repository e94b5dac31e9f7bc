# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to "in which country is this address?": there always is one, with a reason."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton
from typing import NamedTuple

from geowatch.geoip.asn import UNKNOWN, AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.mmdb import DatabaseError

NO_ASN_DATABASE = DatabaseError("no_database", "there is none")
"""In place of the ASN database, which is optional."""

INTERNAL_NETWORKS = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)
"""Addresses that no public database can place.

Not ``is_private`` of ``ipaddress``: that also holds networks that are nobody's own, such as the
documentation ranges, and differs between Python versions.
"""

SCOPE = re.compile(r"[\w.:-]{1,15}", re.ASCII)
"""A network interface name, at most 15 characters (IFNAMSIZ)."""


class Answer(NamedTuple):
    """What is known about an address. The fields are those of a line in ``located``."""

    ip: str
    """Canonical text; as given where it is no address."""
    country: str
    """ISO 3166-1 alpha-2; empty unless the reason is ``found``."""
    reason: str
    """found, internal, not_found, no_database, bad_database or bad_address."""
    country_name: str
    database: str
    """The type of the database, such as ``GeoLite2-Country``."""
    database_date: str
    """YYYY-MM-DD of its build."""
    asn: str = ""
    """The number of the autonomous system in digits; empty where it is not known."""
    as_owner: str = ""


def answer(
    ip: str,
    database: CountryDatabase | DatabaseError,
    asn_database: AsnDatabase | DatabaseError = NO_ASN_DATABASE,
) -> Answer:
    """Look an address up. In place of a database there may be the error that explains its lack."""
    known = ("", "") if isinstance(database, DatabaseError) else (database.type, database.date)
    address, text = parse(ip)
    if not address:
        return Answer(ip, "", "bad_address", "", *known)
    network = UNKNOWN
    if not isinstance(asn_database, DatabaseError):
        network = asn_database.network(address)
    try:
        if isinstance(database, DatabaseError):
            raise database
        country = database.country(address)
    except DatabaseError as error:
        return Answer(text, "", error.reason, "", *known, *network)
    if country is not None:
        return Answer(text, country.code, "found", country.name, *known, *network)
    is_internal = any(ip_address(address) in internal for internal in INTERNAL_NETWORKS)
    return Answer(text, "", "internal" if is_internal else "not_found", "", *known, *network)


def parse(text: str) -> tuple[str, str]:
    """Return the address to look up, empty where it is none; and its canonical text.

    An IPv4-mapped address becomes IPv4. A scope (``fe80::1%eth0``) stays in the text only.
    """
    try:
        # As strict as ip_address, which takes ten times as long for what nearly all of them are.
        inet_pton(AF_INET, text)
        return text, text
    except (OSError, ValueError):
        pass
    bare, separator, scope = text.partition("%")
    try:
        address = ip_address(bare)
    except ValueError:
        return "", text
    if separator and (address.version == 4 or not SCOPE.fullmatch(scope)):
        return "", text
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped), str(address.ipv4_mapped)
    return str(address), f"{address}{separator}{scope}"
