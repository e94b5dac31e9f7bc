# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble of one channel rings through another, once, and is cleared when it is over."""

from __future__ import annotations

from pathlib import Path

import pytest
from alert_lines import alert
from geowatch.alerts.config import Config
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.outbox import REFUSED
from geowatch.alerts.trouble import ASIDE, DOWN, GREYLISTED, PATIENCE, SAY_AGAIN, Troubles

CONFIG = Config([Path("x")], Path("x"), "Production", "o", 1, 1, 1, [])
OPS, GONE = ("mail", "ops@example.org"), ("mail", "gone@example.org")
ALERTA = ("alerta", "")


class Clock:
    now = 1_800_000_000.0
    strftime = staticmethod(lambda *_: "02:10")
    localtime = staticmethod(lambda seconds: seconds)

    def time(self) -> float:
        return self.now

    monotonic = time


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.outbox = Ledger(path, create=True)
        self.troubles = Troubles(CONFIG)

    def said(self, seconds: float = 20) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Let time pass, store what is said meanwhile, and return it with who may take it."""
        self.clock.now += seconds
        said = self.troubles.look(self.outbox)
        for each in said:
            self.outbox.add(each.alert, [])
        may = [[way for way in (ALERTA, OPS, GONE) if each.may_take(*way)] for each in said]
        alerts = [each.alert for each in said]
        return [(a["event"], a["severity"], ways) for a, ways in zip(alerts, may, strict=True)]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path / "outbox.sqlite")
    monkeypatch.setattr("geowatch.alerts.trouble.time", bench.clock)
    return bench


def test_a_channel_that_is_down_rings_through_the_others_and_is_cleared(bench: Bench) -> None:
    bench.troubles.failed(*ALERTA, "HTTP 404")
    assert bench.said() == []
    bench.troubles.failed(*ALERTA, "HTTP 404")
    assert bench.said(PATIENCE) == [(DOWN, "critical", [OPS, GONE])]
    assert bench.said(86400) == []
    bench.troubles.worked(*ALERTA)
    assert bench.said() == [(DOWN, "cleared", [OPS, GONE])]
    assert bench.said() == []


def test_a_recipient_that_nothing_reaches_rings_at_another(bench: Bench) -> None:
    bench.troubles.failed(*GONE, "SMTP 554 5.7.1 Relay access denied")
    bench.troubles.worked(*OPS)
    assert bench.said(PATIENCE) == []
    assert bench.said(GREYLISTED) == [(DOWN, "critical", [ALERTA, OPS])]
    bench.troubles.worked(*OPS)
    assert bench.said() == []
    bench.troubles.worked(*GONE)
    assert bench.said() == [(DOWN, "cleared", [ALERTA, OPS])]


def test_trouble_with_deliveries_in_between_is_none(bench: Bench) -> None:
    for _time in range(5):
        bench.troubles.failed(*ALERTA, "HTTP 503")
        assert bench.said(PATIENCE / 2) == []
        bench.troubles.worked(*ALERTA)


def test_what_was_said_before_a_restart_is_cleared_after_it(bench: Bench) -> None:
    bench.troubles.failed("mail", "", "Connection refused")
    assert bench.said(PATIENCE) == [(DOWN, "critical", [ALERTA])]
    bench.troubles = Troubles(CONFIG)
    bench.troubles.remember(bench.outbox)
    assert bench.said() == []
    bench.troubles.worked(*OPS)
    assert bench.said() == [(DOWN, "cleared", [ALERTA])]
    bench.troubles = Troubles(CONFIG)
    bench.troubles.remember(bench.outbox)
    bench.troubles.worked(*OPS)
    assert bench.said() == []


def test_what_is_put_aside_rings_at_another_and_is_counted(bench: Bench) -> None:
    bench.outbox.add(alert(1), [GONE])
    delivery = bench.outbox.next("mail")
    assert delivery is not None
    bench.outbox.end(delivery, REFUSED, "SMTP 550 5.1.1")
    bench.troubles.put_aside(*GONE, "OpenVPNUnexpectedCountry", "SMTP 550 5.1.1")
    assert bench.said() == [(ASIDE, "major", [ALERTA, OPS])]
    for _time in range(3):
        bench.troubles.put_aside(*GONE, "OpenVPNUnexpectedCountry", "SMTP 550 5.1.1")
    assert bench.said() == []
    assert bench.said(SAY_AGAIN) == [(ASIDE, "major", [ALERTA, OPS])]
    assert "gone@example.org: 3. It says: SMTP 550" in list(bench.outbox.alerts())[-1]["text"]
    bench.outbox.drop(None, "she left")
    assert bench.said() == [(ASIDE, "cleared", [ALERTA, OPS])]


def test_an_alert_about_that_which_is_put_aside_itself_is_not_said(bench: Bench) -> None:
    bench.troubles.put_aside(*ALERTA, ASIDE, "HTTP 422")
    assert bench.said() == []
