# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is tried when: patience with a channel that is down, none with an alert that is bad."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alert_lines import alert
from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.delivery import FAILED_ALONE, MOST_UNSURE, Postman, wait_after
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.outbox import DELIVERED, REFUSED, WAITING
from geowatch.alerts.settings import AlertaConfig
from geowatch.alerts.trouble import Troubles
from geowatch.alerts.wanted import Wanted
from geowatch.alerts.wording import worded

DOWN, FAILED = Answer(Result.DOWN, "refused"), Answer(Result.FAILED, "HTTP 500")
OK = Answer(Result.DELIVERED)
CONFIG = Config([Path("x")], Path("x"), "Production", "o", 1, 1, 1, [])
ALERTA = ChannelConfig("alerta", AlertaConfig("http://127.0.0.1", "", ""))


class Clock:
    """Both clocks; nothing here waits."""

    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time


class Script:
    """A channel that answers as it is told."""

    secrets: tuple[str, ...] = ("s3cret",)

    def __init__(self) -> None:
        self.answer: Callable[[Alert], Answer] = lambda _: OK
        self.tries: list[str] = []
        self.known_as: list[str] = []

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        self.tries.append(alert["resource"])
        self.known_as.append(known_as)
        return self.answer(alert)

    def close(self) -> None:
        pass


class Bench:
    """An outbox, a postman, a channel and the time."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.channel = Script()
        self.outbox = Ledger(path, create=True)
        self.postman = Postman(ALERTA, self.channel, self.outbox, Troubles(CONFIG))
        self._number = 0

    def add(self, *resources: str, recipient: str = "", severity: bytes = b"critical") -> None:
        for resource in resources:
            self._number += 1
            due = [("alerta", recipient)]
            self.outbox.add(alert(self._number, resource=resource.encode(), severity=severity), due)

    def work(self, seconds: float = 0) -> list[str]:
        """Let that much time pass, and return the resources that were tried in it."""
        self.channel.tries.clear()
        end = self.clock.now + seconds
        while True:
            while self.postman.deliver_next():
                pass
            if self.clock.now >= end:
                return self.channel.tries
            self.clock.now += 0.5

    def states(self) -> list[str]:
        return [each["state"] for item in self.outbox.alerts() for each in item["deliveries"]]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path / "outbox.sqlite")
    monkeypatch.setattr("geowatch.alerts.outbox.time", bench.clock)
    monkeypatch.setattr("geowatch.alerts.delivery.time", bench.clock)
    return bench


def test_what_waits_is_delivered_in_order(bench: Bench) -> None:
    bench.add("a", "b", "a")
    assert bench.work() == ["a", "b", "a"]
    assert bench.states() == [DELIVERED] * 3


def test_waiting_doubles_up_to_five_minutes_with_jitter() -> None:
    for tries, longest in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (1000, 300)]:
        waits = {wait_after(tries) for _try in range(100)}
        assert longest / 2 <= min(waits) <= max(waits) <= longest
        assert len(waits) > 50


def test_a_channel_that_is_down_gets_one_probe_and_no_herd(bench: Bench) -> None:
    bench.add(*(f"r{number}" for number in range(1000)))
    bench.channel.answer = lambda _: DOWN
    assert len(bench.work()) == 1
    assert len(bench.work(3600)) < 60
    assert bench.states() == [WAITING] * 1000
    bench.channel.answer = lambda _: OK
    assert len(bench.work(600)) == 1000
    assert bench.states() == [DELIVERED] * 1000


def test_order_per_resource_survives_an_outage(bench: Bench) -> None:
    seen = []

    def flaky(alert: Alert) -> Answer:
        if len(bench.channel.tries) % 3:
            return FAILED if len(bench.channel.tries) % 2 else DOWN
        seen.append(int(alert["id"], 16))
        return OK

    bench.channel.answer = flaky
    bench.add(*"abcab" * 10)
    bench.work(20000)
    assert bench.states() == [DELIVERED] * 50
    for resource in range(3):
        mine = [number for number in seen if "abcab"[(number - 1) % 5] == "abc"[resource]]
        assert mine == sorted(mine)
        assert len(mine) == (20, 20, 10)[resource]


def test_a_poisoned_alert_is_put_aside_and_its_resource_goes_on(bench: Bench) -> None:
    bench.channel.answer = lambda alert: FAILED if int(alert["id"], 16) == 1 else OK
    bench.add("poison", "poison")
    for number in range(2 * FAILED_ALONE):
        bench.add(f"r{number}")
        bench.work(300)
    assert bench.states() == [REFUSED] + [DELIVERED] * (2 * FAILED_ALONE + 1)


def test_nothing_is_put_aside_while_nothing_gets_through(bench: Bench) -> None:
    bench.add("a", "a", "b", "c", "d")
    bench.channel.answer = lambda _: FAILED
    bench.work(48 * 3600)
    assert bench.states() == [WAITING] * 5
    bench.channel.answer = lambda _: OK
    bench.work(600)
    assert bench.states() == [DELIVERED] * 5


def test_a_single_alert_that_fails_for_long_is_not_put_aside_by_later_luck(bench: Bench) -> None:
    bench.add("a")
    bench.channel.answer = lambda _: FAILED
    bench.work(3600)
    bench.channel.answer = lambda alert: OK if alert["resource"] == "b" else FAILED
    bench.add("b")
    bench.work(600)
    assert bench.states() == [WAITING, DELIVERED]


def test_when_every_alert_fails_there_is_no_herd(bench: Bench) -> None:
    bench.add(*(f"r{number}" for number in range(1000)))
    bench.channel.answer = lambda _: FAILED
    assert len(bench.work(3600)) < 60


def test_a_few_that_fail_do_not_hold_up_a_new_one(bench: Bench) -> None:
    bench.channel.answer = lambda alert: FAILED if alert["resource"] < "n" else OK
    bench.add("a", "b")
    bench.work(3600)
    bench.add("z")
    assert bench.work(1) == ["z"]


def test_a_channel_that_looks_down_probes_what_was_tried_least(bench: Bench) -> None:
    bench.channel.answer = lambda alert: FAILED if alert["resource"] < "n" else OK
    bench.add("a", "b", "c", "d")
    bench.work(3600)
    bench.add("z")
    assert "z" in bench.work(300)
    assert bench.states()[-1] == DELIVERED


def test_failures_with_successes_in_between_do_not_look_like_down(bench: Bench) -> None:
    bench.channel.answer = lambda alert: FAILED if alert["resource"] < "n" else OK
    for failing, good in [("a", "v"), ("b", "w"), ("c", "x"), ("d", "y")]:
        bench.add(failing, good)
        assert good in bench.work()


def test_an_outage_starts_with_short_waits_however_long_the_last_one_was(bench: Bench) -> None:
    bench.channel.answer = lambda _: DOWN
    bench.add("a")
    bench.work(3600)
    bench.channel.answer = lambda _: OK
    bench.work(300)
    bench.channel.answer = lambda _: DOWN
    bench.add("b")
    bench.work()
    bench.channel.answer = lambda _: OK
    bench.work(2)
    assert bench.states() == [DELIVERED] * 2


def test_later_means_this_alert_and_not_the_channel(bench: Bench) -> None:
    later = Answer(Result.LATER, "SMTP 451")
    bench.channel.answer = lambda alert: later if alert["resource"] == "grey" else OK
    bench.add("grey", "a", "b")
    assert bench.work() == ["grey", "a", "b"]
    bench.work(24 * 3600)
    assert bench.states() == [WAITING, DELIVERED, DELIVERED]
    bench.channel.answer = lambda _: OK
    bench.work(300)
    assert bench.states() == [DELIVERED] * 3


def test_a_refused_alert_is_not_tried_again(bench: Bench) -> None:
    bench.channel.answer = lambda _: Answer(Result.REFUSED, "HTTP 422")
    bench.add("a")
    assert Counter(bench.work(3600)) == {"a": 1}
    (item,) = bench.outbox.alerts(REFUSED)
    assert item["deliveries"][0]["error"] == "HTTP 422"


def test_our_own_mistake_about_one_alert_does_not_stop_the_others(bench: Bench) -> None:
    def mistaken(alert: Alert) -> Answer:
        if alert["resource"] == "a":
            raise KeyError("oops")
        return OK

    bench.channel.answer = mistaken
    bench.add("a", "b")
    assert bench.work() == ["a", "b"]
    assert bench.states() == [WAITING, DELIVERED]


def test_a_try_is_stored_before_it_is_made(bench: Bench) -> None:
    def crash(alert: Alert) -> Answer:
        raise KeyboardInterrupt

    bench.channel.answer = crash
    bench.add("a")
    with pytest.raises(KeyboardInterrupt):
        bench.work()
    (item,) = bench.outbox.alerts(WAITING)
    assert item["deliveries"][0]["attempts"] == 1


def test_who_wants_all_later_gets_one_probe_and_no_herd(bench: Bench) -> None:
    later = Answer(Result.LATER, "SMTP 451 greylisted")
    bench.add(*(f"r{number}" for number in range(1000)))
    bench.channel.answer = lambda _: later
    assert len(bench.work(3600)) < 60
    bench.channel.answer = lambda _: OK
    bench.work(600)
    assert bench.states() == [DELIVERED] * 1000


def test_one_recipient_that_wants_all_later_holds_up_no_other(bench: Bench) -> None:
    later = Answer(Result.LATER, "SMTP 452 mailbox full")
    bench.add(*(f"r{number}" for number in range(10)), recipient="full@example.org")
    bench.channel.answer = lambda alert: later if alert["resource"] < "s" else OK
    bench.work(3600)
    bench.add("z", recipient="ops@example.org")
    assert bench.work() == ["z"]


def test_after_an_outage_nothing_waits_for_its_own_turn(bench: Bench) -> None:
    bench.add("a", "b")
    bench.channel.answer = lambda _: DOWN
    bench.work(7200)
    bench.channel.answer = lambda _: OK
    while not bench.work(1):
        pass
    assert bench.states() == [DELIVERED] * 2


class FullDisk:
    """A connection to SQLite that has no room for some commits."""

    def __init__(self, database: sqlite3.Connection, full: Iterator[bool]) -> None:
        self._database = database
        self._full = full

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT" and next(self._full, False):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return self._database.execute(sql, values)

    @property
    def in_transaction(self) -> bool:
        return self._database.in_transaction


def test_a_full_disk_makes_it_wait_and_send_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.patience.AGAIN", 0.0)
    bench.add("a", "b")
    disk = FullDisk(bench.outbox._db, iter([False, True, True, True]))
    monkeypatch.setattr(bench.outbox, "_db", disk)
    assert bench.work() == ["a", "b"]
    assert bench.states() == [DELIVERED] * 2


def test_a_configured_secret_is_kept_nowhere(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Alerta's 401 repeats the key."""
    bench.channel.answer = lambda _: Answer(Result.REFUSED, "no key s3cret, nor czNjcmV0")
    bench.add("a")
    bench.work()
    (item,) = bench.outbox.alerts()
    assert item["deliveries"][0]["error"] == "no key ***, nor ***"
    assert "s3cret" not in caplog.text


def test_the_end_of_a_mail_that_nobody_confirms_is_not_repeated_for_ever(bench: Bench) -> None:
    bench.channel.answer = lambda _: Answer(Result.UNSURE, "reset")
    bench.add("a")
    assert len(bench.work(24 * 3600)) == MOST_UNSURE
    assert bench.states() == [REFUSED]


def test_a_probe_takes_what_matters_most(bench: Bench) -> None:
    for severity in (b"informational", b"warning", b"critical", b"cleared"):
        bench.add(severity.decode(), severity=severity)
    bench.channel.answer = lambda _: DOWN
    assert bench.work() == ["critical"]


def test_what_one_recipient_gets_says_nothing_of_the_mail_to_another(bench: Bench) -> None:
    """Put aside is only what fails while others reach the same recipient."""
    bench.channel.answer = lambda alert: FAILED if alert["resource"] == "a" else OK
    bench.add("a", recipient="gone@example.org")
    for number in range(2 * FAILED_ALONE):
        bench.add(f"r{number}", recipient="ops@example.org")
        bench.work(300)
    assert bench.states()[0] == WAITING


def test_a_note_about_a_refused_alert_lands_on_no_older_one(bench: Bench) -> None:
    told = []

    def answer(alert: Alert) -> Answer:
        told.append(alert["severity"])
        if len(told) == 2:
            return Answer(Result.REFUSED, "HTTP 422")
        return Answer(Result.DELIVERED, known_as=f"alert {len(told)}")

    bench.channel.answer = answer
    bench.add("a", "a")
    bench.add("a", severity=b"note")
    bench.work()
    assert bench.channel.known_as == ["", "alert 1", ""]


def test_what_becomes_of_an_alert_goes_only_where_the_alert_went(tmp_path: Path) -> None:
    """What has a condition does not see whom the end of a session is about."""
    channel, outbox = Script(), Ledger(tmp_path / "outbox.sqlite", create=True)
    picks = dataclasses.replace(ALERTA, wanted=Wanted(users=["bob"]))
    postman = Postman(picks, channel, outbox, Troubles(CONFIG))
    channel.answer = lambda alert: Answer(Result.DELIVERED, known_as=alert["resource"])
    for number, severity in enumerate((b"critical", b"note", b"cleared")):
        for resource in (b"bob", b"eve"):
            this = alert(10 * number + len(resource + severity), resource=resource)
            this["severity"] = severity.decode()
            if resource == b"bob" or severity != b"critical":
                this["id"] = f"{number}-{this['resource']}"
                outbox.add(this, [("alerta", "")])
    while postman.deliver_next():
        pass
    assert channel.tries == ["bob"] * 3
    assert channel.known_as == ["", "bob", "bob"]
    assert {each["deliveries"][0]["state"] for each in outbox.alerts()} == {DELIVERED}


def test_a_template_is_the_sentence_and_a_name_is_no_template() -> None:
    this = alert(attributes=(b"user={severity}\xe2\x80\xae", b"country_name=Brazil"))
    said = worded(this, "{severity}: {user} from {country_name}, {asn}{group} {no word}")
    assert said["text"] == "critical: {severity}\\u202e from Brazil, OpenVPN {no word}"
    assert worded(this, "") == this


def test_a_channel_with_a_template_says_that(tmp_path: Path) -> None:
    said, outbox = [], Ledger(tmp_path / "outbox.sqlite", create=True)
    channel = Script()
    channel.answer = lambda alert: said.append(alert["text"]) or OK  # type: ignore[func-returns-value]
    config = dataclasses.replace(ALERTA, template="{user} again")
    outbox.add(alert(), [("alerta", "")])
    assert Postman(config, channel, outbox, Troubles(CONFIG)).deliver_next()
    assert said == ["bob again"]
