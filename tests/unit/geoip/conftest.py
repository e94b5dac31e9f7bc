# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the programs of the roles geoip and runtime importable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[3] / "roles"
for folder in (ROLES / "geoip" / "files", ROLES / "runtime" / "files", Path(__file__).parent):
    sys.path.insert(0, str(folder))

from small_databases import MakeDatabase, database_maker  # noqa: E402
from updater import Service, Updater  # noqa: E402


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """Return a function that writes a database and returns its path."""
    return database_maker(tmp_path)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    directory = tmp_path / "service"
    directory.mkdir()
    service = Service(directory)
    service.offer("FI")
    yield service
    service.server.shutdown()
    service.server.server_close()


@pytest.fixture
def updater(tmp_path: Path, service: Service) -> Updater:
    directory = tmp_path / "database"
    directory.mkdir()
    return Updater(directory, service)
