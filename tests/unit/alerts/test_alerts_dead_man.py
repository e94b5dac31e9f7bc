# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only a canary that arrived everywhere says that we live, and nobody else learns the address."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alerts_host import Host
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from fake_switch import FakeSwitch
from geowatch.alerts.alert import Alert, parse
from geowatch.alerts.channel import Result
from geowatch.alerts.dead_man import DeadMan
from geowatch.alerts.settings import DeadManConfig
from waiting import DEADLINE, wait_for

TOKEN = "s3cr3t-t0k3n"


@pytest.fixture
def switch() -> Iterator[FakeSwitch]:
    fake = FakeSwitch()
    yield fake
    fake.stop()


def line(
    number: int,
    severity: bytes = b"cleared",
    event: bytes = b"GeowatchCanary",
    group: bytes = b"geowatch",
    time: str = "",
) -> bytes:
    """Return a line of the queue file about a canary, or one that looks nearly so."""
    now = time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    head = b"%032x" % number, now.encode(), event, severity, b"no_mail"
    return b"\t".join((*head, b"canary@log1", b"logins", group, b"", b"It arrived", b"raw="))


def alert(number: int = 1, time: str = "") -> Alert:
    return parse(line(number, time=time), "Production", "geowatch/log1")


def sent(switch: FakeSwitch, **fields: str) -> tuple[Result, str]:
    answer = DeadMan(DeadManConfig(switch.url), 5).deliver(alert(**fields), "")  # type: ignore[arg-type]
    return answer.result, answer.reason


def test_the_switch_is_quiet_while_canaries_arrive_and_rings_when_they_stay_away(
    host: Host, switch: FakeSwitch
) -> None:
    host.use("dead-man", "dead_man", url=switch.url)
    host.start()
    switch.wind_up()
    assert switch.rings.wait(DEADLINE)
    host.write(line(1))
    wait_for(lambda: len(switch.calls) == 1 and not switch.rings.is_set(), "a call")
    # It is sent, it is cleared for another reason, it is somebody else's: nobody lives by that.
    host.write(line(2, b"informational"), line(3, event=b"GeowatchCanaryLost"))
    host.write(line(4, group=b"OpenVPN"))
    assert switch.rings.wait(DEADLINE)
    host.write(line(5))
    wait_for(lambda: len(switch.calls) == 2 and not switch.rings.is_set(), "another call")
    wait_for(lambda: host.states() == ["delivered"] * 2, "two deliveries")
    assert set(switch.calls) == {("GET", f"/api/push/{TOKEN}?status=up")}


def test_nobody_learns_the_address(host: Host, switch: FakeSwitch) -> None:
    switch.says = 404, f"there is no {TOKEN}"
    host.use("dead-man", "dead_man", url=switch.url)
    host.start()
    host.write(line(1))
    wait_for(lambda: host.states() == ["waiting"] and "404" in str(host.listed()), "an answer")
    said = host.channels().stdout + host.channels("test", "dead-man").stdout + str(host.listed())
    assert host.end(signal.SIGTERM) == 0
    assert "404" in said
    assert TOKEN not in said + host.logged()


def test_what_waited_for_long_is_no_sign_of_life(switch: FakeSwitch) -> None:
    assert sent(switch, time="2026-05-04T03:02:01.123Z") == (Result.DELIVERED, "")
    assert sent(switch, time="2999-05-04T03:02:01.123Z") == (Result.DELIVERED, "")
    assert switch.calls == []


@pytest.mark.parametrize(
    ("says", "result"),
    [
        ((200, "OK"), Result.DELIVERED),
        ((204, ""), Result.DELIVERED),
        ((200, '{"ok":true}'), Result.DELIVERED),
        ((200, "OK (not found)"), Result.DOWN),
        ((200, "<html>Log in"), Result.DOWN),
        ((302, ""), Result.DOWN),
        ((404, '{"ok":false}'), Result.DOWN),
        ((503, ""), Result.DOWN),
    ],
)
def test_what_it_answers(switch: FakeSwitch, says: tuple[int, str], result: Result) -> None:
    switch.says = says
    assert sent(switch)[0] == result


def test_one_that_is_away_is_down(switch: FakeSwitch) -> None:
    switch.stop()
    assert sent(switch)[0] == Result.DOWN


def test_a_canary_wakes_nobody(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail, tmp_path: Path
) -> None:
    host.use_alerta(alerta)
    host.use_mail(mail_server, min_severity="informational")
    host.start()
    host.write(line(1, b"informational"), line(2))
    wait_for(lambda: host.states() == ["delivered"] * 2, "two deliveries")
    assert [each["channel"] for item in host.listed() for each in item["deliveries"]] == [
        "alerta"
    ] * 2


def test_alerta_gets_a_heartbeat_when_it_arrived(host: Host, alerta: FakeAlerta) -> None:
    host.use_alerta(alerta)
    host.start()
    host.write(line(1, b"informational"), line(2))
    wait_for(lambda: len(alerta.posts) == 3, "a heartbeat")
    assert [each["path"] for each in alerta.headers] == ["/api/alert"] * 2 + ["/api/heartbeat"]
    assert alerta.posts[2] == {"origin": "geowatch/log1", "tags": ["geowatch"], "timeout": 7500}


def test_alerts_go_on_where_the_key_may_send_no_heartbeat(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda body: 403 if "timeout" in body and "event" not in body else 201
    host.use_alerta(alerta)
    host.start()
    host.write(line(1), line(2, b"informational"))
    wait_for(lambda: host.states() == ["delivered"] * 2, "two deliveries")
    assert "Alerta takes no heartbeat: HTTP 403" in host.logged()


def test_the_watch_learns_where_it_arrived_and_why_not(host: Host, alerta: FakeAlerta) -> None:
    told, nonce = host.directory / "canary.json", f"{7:032x}"
    host.use_alerta(alerta)
    host.use("shipped", "json", url="", key="", ca_file="")
    host.start()
    host.write(line(6, b"informational"))
    wait_for(lambda: len(alerta.posts) == 1, "a post")
    assert not told.exists()  # nobody awaits that one
    alerta.taken = 401
    (host.directory / "canary").write_text(f"{nonce}\n")
    host.write(line(7, b"informational"))

    def said() -> dict[str, str]:
        known = json.loads(told.read_text()) if told.exists() else {}
        assert known.get("id") in (None, nonce)
        return dict(known.get("channels", {}))

    wait_for(lambda: said().get("shipped") == "" and "401" in said()["alerta"], "an arrival")
    assert told.stat().st_mode & 0o777 == 0o640
    alerta.taken = 201
    wait_for(lambda: said() == {"alerta": "", "shipped": ""}, "all arrivals")
