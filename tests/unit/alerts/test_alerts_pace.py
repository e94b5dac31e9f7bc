# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A flood, or a country forgotten, becomes a few mails and then summaries that count and name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from alert_lines import alert
from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.delivery import Postman
from geowatch.alerts.flood import LOOK_AGAIN, Floods
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.letter import subject, text
from geowatch.alerts.pace import COLLECT, ONE_KIND, summary
from geowatch.alerts.settings import AlertaConfig, EmailConfig
from geowatch.alerts.trouble import Troubles

OPS, BOSS = "ops@example.org", "boss@example.org"
CONFIG = Config([Path("x")], Path("x"), "Production", "o", 1, 1, 1, [])
MAIL = ChannelConfig(
    "mail", EmailConfig([OPS], "geowatch@example.org", "127.0.0.1", 25, "none", "", "", "")
)


class Clock:
    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


class Mailbox:
    """A channel that takes all, unless it is told to be away."""

    secrets: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.mails: list[tuple[Alert, str]] = []
        self.away = False

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        if self.away:
            return Answer(Result.DOWN, "away")
        self.mails.append((alert, recipient))
        return Answer(Result.DELIVERED)

    def close(self) -> None:
        pass


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.mailbox = Mailbox()
        self.outbox = Ledger(path, create=True)
        self.postman = Postman(MAIL, self.mailbox, self.outbox, Troubles(CONFIG), 30)
        self._number = 0

    def add(self, count: int, event: str = "OpenVPNUnexpectedCountry", value: str = "FI") -> None:
        for _time in range(count):
            self._number += 1
            each = alert(self._number, resource=b"user%d@vpn1" % self._number)
            each["event"], each["value"] = event, value
            self.outbox.add(each, [("mail", OPS)])

    def work(self, seconds: float = 0) -> list[Alert]:
        """Let that much time pass, and return what was mailed in it."""
        self.mailbox.mails.clear()
        end = self.clock.now + seconds
        while True:
            while self.postman.deliver_next():
                pass
            if self.clock.now >= end:
                return [each for each, _recipient in self.mailbox.mails]
            self.clock.now += 5

    def waiting(self) -> int:
        return len(list(self.outbox.alerts("waiting")))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path / "outbox.sqlite")
    for name in ("outbox", "delivery", "pace"):
        monkeypatch.setattr(f"geowatch.alerts.{name}.time", bench.clock)
    return bench


def test_a_country_forgotten_is_three_mails_and_a_summary(bench: Bench) -> None:
    bench.add(12)
    assert len(bench.work()) == 3
    (mail,) = bench.work(COLLECT + 5)
    assert mail["text"].startswith("9 alerts at once. 9 times: ")
    assert mail["attributes"]["who"].startswith("user4@vpn1, user5@vpn1, ")
    assert "and 9" not in mail["attributes"]["who"]
    assert mail["severity"] == "critical"
    assert bench.waiting() == 0


def test_an_intruder_among_false_alarms_is_a_mail_of_its_own(bench: Bench) -> None:
    bench.add(12)
    bench.work()
    bench.add(1, value="BR")
    assert [mail["value"] for mail in bench.work()] == ["BR"]


def test_a_flood_of_all_kinds_ends_in_one_summary_an_hour(bench: Bench) -> None:
    for kind in range(200):
        bench.add(10, value=f"C{kind}")
    mails = bench.work(3500)
    assert len(mails) == 31
    assert bench.waiting() == 0
    bench.add(500)
    assert bench.work(30) == []  # the hour is full, and so is its summary
    assert 0 < len(bench.work(3600)) <= 31
    assert bench.waiting() == 0


def test_each_recipient_has_an_hour_of_its_own(bench: Bench) -> None:
    for kind in range(40):
        bench.add(1, value=f"C{kind}")
    bench.work()
    bench.outbox.add(alert(1000), [("mail", BOSS)])
    bench.work()
    assert [recipient for _alert, recipient in bench.mailbox.mails] == [BOSS]


def test_days_later_the_same_is_a_mail_again(bench: Bench) -> None:
    bench.add(3)
    bench.work()
    bench.clock.now += 86400
    bench.add(1)
    assert len(bench.work()) == 1


def test_after_an_outage_the_flood_is_no_flood(bench: Bench) -> None:
    bench.mailbox.away = True
    bench.add(300)
    bench.work(7200)
    bench.mailbox.away = False
    assert len(bench.work(600)) <= 5
    assert bench.waiting() == 0


def test_a_summary_has_the_same_id_when_it_is_sent_again() -> None:
    alerts = [alert(number) for number in range(3)]
    assert summary(alerts)["id"] == summary([*alerts, alert(4)])["id"] != alerts[0]["id"]


def test_a_summary_of_one_is_that_one() -> None:
    assert summary([alert(1)]) == alert(1)


def test_a_summary_is_as_loud_as_the_loudest_and_reads_well() -> None:
    alerts = [alert(1, severity=b"warning"), alert(2, severity=b"critical"), alert(3)]
    alerts[0]["resource"] = "\u202eeve@vpn1"
    mail = summary(alerts)
    assert subject(mail) == "[critical] 3 alerts at once. 3 times: bob logged in from Germany"
    assert "\\u202eeve@vpn1" in text(mail)
    assert "bob@vpn1 (2)" in text(mail)


def test_in_alerta_many_that_are_alike_get_one_that_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, outbox = Clock(), Ledger(tmp_path / "outbox.sqlite", create=True)
    for name in ("outbox", "flood"):
        monkeypatch.setattr(f"geowatch.alerts.{name}.time", clock)
    alerta = ChannelConfig("alerta", AlertaConfig("http://127.0.0.1", "", ""))
    floods = Floods(dataclasses.replace(CONFIG, channels=[alerta]))
    said = []
    for number in range(6):
        outbox.add(alert(number, resource=b"user%d@vpn1" % number), [("alerta", "")])
        outbox.add(alert(100 + number, mail=b"no_mail"), [("alerta", "")])
        clock.now += LOOK_AGAIN / 2
        said += floods.look(outbox)
    counted = [each["text"].partition(".")[0] for each in said]
    assert counted == ["4 alerts at once", "6 alerts at once"]
    assert "user0@vpn1, user1@vpn1" in said[0]["attributes"]["who"]
    assert "--event OpenVPNUnexpectedCountry --country DE" in said[0]["attributes"]["advice"]
    assert len({(each["resource"], each["event"]) for each in said}) == 1
    clock.now += ONE_KIND
    (cleared,) = floods.look(outbox)
    assert (cleared["resource"], cleared["severity"]) == (said[0]["resource"], "cleared")
    assert floods.look(outbox) == []
