# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the country of an address: the entry point of the service, of replays and of people."""

from __future__ import annotations

import sys

try:
    from geowatch.geoip.info import main
except ModuleNotFoundError as error:  # on a controller
    if error.name != "maxminddb":
        raise
    sys.exit(
        "geoip_info.py: maxminddb is missing here. On Debian: apt install python3-geoip2; "
        f"elsewhere: {sys.executable} -m pip install geoip2"
    )

sys.exit(main())
