# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each room has its user, its unit and its directories, and no more rights than it needs."""

from __future__ import annotations

import pytest
from scenario import EVERY_HOST
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

ROOMS = ["sec", "geoip", "alerts", "watch"]
MODE = dict.fromkeys(ROOMS, 0o750) | {"alerts": 0o2750, "watch": 0o2750}


@pytest.mark.parametrize("room", ROOMS)
def test_the_unit_runs_and_is_enabled(host: Host, room: str) -> None:
    unit = host.service(f"geowatch-{room}")
    assert unit.is_running
    assert unit.is_enabled


@pytest.mark.parametrize("room", ROOMS)
def test_the_process_belongs_to_the_user_of_the_room(host: Host, room: str) -> None:
    unit = f"geowatch-{room}"
    pid = host.check_output(f"systemctl show --property MainPID --value {unit}")
    user = host.check_output(f"stat --format %U /proc/{pid}")
    assert user == unit


@pytest.mark.parametrize("room", ROOMS)
def test_the_user_cannot_log_in(host: Host, room: str) -> None:
    user = host.user(f"geowatch-{room}")
    assert user.shell == "/usr/sbin/nologin"
    assert user.password == "!" or user.password.startswith("!")


@pytest.mark.parametrize("room", ROOMS)
def test_only_the_room_writes_its_state(host: Host, room: str) -> None:
    state = host.file(f"/var/lib/geowatch/{room}")
    assert (state.user, state.group, state.mode) == (f"geowatch-{room}", "geowatch", MODE[room])


def test_no_unit_failed(host: Host) -> None:
    assert host.check_output("systemctl list-units --failed --plain --no-legend") == ""


def test_people_have_one_command(host: Host) -> None:
    assert host.check_output("geowatch lookup 198.51.100.7") == "198.51.100.7: FI Finland"
    assert host.check_output("geowatch database status").startswith("country: GeoLite2-Country of ")
    assert host.run("geowatch alerts list").rc == 0
    wrong = host.run("geowatch alert")
    assert wrong.rc == 2
    assert wrong.stderr.startswith("geowatch: no command 'alert'. There are: alerts, canary, ")
