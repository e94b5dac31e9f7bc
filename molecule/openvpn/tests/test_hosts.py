# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario ran on the hosts that it names. Molecule is content when no host matches."""

from __future__ import annotations

import pytest
import testinfra
from inventory import host_variables
from scenario import DIRECTORY, HOSTS, gateways

UNITS = {
    "alert-server": ["alerta", "exim4"],
    "log-server": ["rsyslog", "geowatch-sec", "geowatch-geoip", "geowatch-alerts"],
    **{key: ["rsyslog", "openvpn-server@vpn", "openvpn-server@passwords"] for key in gateways},
}


def test_the_inventory_names_these_hosts() -> None:
    assert set(host_variables(DIRECTORY / "inventory.yml")) == set(HOSTS)


@pytest.mark.parametrize(("name", "unit"), [(name, unit) for name in HOSTS for unit in UNITS[name]])
def test_each_host_does_its_part(name: str, unit: str) -> None:
    assert testinfra.get_host(f"podman://{name}").service(unit).is_running
