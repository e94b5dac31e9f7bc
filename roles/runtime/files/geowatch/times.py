# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times as people write and read them: those of this host's wall clock."""

from __future__ import annotations

import argparse
import re
import time
from datetime import datetime

SECONDS = {"m": 60, "h": 3600, "d": 86400}


def moment(text: str) -> float:
    """Return when that was: 30m, 12h, 7d ago, or 2026-05-04, or 2026-05-04T03:00."""
    if match := re.fullmatch(r"(\d{1,6})([mhd])", text):
        return time.time() - int(match[1]) * SECONDS[match[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time: write 30m, 12h, 7d or 2026-05-04T03:00"
        ) from None


def seconds(time_: str) -> float:
    """Return a time in RFC 3339 in seconds; what has none is longest ago."""
    return datetime.fromisoformat(time_).timestamp() if time_ else 0.0


def clock(when: float | str, form: str = "%m-%d %H:%M:%S") -> str:
    """Return a time, in seconds or as RFC 3339, as a clock on the wall of this host shows it."""
    if isinstance(when, str):
        return datetime.fromisoformat(when).astimezone().strftime(form)
    return datetime.fromtimestamp(when).strftime(form)
