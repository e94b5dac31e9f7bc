# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration is taken whole or refused by the name of the key, without a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from geowatch.alerts.config import ChannelConfig, load
from geowatch.alerts.settings import AlertaConfig, BadConfiguration, EmailConfig
from geowatch.alerts.wanted import Wanted

ALERTA = {
    "name": "alerta",
    "type": "alerta",
    "url": "https://alerta.example.org/api",
    "key": "s3cret",
    "ca_file": "",
}
EMAIL = {
    "name": "mail",
    "type": "email",
    "to": ["ops@example.org"],
    "sender": "geowatch@example.org",
    "server": "mail.example.org",
    "port": 587,
    "tls": "starttls",
    "username": "geowatch",
    "password": "s3cret",
    "ca_file": "",
    "min_severity": "warning",
    "users": ["alice", "*@example.org"],
}
GOOD: dict[str, Any] = {
    "queue_files": ["/var/lib/geowatch/sec/alerts", "/var/lib/geowatch/watch/alerts"],
    "outbox": "/var/lib/geowatch/alerts/outbox.sqlite",
    "environment": "Production",
    "origin": "geowatch/log1",
    "timeout": 10.0,
    "keep_days": 30,
    "outbox_megabytes": 500,
    "watched_directories": ["/var/log"],
    "messages_per_hour": 30,
    "channels": [ALERTA, EMAIL],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the good configuration with one key changed, or deleted where `value` is `...`."""
    data: dict[str, Any] = json.loads(json.dumps(GOOD))
    name, _dot, last = path.rpartition(".")
    inner = {"": data, "alerta": data["channels"][0], "mail": data["channels"][1]}[name]
    inner[last] = value
    if value is ...:
        del inner[last]
    return data


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "send_alerts.json"


def test_a_good_configuration_is_taken(path: Path) -> None:
    path.write_text(json.dumps(GOOD))
    config = load(path)
    assert config.outbox == Path("/var/lib/geowatch/alerts/outbox.sqlite")
    (alerta, mail) = config.channels
    assert alerta == ChannelConfig(
        "alerta", AlertaConfig("https://alerta.example.org/api", "s3cret", "")
    )
    assert isinstance(mail.settings, EmailConfig)
    assert mail.recipients() == ["ops@example.org"]
    assert mail.wanted == Wanted(min_severity="warning", users=["alice", "*@example.org"])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("queue_files", ...),
        ("queue_files", "alerts"),
        ("origin", None),
        ("timeout", "soon"),
        ("surprise", 1),
        ("channels", {"name": "alerta"}),
        ("channels", [{}]),
        ("channels", [ALERTA, ALERTA]),
        ("alerta.type", "pigeon"),
        ("alerta.type", []),
        ("alerta.url", ...),
        ("alerta.url", "ftp://alerta.example.org"),
        ("alerta.key", "s3cret\n"),
        ("alerta.key", "s3cret 2"),
        ("alerta.key", "s3crét"),
        ("alerta.surprise", 1),
        ("alerta.min_severity", "deafening"),
        ("alerta.events", "All"),
        ("alerta.template", 7),
        ("mail.to", []),
        ("mail.to", "ops@example.org"),
        ("mail.port", "587"),
        ("mail.tls", "yes"),
        ("mail.tls", "none"),
        ("mail.password", "s3crét"),
        ("mail.password", ...),
    ],
)
def test_a_bad_one_is_refused_by_name_and_without_its_secrets(
    path: Path, key: str, value: object
) -> None:
    path.write_text(json.dumps(changed(key, value)))
    with pytest.raises(BadConfiguration) as error:
        load(path)
    name, _dot, last = key.rpartition(".")
    assert name in str(error.value)
    assert last in str(error.value) or value == "none"
    assert "s3cr" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"key": "s3cret" 7}'])
def test_what_is_no_configuration_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadConfiguration) as error:
        load(path)
    assert "s3cr" not in str(error.value)
