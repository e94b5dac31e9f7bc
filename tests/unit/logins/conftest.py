# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that ask for logins, and a log server's state for them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[3] / "roles"
sys.path[:0] = [str(ROLES / room / "files") for room in ("logins", "alerts", "runtime")]

from trail_host import Host  # noqa: E402


@pytest.fixture
def host(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Host]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Helsinki")
        time.tzset()
        yield Host(tmp_path, capsys)
    time.tzset()
