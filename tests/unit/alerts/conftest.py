# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of the room `alerts`, and the two servers that it talks to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROLES = Path(__file__).parents[3] / "roles"
sys.path[:0] = [str(ROLES / "alerts" / "files"), str(ROLES / "runtime" / "files")]

from alerts_host import Host  # noqa: E402
from fake_alerta import FakeAlerta  # noqa: E402
from fake_mail import FakeMail  # noqa: E402
from fake_talk import FakeTalk  # noqa: E402


@pytest.fixture
def alerta() -> Iterator[FakeAlerta]:
    fake = FakeAlerta()
    yield fake
    fake.stop()


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[FakeMail]:
    fake = FakeMail(tmp_path)
    yield fake
    fake.stop()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.kill()


@pytest.fixture
def talk() -> Iterator[FakeTalk]:
    fake = FakeTalk()
    yield fake
    fake.stop()
