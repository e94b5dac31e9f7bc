# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts for programs: whole lines and whole objects, and nothing that is not known."""

from __future__ import annotations

import json
import os
import resource
import stat
from pathlib import Path
from typing import Any

import pytest
from alert_lines import alert
from fake_alerta import FakeAlerta
from geowatch.alerts.channel import Result
from geowatch.alerts.ecs import event
from geowatch.alerts.settings import JsonConfig
from geowatch.alerts.siem import File, Post

KNOWN = (
    b"user=bob",
    b"ip=198.51.100.7",
    b"country=DE",
    b"country_name=Germany",
    b"server=vpn1",
    b"asn=64500",
    b"as_owner=Example Net",
    b"policy=default",
    b"reason=",
    b"advice=Call bob.",
)


def post(alerta: FakeAlerta, path: str = "/in?source=vpn", timeout: float = 10) -> Post:
    url = alerta.url.removesuffix("/api") + path
    return Post(JsonConfig(url, "Bearer s3cret", ""), timeout)


def test_an_alert_has_the_fields_that_others_look_for() -> None:
    assert event(alert(attributes=KNOWN)) == {
        "@timestamp": "2026-05-04T03:02:01.123Z",
        "ecs": {"version": "8.11.0"},
        "message": "bob logged in from Germany",
        "event": {
            "id": "00000000000000000000000000000001.OpenVPNUnexpectedCountry",
            "kind": "alert",
            "category": ["authentication"],
            "type": ["info"],
            "outcome": "unknown",
            "action": "raised",
            "code": "OpenVPNUnexpectedCountry",
            "severity": 99,
            "module": "geowatch",
            "dataset": "geowatch.alerts",
            "provider": "OpenVPN",
            "original": "May  4 03:02:01 vpn1 openvpn[7]: bob",
        },
        "log": {"level": "critical"},
        "rule": {"name": "OpenVPNUnexpectedCountry", "description": "Call bob."},
        "host": {"name": "vpn1"},
        "user": {"name": "bob"},
        "source": {
            "ip": "198.51.100.7",
            "geo": {"country_iso_code": "DE", "country_name": "Germany"},
            "as": {"number": 64500, "organization": {"name": "Example Net"}},
        },
        "observer": {"name": "geowatch/log1", "type": "geowatch"},
        "labels": {
            "resource": "bob@vpn1",
            "environment": "Production",
            "value": "DE",
            "policy": "default",
        },
    }


@pytest.mark.parametrize("asn", ["", "AS1", "-1", "9" * 400, "\u0661"])
def test_what_is_no_number_is_left_out(asn: str) -> None:
    assert "source" not in event(alert(attributes=(b"asn=" + asn.encode(),)))


def test_what_becomes_of_an_alert_is_an_event_of_its_own() -> None:
    cleared = event(alert(severity=b"cleared"))
    assert (cleared["event"]["kind"], cleared["event"]["action"]) == ("event", "cleared")


def test_a_post_is_one_object_with_what_lets_us_in(alerta: FakeAlerta) -> None:
    answer = post(alerta).deliver(alert(), "")
    assert (answer.result, answer.known_as) == (Result.DELIVERED, f"{1:032x}")
    assert alerta.posts == [event(alert())]
    assert alerta.headers[0]["path"] == "/in?source=vpn"
    assert alerta.headers[0]["Authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (202, Result.DELIVERED),
        (204, Result.DELIVERED),
        (301, Result.DOWN),
        (400, Result.FAILED),
        (401, Result.DOWN),
        (403, Result.DOWN),
        (404, Result.DOWN),
        (413, Result.LATER),
        (422, Result.FAILED),
        (429, Result.DOWN),
        (500, Result.FAILED),
        (503, Result.DOWN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n<html>log in</html>\r\n", Result.DOWN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", Result.LATER),
        (b"", Result.LATER),
    ],
)
def test_nothing_that_anybody_answers_puts_an_alert_aside_at_once(
    alerta: FakeAlerta, answer: object, result: Result
) -> None:
    alerta.answer = lambda _: answer
    assert post(alerta).deliver(alert(), "").result is result


def test_who_never_answers_is_not_waited_for(alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: "drip"
    assert post(alerta, timeout=0.3).deliver(alert(), "").result is Result.LATER


# The file


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_each_alert_is_one_line_that_the_group_may_read(tmp_path: Path) -> None:
    path = tmp_path / "siem.jsonl"
    previous = os.umask(0o077)
    try:
        for number in (1, 2):
            hostile = alert(number, text="Jörg\n\u202e".encode(), raw=b"\xff\x85\xe2\x80\xa8{}")
            assert File(path).deliver(hostile, "").result is Result.DELIVERED
    finally:
        os.umask(previous)
    assert [each["event"]["id"][:32] for each in lines(path)] == [f"{n:032x}" for n in (1, 2)]
    assert lines(path)[0]["event"]["original"] == "\\xff\\x85\u2028{}"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("torn", [b'{"@timest', b'{"event": {"id": "1"}}'])
def test_what_a_kill_cut_is_taken_away(tmp_path: Path, torn: bytes) -> None:
    path, channel = tmp_path / "siem.jsonl", File(tmp_path / "siem.jsonl")
    channel.deliver(alert(1), "")
    whole = path.read_bytes()
    for before in (whole, b""):
        path.write_bytes(before + torn)
        channel.deliver(alert(2), "")
        assert [each["event"]["id"] for each in lines(path)][-1].startswith(f"{2:032x}")
        assert path.read_bytes().startswith(before)
        assert len(lines(path)) == (2 if before else 1)


def test_it_may_be_rotated_at_any_time(tmp_path: Path) -> None:
    path, channel = tmp_path / "siem.jsonl", File(tmp_path / "siem.jsonl")
    channel.deliver(alert(1), "")
    path.rename(tmp_path / "siem.jsonl.1")
    channel.deliver(alert(2), "")
    assert len(lines(path)) == len(lines(tmp_path / "siem.jsonl.1")) == 1


def test_a_disk_without_room_is_the_way_and_not_the_alert(tmp_path: Path) -> None:
    assert File(tmp_path / "no" / "siem.jsonl").deliver(alert(), "").result is Result.DOWN

    path = tmp_path / "siem.jsonl"
    File(path).deliver(alert(1), "")
    whole = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        assert File(path).deliver(alert(2), "").result is Result.DOWN
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == whole
