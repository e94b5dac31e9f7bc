# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to "in which country is this address?": there always is one, with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from geoip_asn import UNKNOWN, AsnDatabase, Network
from geoip_database import Database, DatabaseError

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


@dataclass(frozen=True, slots=True)
class Answer:
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
    database: Database | DatabaseError,
    asn_database: AsnDatabase | DatabaseError = NO_ASN_DATABASE,
) -> Answer:
    """Look an address up. In place of a database there may be the error that explains its lack."""
    known = ("", "") if isinstance(database, DatabaseError) else (database.type, database.date)
    parsed = _parse(ip)
    if parsed is None:
        return Answer(ip, "", "bad_address", "", *known)
    address, text = parsed
    network = _network(address, asn_database)
    try:
        if isinstance(database, DatabaseError):
            raise database
        country = database.country(address)
    except DatabaseError as error:
        return Answer(text, "", error.reason, "", *known, *network)
    if country is not None:
        return Answer(text, country.code, "found", country.name, *known, *network)
    is_internal = any(address in internal for internal in INTERNAL_NETWORKS)
    reason = "internal" if is_internal else "not_found"
    return Answer(text, "", reason, "", *known, *network)


def _network(address: IPv4Address | IPv6Address, database: AsnDatabase | DatabaseError) -> Network:
    """Return whose network it is. No verdict depends on it, so an error is as good as nothing."""
    if isinstance(database, DatabaseError):
        return UNKNOWN
    try:
        return database.network(address)
    except DatabaseError:
        return UNKNOWN


def _parse(text: str) -> tuple[IPv4Address | IPv6Address, str] | None:
    """Return the address to look up and its canonical text; None where it is no address.

    An IPv4-mapped address becomes IPv4. A scope (``fe80::1%eth0``) stays in the text only.
    """
    bare, separator, scope = text.partition("%")
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    if separator and (address.version == 4 or not SCOPE.fullmatch(scope)):
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped, str(address.ipv4_mapped)
    return address, f"{address}{separator}{scope}"
