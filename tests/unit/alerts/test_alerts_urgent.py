# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the room watch says: by a queue file of its own, or past a service that is broken."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from alert_lines import line
from alerts_host import Host
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from geowatch.alerts.config import load
from geowatch.alerts.watched import Watched
from waiting import wait_for


def test_both_queue_files_are_read_on(host: Host, alerta: FakeAlerta) -> None:
    host.use_alerta(alerta)
    (host.directory / "watch").write_bytes(line(1) + b"\n")
    host.write(line(2))
    host.start()
    wait_for(lambda: len(alerta.posts) == 2, "one of each")
    host.kill()
    host.write(line(3))
    with (host.directory / "watch").open("ab") as queue:
        queue.write(line(4) + b"\n")
    host.start()
    wait_for(lambda: len(alerta.posts) == 4, "the next of each")


def test_it_writes_down_how_it_goes(host: Host, mail_server: FakeMail) -> None:
    host.use_mail(mail_server)
    host.config["messages_per_hour"] = 30
    host.store_config()
    host.write(line(1))
    host.start()
    file = host.directory / "status.json"

    def ways() -> list[dict[str, object]]:
        return json.loads(file.read_text())["ways"] if file.exists() else []

    wait_for(lambda: [way["left"] for way in ways()] == [29, 29], "both mails counted")
    assert all(way["waiting"] == way["refused"] == 0 and way["done"] for way in ways())
    assert {way["error"] for way in ways()} == {""}
    assert all(isinstance(way["slowest"], float) and way["slowest"] > 0 for way in ways())
    mail_server.stop()
    host.write(line(2, severity=b"major"))
    wait_for(lambda: all(way["waiting"] == 1 and way["error"] for way in ways()), "both wait")
    positions = json.loads(file.read_text())["positions"]
    assert positions[str(host.queue_file)].split()[2] == str(host.queue_file.stat().st_size)


def test_what_is_urgent_goes_out_without_the_outbox_until_it_is_over(
    host: Host, alerta: FakeAlerta
) -> None:
    host.use_alerta(alerta)
    urgent = host.directory / "urgent"
    urgent.mkdir()
    (urgent / "sender").write_bytes(line(1) + b"\nnonsense\n")
    host.start("direct", str(urgent))
    wait_for(lambda: alerta.posts, "the alert")
    assert "malformed" in host.logged()
    assert not Path(host.config["outbox"]).exists()
    (urgent / "sender").unlink()
    assert host.wait() == 0
    assert len(alerta.posts) == 1


def test_a_watch_that_does_not_look_is_said(
    host: Host, alerta: FakeAlerta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.watched.LOOK_AGAIN", 0.0)
    clock = [1000.0]
    monkeypatch.setattr("geowatch.alerts.watched.time.monotonic", lambda: clock[0])
    file = host.directory / "links.json"
    watched = Watched(load(host._config_file))

    def after(seconds: float) -> list[tuple[str, bool]]:
        clock[0] += seconds
        return [(each["severity"], each["mail"]) for each in watched.look()]

    assert after(0) == after(100) == []  # there is no watch
    file.write_text("1")
    assert after(10) == after(80) == []
    assert after(10) == [("critical", True)]
    assert after(10) == []
    os.utime(file)
    assert after(10) == [("cleared", True)]


def test_it_tells_systemd_that_it_lives(host: Host) -> None:
    address = host.directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(20)
        host._environment["NOTIFY_SOCKET"] = str(address)
        host.start()
        assert {systemd.recv(100) for _each in range(2)} == {b"READY=1", b"WATCHDOG=1"}
