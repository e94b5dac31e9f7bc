# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerta is away, or answers nonsense or nothing: everything arrives later, without a herd."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from functools import partial

import pytest
from eventually import eventually
from scenario import (
    Logins,
    alert_server,
    asked,
    in_journal,
    log_in,
    log_server,
    logging_in,
    mailed,
    misbehaving,
    moment,
    remarks,
)


@pytest.mark.parametrize(
    "how", ["500", "503", "401", "404", "page", "proxy", "garbage", "hang", "drip", "no_answer"]
)
def test_alerta_in_trouble(how: str) -> None:
    before = len(asked("alerta"))
    with misbehaving("alerta", how):
        logins = log_in(f"Alerta: {how}", 20)
        assert eventually(lambda: len(asked("alerta")) >= before + 2)
    logins.arrive()


def test_its_database_is_down() -> None:
    since = moment()
    alert_server.check_output("systemctl stop postgresql@15-main")
    try:
        logins = log_in("Alerta: database down", 20)
        assert eventually(lambda: in_journal("geowatch-alerts", "^alerta: .* waits: ", since))
    finally:
        alert_server.check_output("systemctl start postgresql@15-main")
    logins.arrive()


@pytest.mark.parametrize("server", ["127.0.0.1", "198.18.0.53"], ids=["refuses", "is silent"])
def test_dns_is_gone(server: str) -> None:
    since = moment()
    # The file is a mount, so it cannot be replaced.
    log_server.check_output(
        "cp /etc/resolv.conf /root/ && echo nameserver %s >/etc/resolv.conf", server
    )
    try:
        logins = log_in("DNS gone", 20)
        for channel in ("alerta", "mail .*"):
            told = f"^{channel}: .* waits: .*(name resolution|Name or service not known)"
            assert eventually(partial(in_journal, "geowatch-alerts", told, since))
    finally:
        log_server.check_output("cat /root/resolv.conf >/etc/resolv.conf")
    logins.arrive()


def test_nobody_listens() -> None:
    since = moment()
    alert_server.check_output("systemctl stop front")
    try:
        logins = log_in("nobody listens", 20)
        for channel in ("alerta", "mail .*"):
            told = f"^{channel}: .* waits: .*Connection refused"
            assert eventually(partial(in_journal, "geowatch-alerts", told, since))
    finally:
        alert_server.check_output("systemctl start front")
    logins.arrive()


def test_an_outage_makes_no_herd_and_keeps_the_order() -> None:
    before = len(asked("alerta"))
    with misbehaving("alerta", "503"):
        # First, because those that are tried and fail are the ones that others may overtake.
        logins = log_in("Alerta: in their order", 20, "--twice", seconds=1)
        many = log_in("Alerta: an hour of alerts", 240)
        # It was asked for a while, and everything waits.
        assert eventually(lambda: len(asked("alerta")) >= before + 7)
        assert eventually(lambda: (waiting(many), waiting(logins)) == (240, 40))
        outage = asked("alerta")[before:]
    many.arrive()
    logins.arrive()
    recovery = asked("alerta")[before + len(outage) :]

    seconds = outage[-1].at - outage[0].at
    # At first each of three alerts may fail. Then there are probes, with waits of at least half a
    # second, one, two, four...
    most = 3 + 1 + math.log2(2 * seconds + 1)
    assert len(outage) <= most, f"{len(outage)} requests in {seconds:.1f} s"
    assert {each.at_once for each in outage + recovery} == {1}
    took = recovery[-1].at - recovery[0].at
    remarks.append(
        f"Alerta answers 503: {len(outage)} requests in {seconds:.0f} s; after it came back"
        f" {len(recovery)} in {took:.1f} s, one at a time"
    )
    # What is louder goes first, but what is about one resource stays in its order.
    taken = defaultdict(list)
    for line in alert_server.check_output("cat /run/front/taken.tsv").splitlines():
        resource, at = line.split("\t")
        if resource.startswith(f"{logins.name}-"):
            taken[resource].append(at)
    assert len(taken) == 20
    for resource, times in taken.items():
        assert len(set(times)) == 2
        assert times == sorted(times), resource


def waiting(logins: Logins) -> int:
    """Return how many of their alerts wait for Alerta."""
    logins.look()
    return sum(
        ["", "waiting"] in alert["states"] for alerts in logins.alerts.values() for alert in alerts
    )


def test_a_poisoned_alert_is_put_aside_and_shown() -> None:
    poisoned = log_in("poison", 1, name="poison")
    poisoned.refused = {""}

    def refused() -> list[str]:
        listing = log_server.check_output("send_alerts.py list --state refused --format json")
        alerts = map(json.loads, listing.splitlines())
        return [a["deliveries"][0]["error"] for a in alerts if poisoned.name in a["resource"]]

    # It is put aside when it failed five times while others got through: after about half a minute.
    with logging_in("after the poison", 1200, seconds=600) as others:
        errors = eventually(refused)
        log_server.check_output(f"pkill -f 'log_in[.]py {others.name}'")
    assert errors == ["HTTP 500 poison"]
    assert poisoned.name in log_server.check_output("send_alerts.py list --state refused")
    # It is said where it may be read: who gets mail.
    assert eventually(lambda: "Put aside for alerta" in mailed("GeowatchAlertPutAside"))
    poisoned.arrive()
    others.arrive()
