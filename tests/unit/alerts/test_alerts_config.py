# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration is taken whole or refused by the name of the key, without a secret."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from geowatch.alerts.config import AlertaConfig, BadConfiguration, EmailConfig, load

GOOD: dict[str, Any] = {
    "queue_file": "/var/lib/geowatch/sec/alerts",
    "outbox": "/var/lib/geowatch/alerts/outbox.sqlite",
    "environment": "Production",
    "origin": "geowatch/log1",
    "timeout": 10.0,
    "keep_days": 30,
    "outbox_megabytes": 500,
    "watched_directories": ["/var/log"],
    "alerta": {"url": "https://alerta.example.org/api", "key": "s3cret", "ca_file": ""},
    "email": {
        "to": ["ops@example.org"],
        "sender": "geowatch@example.org",
        "server": "mail.example.org",
        "port": 587,
        "tls": "starttls",
        "username": "geowatch",
        "password": "s3cret",
        "ca_file": "",
    },
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the good configuration with one key changed, or deleted where `value` is `...`."""
    data: dict[str, Any] = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    inner = data
    for name in parents:
        inner = inner[name]
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
    assert config.alerta == AlertaConfig(**GOOD["alerta"])
    assert config.email == EmailConfig(**GOOD["email"])


@pytest.mark.parametrize("channel", ["alerta", "email"])
def test_a_channel_may_be_off(path: Path, channel: str) -> None:
    path.write_text(json.dumps(changed(channel, None)))
    assert getattr(load(path), channel) is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("queue_file", ...),
        ("queue_file", 7),
        ("origin", None),
        ("timeout", "soon"),
        ("surprise", 1),
        ("alerta", "https://alerta.example.org"),
        ("alerta.url", ...),
        ("alerta.url", "ftp://alerta.example.org"),
        ("alerta.key", "s3cret\n"),
        ("alerta.key", "s3cret 2"),
        ("alerta.key", "s3crét"),
        ("alerta.surprise", 1),
        ("email", []),
        ("email.to", []),
        ("email.to", "ops@example.org"),
        ("email.port", "587"),
        ("email.tls", "yes"),
        ("email.tls", "none"),
        ("email.password", "s3crét"),
        ("email.password", ...),
    ],
)
def test_a_bad_one_is_refused_by_name_and_without_its_secrets(
    path: Path, key: str, value: object
) -> None:
    path.write_text(json.dumps(changed(key, value)))
    with pytest.raises(BadConfiguration) as error:
        load(path)
    assert key.removesuffix(".tls") in str(error.value)
    assert "s3cr" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"key": "s3cret" 7}'])
def test_what_is_no_configuration_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(BadConfiguration) as error:
        load(path)
    assert "s3cr" not in str(error.value)
