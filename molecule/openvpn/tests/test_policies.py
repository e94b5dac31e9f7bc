# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies: who is expected where, until when, and who else gets the e-mails."""

from __future__ import annotations

from eventually import eventually
from scenario import BRAZIL, FINLAND, alerts_of, log_in, mails_now, new_name, text_of


def test_a_travel_pass_makes_a_country_expected() -> None:
    user = new_name("travels-{}")
    log_in(user, BRAZIL)
    (alert,) = alerts_of(user)
    assert alert["event"] == "OpenVPNExpectedCountry"
    facts = {name: alert["attributes"][name] for name in ("policy", "expected")}
    assert facts == {"policy": "In Brazil until the end of the century", "expected": "BR"}
    assert mails_now(user) == []


def test_the_user_gets_the_e_mail_too() -> None:
    user = new_name("travels-{}")
    log_in(user, FINLAND)
    mails = eventually(lambda: [each for each in [mails_now(user)] if len(each) == 2])[0]
    assert {mail["To"] for mail in mails} == {"security@example.org", "travels@example.org"}
    for mail in mails:
        assert "In Brazil until the end of the century" in text_of(mail)


def test_a_pass_that_ended_is_none() -> None:
    user = new_name("travelled-{}")
    log_in(user, BRAZIL)
    (alert,) = alerts_of(user)
    assert (alert["event"], alert["attributes"]["policy"]) == (
        "OpenVPNUnexpectedCountry",
        "default",
    )
