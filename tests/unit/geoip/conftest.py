# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the programs of the roles geoip and runtime importable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[3] / "roles"
for folder in (ROLES / "geoip" / "files", ROLES / "runtime" / "files", Path(__file__).parent):
    sys.path.insert(0, str(folder))

from small_databases import MakeDatabase, database_maker  # noqa: E402


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Return a function that writes a database and returns its path."""
    return database_maker(tmp_path)
