# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from correlator import Correlator


@pytest.fixture
def sec(tmp_path: Path) -> Iterator[Correlator]:
    """Give a correlator that is not started yet; end it if the test left it running.

    Perl's own warnings name a line of a module, and there are none.
    """
    correlator = Correlator(tmp_path)
    yield correlator
    if correlator.process and correlator.process.poll() is None:
        correlator.stop(signal.SIGKILL)
    assert ".pm line " not in correlator.journal()
