# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the programs of the roles watch and runtime importable."""

from __future__ import annotations

import sys
from pathlib import Path

ROLES = Path(__file__).parents[3] / "roles"
sys.path[:0] = [str(ROLES / "watch" / "files"), str(ROLES / "runtime" / "files")]
