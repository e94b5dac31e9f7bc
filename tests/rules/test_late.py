# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts that come late: the rules of a log server, live."""

from __future__ import annotations

from typing import Any

import pytest
from live import Live, Start, ago
from test_located import located


def login(user: str, seconds: float) -> str:
    """Return a log line that old."""
    client = f"{user}/198.51.100.10:{1000 + ord(user[0])}"
    return f"{ago(seconds)} vpn1 openvpn[1]: MULTI: Learn: 10.8.0.2 -> {client}"


def answer(live: Live, number: int) -> None:
    """Answer the last of so many connections, as geoip_info.py does."""
    identifier, ip, *rest = live.lines("connections", number)[-1]
    found = ["FI", "found", "Finland", *[""] * 4]
    live.write("located", "\t".join([identifier, ip, *found, *rest]))


def attributes(alert: list[str]) -> dict[str, str]:
    return dict(field.split("=", 1) for field in alert[10:])


def test_verdicts_say_how_late_they_are_and_where_they_waited(live: Start) -> None:
    now = live()
    now.write("vpn1/openvpn.log", login("anna", 0))
    answer(now, 1)
    now.write("vpn1/openvpn.log", login("emma", 3700))
    answer(now, 2)
    # Their answers come late.
    for user, seconds in (("clara", 290), ("dora", 310)):
        line = located("FI", "found", identifier=user[0].encode().hex() * 16)
        fields = line.replace("\tanna\t", f"\t{user}\t").split("\t")
        fields[10] = ago(seconds)
        now.write("located", "\t".join(fields))
    alerts = now.lines("alerts", 4)
    texts = {attributes(each)["user"]: each[9] for each in alerts}
    waited = {attributes(each)["user"]: attributes(each).get("waited_at") for each in alerts}
    assert waited == {"anna": None, "emma": "log", "clara": None, "dora": "lookup"}
    assert texts["anna"].endswith('user "anna"')
    assert texts["emma"].endswith('user "emma", judged 1 h 1 min late')
    assert texts["clara"].endswith('user "clara"')
    assert ", judged 5 min " in texts["dora"]


def test_a_backlog_becomes_one_alert(alerts: Any) -> None:
    line = (
        "backlog\tall\t\t0\t0\t412\t7\t3780\tcorrelator, log of vpn1\tOpenVPNNewCountry anna@vpn1"
    )

    (alert,) = alerts(line, context="FORGOTTEN")
    assert (alert["event"], alert["severity"], alert["mail"]) == ("GeowatchBacklog", "major", True)
    assert alert["text"] == (
        "412 logins were judged late, by up to 1 h 3 min. They waited at: correlator, log of vpn1. "
        "7 of their alerts had no e-mail, such as OpenVPNNewCountry anna@vpn1"
    )
    assert "alerts list" in alert["attributes"]["advice"]


@pytest.mark.parametrize(("said", "count", "number"), [(0, 4, 0), (0, 5, 1), (1, 0, 0), (1, 1, 1)])
def test_a_few_are_no_backlog(alerts: Any, said: int, count: int, number: int) -> None:
    line = f"backlog\tall\t\t0\t{said}\t{count}\t0\t400\tlookup\t"
    assert len(alerts(line, context="FORGOTTEN")) == number
