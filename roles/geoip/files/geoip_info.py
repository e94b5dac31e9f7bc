# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the country of an address: the entry point of the service, of replays and of people."""

from __future__ import annotations

import sys

from geowatch.geoip.info import main

sys.exit(main())
