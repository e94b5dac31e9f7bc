# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to "in which country is this address?": there always is one, with a reason."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton
from typing import NamedTuple

from geowatch.geoip.asn import UNKNOWN, AsnDatabase, Network
from geowatch.geoip.country import Database, DatabaseError

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
    database: Database | DatabaseError,
    asn_database: AsnDatabase | DatabaseError = NO_ASN_DATABASE,
) -> Answer:
    """Look an address up. In place of a database there may be the error that explains its lack."""
    known = ("", "") if isinstance(database, DatabaseError) else (database.type, database.date)
    address, text = _parse(ip)
    if not address:
        return Answer(ip, "", "bad_address", "", *known)
    network = _network(address, asn_database)
    try:
        if isinstance(database, DatabaseError):
            raise database
        country = database.country(address)
    except DatabaseError as error:
        return Answer(text, "", error.reason, "", *known, *network)
    if country is not None:
        return Answer(text, country.code, "found", country.name, *known, *network)
    reason = "internal" if _is_internal(address) else "not_found"
    return Answer(text, "", reason, "", *known, *network)


def _network(address: bytes, database: AsnDatabase | DatabaseError) -> Network:
    """Return whose network it is. No verdict depends on it, so an error is as good as nothing."""
    if isinstance(database, DatabaseError):
        return UNKNOWN
    try:
        return database.network(address)
    except DatabaseError:
        return UNKNOWN


def _is_internal(packed: bytes) -> bool:
    address = ip_address(packed)
    return any(address in network for network in INTERNAL_NETWORKS)


def _parse(text: str) -> tuple[bytes, str]:
    """Return the address to look up in 4 or 16 bytes, none where it is no address; and its
    canonical text.

    An IPv4-mapped address becomes IPv4. A scope (``fe80::1%eth0``) stays in the text only.
    """
    try:
        # As strict as ip_address, which takes ten times as long for what nearly all of them are.
        return inet_pton(AF_INET, text), text
    except (OSError, ValueError):
        pass
    bare, separator, scope = text.partition("%")
    try:
        address = ip_address(bare)
    except ValueError:
        return b"", text
    if separator and (address.version == 4 or not SCOPE.fullmatch(scope)):
        return b"", text
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped.packed, str(address.ipv4_mapped)
    return address.packed, f"{address}{separator}{scope}"
