# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail server is away, delays, refuses or says nothing: every mail arrives that can."""

from __future__ import annotations

import json
import math

import pytest
from eventually import eventually
from scenario import ask_alerta, asked, log_in, log_server, misbehaving, remarks


@pytest.mark.parametrize("how", ["close", "no_answer"])
def test_the_mail_server_in_trouble(how: str) -> None:
    before = len(asked("mail"))
    with misbehaving("mail", how):
        logins = log_in(f"mail: {how}", 20)
        assert eventually(lambda: len(asked("mail")) >= before + 2)
    logins.arrive()


def test_it_hangs_after_data() -> None:
    before = len(asked("mail"))
    with misbehaving("mail", "hang"):
        logins = log_in("mail: hangs after DATA", 10)
        assert eventually(lambda: len(asked("mail")) > before)
    logins.arrive()


def test_a_slow_one_gets_each_mail_once() -> None:
    """A server that looks for viruses may need longer than anything else."""
    before = len(asked("mail"))
    with misbehaving("mail", "slow"):
        logins = log_in("mail: slow after DATA", 10)
        assert eventually(lambda: len(asked("mail")) > before)
        logins.arrive()
    assert len(logins.mails) == len(set(logins.mails)) == 2


def test_greylisting_makes_no_herd() -> None:
    before = len(asked("mail"))
    with misbehaving("mail", "greylist"):
        logins = log_in("mail: greylisted", 200)
        assert eventually(lambda: len(asked("mail")) >= before + 10)
        tries = asked("mail")[before:]
    logins.arrive()
    seconds = tries[-1].at - tries[0].at
    # Each of the two recipients by itself, as for Alerta.
    most = 2 * (3 + 1 + math.log2(2 * seconds + 1))
    assert len(tries) <= most, f"{len(tries)} tries in {seconds:.1f} s"
    remarks.append(f"greylisting, 40 mails wait: {len(tries)} tries in {seconds:.0f} s")


def test_one_recipient_is_rejected() -> None:
    with misbehaving("mail", "reject"):
        logins = log_in("mail: one recipient is rejected", 20)
        logins.refused = {"gone@example.org"}
        logins.arrive()
    refused = log_server.check_output("send_alerts.py list --state refused --format json")
    alerts = [json.loads(line) for line in refused.splitlines() if logins.name in line]
    told = [each for alert in alerts for each in alert["deliveries"]]
    assert len(told) == 2
    assert {each["recipient"] for each in told} == {"gone@example.org"}
    assert all("550 5.1.1 no such user" in each["error"] for each in told)
    # Who may know of it is told.
    assert eventually(lambda: ask_alerta("channel:mail/gone@example.org@"))
    # After the cause is gone.
    log_server.check_output("send_alerts.py retry --all")
    logins.refused = set()
    logins.arrive()


def test_a_server_that_refuses_our_configuration_puts_nothing_aside() -> None:
    """Postfix says so at RCPT, to each mail, until somebody repairs it."""
    before = len(asked("mail"))
    with misbehaving("mail", "relay"):
        logins = log_in("mail: relaying denied", 20)
        assert eventually(lambda: len(asked("mail")) >= before + 4)
        refused = log_server.check_output("send_alerts.py list --state refused --format json")
        assert logins.name not in refused
    logins.arrive()
