# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first look at a database, on the controller, where there may be no geoip2.

Usage: looks_like_mmdb.py FILE. Exits 0, or 1 with the reason on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

# MaxMind DB file format 2.0, "Database Metadata": the marker is in the last 128 KiB.
MARKER = b"\xab\xcd\xefMaxMind.com"
METADATA_SIZE = 128 << 10


def problem(path: Path) -> str | None:
    """Return why the file is no database; None where it looks like one."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - METADATA_SIZE))
            end = file.read()
    except OSError as error:
        return error.strerror or str(error)
    if not end:
        return "the file is empty"
    if MARKER not in end:
        return "this is no .mmdb file, or not all of one"
    return None


if __name__ == "__main__":
    sys.exit(problem(Path(sys.argv[1])))
