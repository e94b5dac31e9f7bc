# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print USER:IP:CC: look_up.py DATABASE USER IP."""

import sys

import geoip2.database

database, user, ip = sys.argv[1:]
with geoip2.database.Reader(database) as reader:
    print(f"{user}:{ip}:{reader.country(ip).country.iso_code}")
