# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The country of an address, from a database on the controller.

It gives the country that ``geoip_info.py`` gives on the log server.
Errors are raised ``from None``: Ansible repeats the text of each cause in its message.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import KNOWN

if TYPE_CHECKING:
    from geoip2.database import Reader
    from geoip2.models import Country

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SAMPLE = 10_000
"""Records that are looked at to find one with a country."""


def country_of(address: object, database: object) -> str | None:
    """Look up an address in a country database.

    Args:
        address: An IPv4 or IPv6 address in its text form.
        database: The path of a Country, City or Enterprise ``.mmdb`` file.

    Returns:
        The alpha-2 code, or ``None`` where the database knows no country for the address. Codes
        that stand for none, such as EU and ZZ, are no country.

    Raises:
        ValueError: If there is no answer: bad address, bad database, or no ``geoip2``. The
            sentence names the value and the fix.
    """
    ip = _parse(address)
    if not isinstance(database, str):
        raise ValueError(f"database is {database!r}. Give the path of an .mmdb file")
    if os.path.exists(database) and not os.path.isfile(database):
        raise ValueError(f"{database!r} is not a regular file. Give the path of an .mmdb file")
    try:
        from geoip2.database import Reader
        from geoip2.errors import AddressNotFoundError
        from maxminddb import MODE_MMAP
    except ImportError:
        raise ValueError(
            f"geoip2 is missing on the controller. Run: {sys.executable} -m pip install geoip2"
        ) from None
    try:
        _require_countries(str(database))
        # Read in Python: on some broken files the C library ends the process.
        with Reader(str(database), mode=MODE_MMAP) as reader:
            code = _look_up(ip, reader)
    except AddressNotFoundError:
        return None
    except OSError as exc:
        raise ValueError(f"cannot read the database {database!r}: {exc.strerror}") from None
    except Exception as exc:  # a broken file can make the decoder raise anything
        raise ValueError(
            f"{database!r} is not a country database that can be read. "
            f"Use a Country, City or Enterprise .mmdb file of GeoLite2, GeoIP2 or DB-IP: {exc}"
        ) from None
    return code if code in KNOWN else None


def _parse(value: object) -> Address:
    # Only text: ip_address() takes numbers too, and 7 is not meant as 0.0.0.7.
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not an IP address. Give it as text: '198.51.100.7'")
    try:
        ip = ipaddress.ip_address(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an IPv4 or IPv6 address") from None
    # Dual-stack servers log IPv4 clients as ::ffff:198.51.100.7.
    return getattr(ip, "ipv4_mapped", None) or ip


def _require_countries(database: str) -> None:
    """Refuse a database of another shape: geoip2 finds no country in it, whatever the address."""
    from maxminddb import MODE_MMAP, open_database

    with open_database(database, MODE_MMAP) as reader:
        records = (record for _network, record in itertools.islice(reader, SAMPLE))
        if not any(isinstance(r, dict) and isinstance(r.get("country"), dict) for r in records):
            raise ValueError('its records have no {"country": {"iso_code": ...}}')


def _look_up(ip: Address, reader: Reader) -> str | None:
    metadata = reader.metadata()
    if ip.version > metadata.ip_version:
        return None  # an IPv4-only database raises ValueError for IPv6
    # geoip2 raises TypeError unless the method fits the type.
    look_up: Callable[[Address], Country] = reader.country
    if "City" in metadata.database_type:
        look_up = reader.city
    elif "Enterprise" in metadata.database_type:
        look_up = reader.enterprise
    return look_up(ip).country.iso_code
