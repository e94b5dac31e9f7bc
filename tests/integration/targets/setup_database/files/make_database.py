# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a small country database to the path that is given."""

from __future__ import annotations

import sys

from mmdb_writer import MMDBWriter
from netaddr import IPSet

writer = MMDBWriter(6, "GeoLite2-Country", ipv4_compatible=True)
writer.insert_network(IPSet(["198.51.100.0/24"]), {"country": {"iso_code": "FI"}})
writer.insert_network(IPSet(["2001:db8::/32"]), {"country": {"iso_code": "SE"}})
writer.to_db_file(sys.argv[1])
