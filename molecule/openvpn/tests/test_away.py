# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever is away when a login happens: its alert comes afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eventually import eventually
from scenario import (
    BRAZIL,
    alert_server,
    alerts_now,
    alerts_of,
    log_in,
    log_server,
    mails_of,
    new_name,
)
from testinfra.host import Host

CONNECTED = "Peer Connection Initiated"


@contextmanager
def away(host: Host, unit: str) -> Iterator[None]:
    """Stop the unit for the time of the block."""
    host.check_output("systemctl stop %s", unit)
    try:
        yield
    finally:
        host.check_output("systemctl start %s", unit)


def wait_for_log_line(user: str) -> None:
    """Wait until the log server has logged the connection."""
    command = f"grep --quiet --fixed-strings '[{user}] {CONNECTED}' /var/log/remote/*/openvpn.log"
    assert eventually(lambda: log_server.run(command).succeeded)


@pytest.mark.parametrize("unit", ["geowatch-sec", "geowatch-geoip", "geowatch-alerts"])
def test_a_room_that_was_stopped_goes_on_where_it_was(unit: str) -> None:
    user = new_name("bruno-{}")
    with away(log_server, unit):
        log_in(user, BRAZIL)
        wait_for_log_line(user)
        assert alerts_now(user) == []
    assert len(alerts_of(user)) == 1


@pytest.mark.parametrize("unit", ["geowatch-sec", "geowatch-geoip", "geowatch-alerts"])
def test_a_room_that_was_killed_comes_back(unit: str) -> None:
    before, after = new_name("bruno-{}"), new_name("bruno-{}")
    log_in(before, BRAZIL)
    log_server.check_output("systemctl kill --signal=KILL %s", unit)
    log_in(after, BRAZIL)
    assert len(alerts_of(before)) == 1
    assert len(alerts_of(after)) == 1


def test_alerta_is_away() -> None:
    user = new_name("bruno-{}")
    with away(alert_server, "alerta"):
        log_in(user, BRAZIL)
        assert len(mails_of(user)) == 1  # the other channel does not wait for it
    assert len(alerts_of(user)) == 1


def test_the_mail_server_is_away() -> None:
    user = new_name("bruno-{}")
    with away(alert_server, "exim4"):
        log_in(user, BRAZIL)
        assert len(alerts_of(user)) == 1
    assert len(mails_of(user)) == 1
