# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small country databases, made for each test run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

Records = dict[str, dict[str, object]]
MakeDatabase = Callable[..., str]


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Write an ``.mmdb`` file with a record per network, and return its path."""

    def make(records: Records, database_type: str = "GeoLite2-Country", ip_version: int = 6) -> str:
        writer = MMDBWriter(ip_version, database_type, ipv4_compatible=ip_version == 6)
        for network, record in records.items():
            writer.insert_network(IPSet([network]), record)
        path = str(tmp_path / f"{database_type}.mmdb")
        writer.to_db_file(path)
        return path

    return make


@pytest.fixture
def database(make_database: MakeDatabase) -> str:
    """Finland and Sweden, and a network whose continent is known but not its country."""
    return make_database(
        {
            "198.51.100.0/24": {"country": {"iso_code": "FI"}},
            "2001:db8::/32": {"country": {"iso_code": "SE"}},
            "203.0.113.0/24": {"continent": {"code": "EU"}},
        }
    )
