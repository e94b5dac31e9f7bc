# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are, and what of the unit tests the bench shares."""

from __future__ import annotations

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
ROLES = ROOT / "roles"
CACHE = ROOT / ".cache/bench"
VENV = ROOT / ".cache/venv"
ENTER = ROOT / "tests/hosts/enter"

sys.path.append(str(ROOT / "tests/unit/alerts"))
