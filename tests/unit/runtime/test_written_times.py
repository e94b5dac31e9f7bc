# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as people write and read them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import pytest
from geowatch.times import clock, moment


@pytest.fixture(autouse=True)
def helsinki() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Helsinki")
        time.tzset()
        yield
    time.tzset()


def test_they_are_of_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert moment("12h") == 1_000_000.0 - 43_200
    assert moment("2026-05-04T03:00") == moment("2026-05-04T00:00+00:00")
    assert (
        clock(moment("2026-05-04T03:00")) == clock("2026-05-04T00:00:00.123Z") == "05-04 03:00:00"
    )


@pytest.mark.parametrize("text", ["yesterday", "7 d", "2026-13-01", ""])
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no time: write 30m, 12h"):
        moment(text)
