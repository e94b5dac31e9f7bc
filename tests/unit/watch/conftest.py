# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[3] / "roles"
sys.path[:0] = [str(ROLES / room / "files") for room in ("runtime", "watch")]

from healthy import Healthy  # noqa: E402


@pytest.fixture
def line(tmp_path: Path) -> Healthy:
    """Give a log server on which every link works."""
    return Healthy(tmp_path)
