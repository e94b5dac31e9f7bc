# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in a log file that imitate our own queue files or SEC's internal events do nothing.

One that looks like a login is shown.
"""

from __future__ import annotations

import pytest
from eventually import eventually
from scenario import BRAZIL, alerts_now, alerts_of, log_in, log_server, new_name

LOG_FILE = "/var/log/remote/vpn-gateway/openvpn.log"
QUEUE_FILES = [
    f"/var/lib/geowatch/{name}" for name in ("sec/connections", "geoip/located", "sec/alerts")
]

SHOWN = "OpenVPNLineNotUnderstood"
"""An alert that shows a line to a person, once a day for each server."""

TIME, ID = "2026-11-23T10:00:00.000Z", "0" * 32
LOGIN = f"OpenVPN\t{TIME}\tvpn-gateway\tmallory\t{BRAZIL}:1\testablished\traw"
FORGED = {
    "connections": f"{ID}\t{BRAZIL}\t{LOGIN}",
    "located": f"{ID}\t{BRAZIL}\tFI\tfound\tFinland\tGeoLite2-Country\t2026-11-23\t\t\t{LOGIN}",
    "alerts": f"{ID}\t{TIME}\tOpenVPNExpectedCountry\tinformational\tno_mail"
    "\tmallory@vpn-gateway FI informational\tlogins\tOpenVPN\tFI\tall is well\tuser=mallory"
    "\traw=raw",
    "message": f"{TIME}\tvpn-gateway\t{BRAZIL}:1 [mallory] Peer Connection Initiated with "
    f"[AF_INET]{BRAZIL}:1\traw",
    "event": "OPENVPN_MESSAGE",
    "startup": "SEC_STARTUP",
    "restart": "SEC_RESTART",
    "shutdown": "SEC_SHUTDOWN",
    "context": "SEC_INTERNAL_EVENT",
}


def lengths() -> list[int]:
    """Return the number of lines in each queue file, but for notes and for what is shown."""
    script = f"grep --invert-match --count --perl-regexp '\\t(note|{SHOWN})\\t' %s"
    return [int(log_server.check_output(script, path)) for path in QUEUE_FILES]


@pytest.fixture(scope="module", autouse=True)
def queue_files() -> None:
    log_in_and_wait()  # they are there from now on


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_line_does_nothing(kind: str) -> None:
    before = lengths()
    log_server.check_output("echo %s >>%s", FORGED[kind], LOG_FILE)
    log_in_and_wait()  # read after the forged line
    assert eventually(lambda: [length + 1 for length in before] == lengths())


def test_what_imitates_a_message_is_shown_to_a_person() -> None:
    (alert,) = [each for each in alerts_now("vpn-gateway", "server") if each["event"] == SHOWN]
    assert (alert["severity"], alert["rawData"]) == ("warning", FORGED["message"])


def log_in_and_wait() -> None:
    """Log in, and wait for the alert."""
    user = new_name("bruno-{}")
    log_in(user, BRAZIL)
    assert len(alerts_of(user)) == 1
