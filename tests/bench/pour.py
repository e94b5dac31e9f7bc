# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Append the lines of a file to a log at a steady rate, until the end: pour.py FROM LOG RATE."""

from __future__ import annotations

import sys
import time
from itertools import islice

STEP = 0.02


def main(source: str, log: str, rate: int) -> None:
    """Append ``rate`` lines a second."""
    with open(source, "rb") as lines, open(log, "ab", buffering=0) as target:
        start, poured = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - start) * rate)
            batch = list(islice(lines, due - poured))
            if due > poured and not batch:
                return
            target.write(b"".join(batch))
            poured += len(batch)
            time.sleep(STEP)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
