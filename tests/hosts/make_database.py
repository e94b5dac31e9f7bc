# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a small country database of documentation addresses: make_database.py FILE.

The shape is that of GeoLite2-Country. 198.18.0.0/15 and all else is in no country.
"""

from __future__ import annotations

import os
import sys

from mmdb_writer import MMDBWriter
from netaddr import IPSet

NETWORKS = {
    "198.51.100.0/25": ("FI", "Finland"),
    "198.51.100.128/25": ("BR", "Brazil"),
    "2001:db8:f1::/48": ("FI", "Finland"),
    "2001:db8:b::/48": ("BR", "Brazil"),
}


def main(path: str) -> None:
    """Write the database to `path`."""
    writer = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="GeoLite2-Country",
        description="Documentation addresses, for tests",
    )
    for network, (code, name) in NETWORKS.items():
        # Registered elsewhere, so that a test fails when the wrong country is read.
        record = {
            "country": {"iso_code": code, "names": {"en": name}},
            "registered_country": {"iso_code": "US", "names": {"en": "United States"}},
        }
        writer.insert_network(IPSet([network]), record)
    # In one step: another scenario may make it, too, or read it.
    new = f"{path}.{os.getpid()}"
    writer.to_db_file(new)
    os.replace(new, path)


if __name__ == "__main__":
    main(sys.argv[1])
