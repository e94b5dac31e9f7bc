# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario ran on the hosts that it names. Molecule is content when no host matches."""

from __future__ import annotations

import pytest
import testinfra
from inventory import host_variables
from scenario import ALERT_SERVER, DIRECTORY, HOSTS, LOG_SERVER, UNITS, log_in

RUNNING = {ALERT_SERVER: ["alerta", "exim4", "front"], LOG_SERVER: ["rsyslog", *UNITS]}


def test_the_inventory_names_these_hosts() -> None:
    assert set(host_variables(DIRECTORY / "inventory.yml")) == set(HOSTS)


@pytest.mark.parametrize(
    ("name", "unit"), [(name, unit) for name in HOSTS for unit in RUNNING[name]]
)
def test_each_host_does_its_part(name: str, unit: str) -> None:
    assert testinfra.get_host(f"podman://{name}").service(unit).is_running


def test_without_a_fault_everybody_arrives() -> None:
    logins = log_in("none", 30)
    logins.arrive()
    assert len(logins.logged) == 30
