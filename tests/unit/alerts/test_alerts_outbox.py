# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbox: nothing lost, nothing twice, everything in its order."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from alert_lines import alert
from geowatch.alerts.alert import Alert
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.outbox import DELIVERED, LONGEST_WAIT, REFUSED, WAITING, Delivery

ALERTA = [("alerta", "")]
QUEUE_FILE = Path("alerts")
DAY = 86400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def outbox(path: Path) -> Ledger:
    return Ledger(path, create=True)


class Clock:
    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("geowatch.alerts.outbox.time", clock)
    return clock


def take(outbox: Ledger, channel: str = "alerta") -> Delivery:
    delivery = outbox.next(channel)
    assert delivery is not None
    return delivery


def states(outbox: Ledger) -> list[str]:
    return [each["state"] for item in outbox.alerts() for each in item["deliveries"]]


def test_each_recipient_is_a_delivery_of_its_own(outbox: Ledger) -> None:
    outbox.add(alert(), [*ALERTA, ("mail", "a@example.org"), ("mail", "b@example.org")])
    (item,) = outbox.alerts()
    assert {**alert(), **item} == item
    assert [(each["channel"], each["recipient"], each["state"]) for each in item["deliveries"]] == [
        ("alerta", "", "waiting"),
        ("mail", "a@example.org", "waiting"),
        ("mail", "b@example.org", "waiting"),
    ]


def test_the_same_id_and_event_is_counted_and_not_sent_again(outbox: Ledger) -> None:
    assert outbox.add(alert(), ALERTA)
    outbox.end(take(outbox), DELIVERED, "")
    assert not outbox.add(alert(text=b"read again"), ALERTA)
    (item,) = outbox.alerts()
    assert (item["seen"], item["text"]) == (2, "bob logged in from Germany")
    assert outbox.next("alerta") is None


def test_the_same_id_with_another_event_is_another_alert(outbox: Ledger) -> None:
    other = alert()
    other["event"] = "OpenVPNBurst"
    assert outbox.add(alert(), ALERTA)
    assert outbox.add(other, ALERTA)


def test_alerts_and_position_are_stored_together_or_not_at_all(outbox: Ledger, path: Path) -> None:
    with outbox.transaction():
        outbox.add(alert(1), ALERTA)
        outbox.store_position(QUEUE_FILE, "1 2 3")
    with pytest.raises(ZeroDivisionError), outbox.transaction():
        outbox.add(alert(2), ALERTA)
        outbox.store_position(QUEUE_FILE, "1 2 4")
        raise ZeroDivisionError
    other = Ledger(path)
    assert other.position(QUEUE_FILE) == "1 2 3"
    assert [item["id"] for item in other.alerts()] == [alert(1)["id"]]


def test_a_commit_reaches_the_disk(outbox: Ledger, path: Path) -> None:
    for each in (outbox, Ledger(path)):
        (synchronous,) = each._db.execute("PRAGMA synchronous").fetchone()
        (mode,) = each._db.execute("PRAGMA journal_mode").fetchone()
        assert (synchronous, mode) == (2, "wal")


def test_a_missing_outbox_is_not_made_by_looking(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        Ledger(path)
    assert not path.exists()


def test_one_resource_stays_in_order_and_holds_up_no_other(outbox: Ledger, clock: Clock) -> None:
    for number, resource in enumerate([b"bob@vpn1", b"bob@vpn1", b"eve@vpn1"]):
        outbox.add(alert(number, resource=resource), ALERTA)
    first = take(outbox)
    assert first.number == 1
    outbox.begin(first, 60)
    assert take(outbox).number == 3  # not 2: bob's first alert still waits
    outbox.end(take(outbox), DELIVERED, "")
    assert outbox.next("alerta") is None
    clock.now += 61
    assert take(outbox).number == 1
    outbox.end(first, DELIVERED, "")
    assert take(outbox).number == 2


@pytest.mark.parametrize("channel", ["alerta", "mail"])
def test_a_refused_alert_holds_up_nothing(outbox: Ledger, channel: str) -> None:
    outbox.add(alert(1), [(channel, "x")])
    outbox.add(alert(2), [(channel, "x")])
    outbox.end(take(outbox, channel), REFUSED, "HTTP 422")
    assert take(outbox, channel).number == 2


def test_recipients_do_not_wait_for_each_other(outbox: Ledger, clock: Clock) -> None:
    outbox.add(alert(1), [("mail", "a@example.org")])
    outbox.begin(take(outbox, "mail"), 60)
    outbox.add(alert(2), [("mail", "a@example.org"), ("mail", "b@example.org")])
    second = take(outbox, "mail")
    assert (second.number, second.recipient) == (2, "b@example.org")


def test_those_tried_least_come_first(outbox: Ledger, clock: Clock) -> None:
    outbox.add(alert(1, resource=b"poison"), ALERTA)
    outbox.begin(take(outbox), 0)
    outbox.add(alert(2), ALERTA)
    clock.now += 1
    assert take(outbox).number == 2


@pytest.mark.parametrize(
    ("jump", "due"),
    [(0.0, False), (59.0, False), (61.0, True), (DAY, True), (-30.0, False), (-DAY, True)],
)
def test_a_clock_that_jumps_holds_nothing_up(
    outbox: Ledger, clock: Clock, jump: float, due: bool
) -> None:
    outbox.add(alert(), ALERTA)
    outbox.begin(take(outbox), 60)
    clock.now += jump
    assert (outbox.next("alerta") is not None) is due


def test_the_longest_wait_is_kept(outbox: Ledger, clock: Clock) -> None:
    outbox.add(alert(), ALERTA)
    outbox.begin(take(outbox), LONGEST_WAIT)
    assert outbox.next("alerta") is None


def test_only_delivered_alerts_are_pruned(outbox: Ledger, clock: Clock) -> None:
    for number, state in enumerate([DELIVERED, WAITING, REFUSED]):
        outbox.add(alert(number, resource=b"%d" % number), ALERTA)
        outbox.end(Delivery(number + 1, "alerta", "", 0, alert()), state, "")
    outbox.add(alert(3), [])
    clock.now += 29 * DAY
    outbox.prune(30)
    assert len(list(outbox.alerts())) == 4
    clock.now += 2 * DAY
    outbox.prune(30)
    assert states(outbox) == [WAITING, REFUSED]


def test_refused_alerts_can_wait_again(outbox: Ledger) -> None:
    for number in (1, 2):
        outbox.add(alert(number), ALERTA)
        outbox.begin(take(outbox), 100)
        outbox.end(Delivery(number, "alerta", "", 1, alert()), REFUSED, "HTTP 403")
    assert outbox.retry(outbox.numbers(["no such id", "no-such-id"])) == 0
    assert outbox.retry(outbox.numbers([alert(2)["id"]])) == 1
    assert states(outbox) == [REFUSED, WAITING]
    assert take(outbox).attempts == 0
    assert outbox.retry(None) == 1
    assert states(outbox) == [WAITING, WAITING]


def test_a_delivered_alert_is_not_sent_again_by_retry(outbox: Ledger) -> None:
    outbox.add(alert(), ALERTA)
    outbox.end(take(outbox), DELIVERED, "")
    assert outbox.retry(None) == 0


def test_recipients_that_are_gone_are_put_aside(outbox: Ledger) -> None:
    own = ("mail", "own@example.org")
    outbox.add(alert(), [*ALERTA, *(("mail", f"{name}@example.org") for name in ("new", "old"))])
    outbox.add(alert(2), [own])
    configured = [("mail", "new@example.org")]
    assert outbox.refuse_others(configured, lambda alert: [*configured, own]) == 2
    assert states(outbox) == [REFUSED, WAITING, REFUSED, WAITING]


def test_a_note_finds_the_last_alert_of_its_subject(outbox: Ledger) -> None:
    for number, name in ((1, "first"), (2, "second"), (3, "")):
        outbox.add(alert(number), ALERTA)
        delivery = take(outbox)
        outbox.end(delivery, DELIVERED, "", name)
    other_event = {**alert(4), "event": "Other"}
    outbox.add(cast(Alert, other_event), ALERTA)
    assert outbox.known_as(delivery) == "second"
    assert outbox.known_as(take(outbox)) == ""


def test_alerts_can_be_listed_by_state(outbox: Ledger) -> None:
    outbox.add(alert(1), [*ALERTA, ("mail", "a@example.org")])
    outbox.add(alert(2), [])
    outbox.end(take(outbox), REFUSED, "HTTP 422")
    (item,) = outbox.alerts(REFUSED)
    assert [(each["channel"], each["error"]) for each in item["deliveries"]] == [
        ("alerta", "HTTP 422")
    ]
    json.dumps(item)


def test_a_malformed_line_is_kept_once_with_its_reason(outbox: Ledger) -> None:
    for _time in range(2):
        outbox.add_malformed(b"b\xffd\x00", "1 fields")
    (item,) = outbox.malformed()
    assert (item["line"], item["error"], item["seen"]) == ("b\\xffd\x00", "1 fields", 2)


@pytest.mark.parametrize("look", [lambda box: list(box.alerts()), lambda box: box.retry(None)])
def test_others_may_look_while_it_is_written(
    outbox: Ledger, path: Path, look: Callable[[Ledger], object]
) -> None:
    outbox.add(alert(), ALERTA)
    other = Ledger(path)
    look(other)
    outbox.end(take(outbox), DELIVERED, "")
    assert states(other) == [DELIVERED]


def test_what_gives_way_is_delivered_then_quiet_then_old(outbox: Ledger) -> None:
    for number, mail in enumerate([b"mail", b"no_mail", b"mail", b"no_mail", b"mail"], 1):
        outbox.add(alert(number, mail=mail, resource=b"%d" % number), ALERTA)
    outbox.end(Delivery(5, "alerta", "", 0, alert(5)), DELIVERED, "")
    dropped = [outbox.make_room(0.01) for _time in range(4)]
    assert dropped == [0, 1, 1, 1]
    assert [int(item["id"], 16) for item in outbox.alerts()] == [3]


def test_what_gives_way_while_it_is_delivered_is_forgotten(outbox: Ledger) -> None:
    outbox.add(alert(), ALERTA)
    delivery = take(outbox)
    outbox.make_room(1)
    outbox.end(delivery, DELIVERED, "", "a name")
    assert list(outbox.alerts()) == []


def test_malformed_lines_are_kept_but_not_for_ever(
    outbox: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.outbox.MOST_MALFORMED", 2)
    for number in range(5):
        outbox.add_malformed(b"%d" % number, "1 fields")
    outbox.make_room(0.1)
    assert [item["line"] for item in outbox.malformed()] == ["3", "4"]


def test_the_size_is_what_is_in_use(outbox: Ledger) -> None:
    empty = outbox.size()
    for number in range(1000):
        outbox.add(alert(number, raw=b"x" * 1000), ALERTA)
    assert 1_000_000 < outbox.size() - empty < 5_000_000
    outbox.make_room(1)
    assert outbox.size() < empty + 100_000
