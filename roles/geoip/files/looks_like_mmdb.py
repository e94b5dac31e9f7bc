# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first look at a database, on the controller, where there may be no geoip2.

Usage: looks_like_mmdb.py FILE. Prints the SHA-256 in hex digits, or exits 1, with the reason on
stderr.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

# MaxMind DB file format 2.0, "Database Metadata": the marker is in the last 128 KiB.
MARKER = b"\xab\xcd\xefMaxMind.com"
METADATA_SIZE = 128 << 10


def checksum(path: Path) -> str:
    """Return the SHA-256 of the file; raises ValueError where it does not look like a database."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    if not content:
        raise ValueError("the file is empty")
    if MARKER not in content[-METADATA_SIZE:]:
        raise ValueError("this is no .mmdb file, or not all of one")
    return sha256(content).hexdigest()


if __name__ == "__main__":
    try:
        print(checksum(Path(sys.argv[1])))
    except ValueError as error:
        sys.exit(str(error))
