# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nothing can be stored, a full disk is said past the outbox, and not twice afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from fake_alerta import FakeAlerta
from fake_talk import RESET, FakeTalk
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.intake import Intake
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.settings import AlertaConfig, EmailConfig
from waiting import wait_for

OPS = "ops@example.org"
FULL = sqlite3.OperationalError("database or disk is full")


def config(directory: Path, alerta: FakeAlerta, talk: FakeTalk) -> Config:
    mail = EmailConfig([OPS], "geowatch@example.org", "127.0.0.1", talk.port, "none", "", "", "")
    paths = [directory / "alerts"], directory / "outbox.sqlite"
    channels = [
        ChannelConfig("alerta", AlertaConfig(alerta.url, "key", "")),
        ChannelConfig("mail", mail),
    ]
    return Config(*paths, "Production", "o", 5, 1, 100, [], channels=channels)


def test_a_full_disk_is_said_past_the_outbox(
    tmp_path: Path, alerta: FakeAlerta, talk: FakeTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.intake.LONG", 0.0)
    monkeypatch.setattr("geowatch.alerts.limits.DISK_FULL", -1.0)  # whatever is free here
    talk.says["MAIL"] = RESET
    outbox = Ledger(tmp_path / "outbox.sqlite", create=True)
    intake = Intake(config(tmp_path, alerta, talk), outbox)
    for _second in range(3):
        intake.meanwhile(FULL)
    wait_for(lambda: alerta.posts and talk.heard, "Alerta has it, the mail server does not")
    (post,) = alerta.posts
    assert (post["event"], post["severity"]) == ("GeowatchDiskFull", "critical")
    assert "database or disk is full" in post["text"]
    assert list(outbox.alerts()) == []
    wait_for(lambda: intake._direct._delivered, "the answer")
    intake.take()  # there is room again
    intake.take()
    (said, cleared) = outbox.alerts()
    assert [(each["channel"], each["recipient"]) for each in said["deliveries"]] == [("mail", OPS)]
    assert (cleared["resource"], cleared["severity"]) == (said["resource"], "cleared")
    assert cleared["deliveries"][0]["channel"] == "alerta"
