# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario ran on the hosts that it names. Molecule is content when no host matches."""

from __future__ import annotations

from pathlib import Path

import pytest
import testinfra
from inventory import host_variables
from scenario import HOSTS


def test_the_inventory_names_these_hosts() -> None:
    assert set(host_variables(Path(__file__).parents[1] / "inventory.yml")) == set(HOSTS)


@pytest.mark.parametrize(("name", "release"), zip(HOSTS, ("12", "13"), strict=True))
def test_the_host_runs_the_debian_that_it_is_named_after(name: str, release: str) -> None:
    assert testinfra.get_host(f"podman://{name}").system_info.release.partition(".")[0] == release
