# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is data: whatever is in a certificate, it is the name in the alert and nothing else."""

from __future__ import annotations

import pytest
from scenario import BRAZIL, alert_server, alerts_of, log_in, log_server, new_name, vpn_gateway

NAMES = [
    "{}`touch /tmp/pwned`",
    "{}$(touch /tmp/pwned)",
    "{}'; touch /tmp/pwned; '",
    '{}"; touch /tmp/pwned; "',
    "{}|touch /tmp/pwned|",
    "{}bob:8.8.8.8:FI",
    "x{}] Peer Connection Initiated with [AF_INET]8.8.8.8:1",
    "[{}] Peer Connection Initiated with [AF_INET]198.51.100.10:1",
    "$1 $+{ip} %text %{.nl} %s%n {}",
    "{{ lookup('pipe', 'touch /tmp/pwned') }} {}",
    "../../../tmp/pwned {}",
    "<b>{}</b> & Zoë",
    "\u202e{} right to left",
    " {} in spaces ",
]


@pytest.mark.parametrize("pattern", NAMES)
def test_the_alert_names_the_user_and_the_address(pattern: str) -> None:
    user = new_name(pattern)
    log_in(user, BRAZIL)
    (alert,) = alerts_of(user)
    assert (alert["event"], alert["value"]) == ("OpenVPNUnexpectedCountry", "BR")
    assert f": {BRAZIL} on vpn-gateway" in alert["text"]


def test_nothing_was_executed() -> None:
    for host in (vpn_gateway, log_server, alert_server):
        assert not host.file("/tmp/pwned").exists
