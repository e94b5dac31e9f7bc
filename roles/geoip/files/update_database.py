# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the databases up to date: the entry point of the unit and of people."""

from __future__ import annotations

import sys

from geowatch.database.command import main

sys.exit(main())
