# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the databases that the download service offers at first: offer.py DIRECTORY."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/unit/geoip"))

from small_databases import asn_record, database_maker

DAY = 86_400


def main(directory: Path) -> None:
    """Write a country and an ASN database, built yesterday."""
    directory.mkdir(parents=True, exist_ok=True)
    yesterday = int(time.time()) - DAY
    make = database_maker(directory)
    make({"198.51.100.0/24": "FI"}, name="GeoLite2-Country.mmdb", build_epoch=yesterday)
    make(
        records={"198.51.100.0/24": asn_record(64496, "Example Ltd")},
        name="GeoLite2-ASN.mmdb",
        database_type="GeoLite2-ASN",
        build_epoch=yesterday,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
