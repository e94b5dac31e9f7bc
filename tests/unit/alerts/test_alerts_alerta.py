# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerta's answers over a real connection: only its own "ok" is a delivery."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from alert_lines import alert
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from geowatch.alerts.alerta import Alerta, body
from geowatch.alerts.channel import Result
from geowatch.alerts.config import AlertaConfig

SHORT = 0.3  # seconds


def channel(url: str, ca_file: str = "", key: str = "s3cret", timeout: float = 10) -> Alerta:
    return Alerta(AlertaConfig(url, key, ca_file), timeout)


def raw_answer(content: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content)


def test_the_post_is_what_alerta_expects(alerta: FakeAlerta) -> None:
    answer = channel(alerta.url + "/").deliver(alert(), "")
    assert (answer.result, answer.reason) == (Result.DELIVERED, "")
    assert alerta.posts == [
        {
            "environment": "Production",
            "resource": "bob@vpn1",
            "event": "OpenVPNUnexpectedCountry",
            "severity": "critical",
            "service": ["VPN"],
            "group": "OpenVPN",
            "value": "DE",
            "text": "bob logged in from Germany",
            "origin": "geowatch/log1",
            "createTime": "2026-05-04T03:02:01.123Z",
            "attributes": {
                "user": "bob",
                "ip": "198.51.100.7",
                "advice": "Call bob.",
                "geowatch_id": "00000000000000000000000000000001",
                "client_ip": "198.51.100.7",
            },
            "rawData": "May  4 03:02:01 vpn1 openvpn[7]: bob",
        }
    ]
    assert alerta.headers[0]["path"] == "/api/alert"
    assert alerta.headers[0]["Authorization"] == "Key s3cret"
    assert alerta.headers[0]["Content-Type"] == "application/json"


def test_without_a_key_there_is_no_authorization(alerta: FakeAlerta) -> None:
    channel(alerta.url, key="").deliver(alert(), "")
    assert "Authorization" not in alerta.headers[0]


def test_a_netrc_or_a_proxy_cannot_take_the_key(
    alerta: FakeAlerta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password eve\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    channel(alerta.url).deliver(alert(), "")
    assert alerta.headers[0]["Authorization"] == "Key s3cret"


def test_postgresql_can_store_every_string() -> None:
    hostile = alert(raw=b"a\x00b", attributes=(b"user=\x00",), resource=b"\x00@vpn1")
    assert "\\u0000" not in json.dumps(body(hostile))
    assert body(hostile)["rawData"] == "a\\x00b"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.DELIVERED),
        (201, Result.DELIVERED),
        (202, Result.DELIVERED),
        (400, Result.REFUSED),
        (401, Result.DOWN),
        (403, Result.REFUSED),
        (404, Result.REFUSED),
        (407, Result.DOWN),
        (408, Result.DOWN),
        (409, Result.REFUSED),
        (413, Result.REFUSED),
        (422, Result.REFUSED),
        (425, Result.DOWN),
        (429, Result.DOWN),
        (500, Result.FAILED),
        (502, Result.FAILED),
        (503, Result.FAILED),
        (504, Result.FAILED),
    ],
)
def test_what_a_status_means(alerta: FakeAlerta, status: int, result: Result) -> None:
    alerta.answer = lambda _: status
    answer = channel(alerta.url).deliver(alert(), "")
    assert answer.result is result
    assert result is Result.DELIVERED or answer.reason == f"HTTP {status} said so"


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (raw_answer(b"<html>Please log in</html>"), Result.FAILED),
        (raw_answer(b""), Result.FAILED),
        (raw_answer(b"[]"), Result.FAILED),
        (raw_answer(b"null"), Result.FAILED),
        (raw_answer(b"\xff\x00"), Result.FAILED),
        (raw_answer(b'{"status": "error"}'), Result.FAILED),
        (raw_answer(b'{"status": "ok"}', b"302 Found"), Result.DOWN),
        (raw_answer(b'{"status": "ok"}', b"500 Oops"), Result.FAILED),
        (raw_answer(b'{"status": "ok"}').replace(b": 16", b": 99"), Result.FAILED),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz", Result.FAILED),
        (b"220 this is no web server\r\n", Result.FAILED),
        (b"\x00" * 1000, Result.FAILED),
        (b"", Result.FAILED),
    ],
)
def test_garbage_is_no_delivery(alerta: FakeAlerta, said: bytes, result: Result) -> None:
    alerta.answer = lambda _: said
    answer = channel(alerta.url).deliver(alert(), "")
    assert answer.result is result
    assert answer.reason


def test_a_redirect_is_not_followed(alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
    answer = channel(alerta.url).deliver(alert(), "")
    assert (answer.result, answer.reason) == (Result.DOWN, "HTTP 302")


def test_an_endless_answer_is_not_read_to_its_end(alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: "endless"
    assert channel(alerta.url).deliver(alert(), "").result is Result.FAILED
    assert not alerta.was_read_to_the_end


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_server_that_hangs_fails(alerta: FakeAlerta, how: str) -> None:
    alerta.answer = lambda _: how
    answer = channel(alerta.url, timeout=SHORT).deliver(alert(), "")
    assert (answer.result, answer.reason) == (Result.FAILED, "TimeoutError: timed out")


def test_a_connection_that_the_server_ends_is_opened_again(alerta: FakeAlerta) -> None:
    ended = b'HTTP/1.1 201 OK\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{"status": "ok"}'
    alerta.answer = lambda _: ended
    out = channel(alerta.url)
    for _time in range(3):
        assert out.deliver(alert(), "").result is Result.DELIVERED


def test_a_key_without_the_scope_puts_no_alert_aside(alerta: FakeAlerta) -> None:
    said = b'{"status": "error", "message": "Missing required scope: write:alerts"}'
    alerta.answer = lambda _: raw_answer(said, b"403 Forbidden")
    answer = channel(alerta.url).deliver(alert(), "")
    assert answer.result is Result.DOWN
    assert "write:alerts" in answer.reason


def test_a_server_that_is_away_or_has_no_name_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = channel(f"http://127.0.0.1:{port}").deliver(alert(), "")
    assert answer.result is Result.DOWN
    assert "Connection refused" in answer.reason
    answer = channel("http://alerta.invalid").deliver(alert(), "")
    assert answer.result is Result.DOWN
    assert "gaierror" in answer.reason


def test_an_unknown_severity_is_refused_here(alerta: FakeAlerta) -> None:
    answer = channel(alerta.url).deliver(alert(severity=b"information"), "")
    assert answer.result is Result.REFUSED
    assert "information" in answer.reason
    assert alerta.posts == []


@pytest.mark.parametrize(
    ("host", "trusted", "result"),
    [
        ("localhost", True, Result.DELIVERED),
        ("localhost", False, Result.DOWN),
        ("127.0.0.1", True, Result.DOWN),  # signed, but for another name
    ],
)
def test_the_certificate_is_verified(
    alerta: FakeAlerta, mail_server: FakeMail, host: str, trusted: bool, result: Result
) -> None:
    url = alerta.encrypt(mail_server.context).replace("localhost", host)
    answer = channel(url, str(mail_server.certificate) if trusted else "").deliver(alert(), "")
    assert answer.result is result
    if result is not Result.DELIVERED:
        assert "CERTIFICATE_VERIFY_FAILED" in answer.reason
        assert (alerta.posts, alerta.headers) == ([], [])  # so the key was not sent


def test_a_missing_ca_file_is_no_crash(alerta: FakeAlerta) -> None:
    answer = channel(alerta.url.replace("http:", "https:"), "/no/such/file").deliver(alert(), "")
    assert answer.result is Result.DOWN
    assert "/no/such/file" in answer.reason


NAME = "00000000-0000-0000-0000-000000000001"


def test_a_note_goes_to_the_alert_that_it_is_about(alerta: FakeAlerta) -> None:
    out = channel(alerta.url)
    known_as = out.deliver(alert(1), "").known_as
    assert known_as == NAME
    answer = out.deliver(alert(2, severity=b"note", text=b"It ended."), "", known_as)
    assert answer.result is Result.DELIVERED
    assert alerta.posts[1:] == [{"note": "It ended."}]
    request = alerta.headers[1]
    assert (request["method"], request["path"]) == ("PUT", f"/api/alert/{NAME}/note")
    assert request["Authorization"] == "Key s3cret"


@pytest.mark.parametrize("known_as", ["", "../../users", NAME + "/../x", NAME + "\n"])
def test_a_note_about_no_alert_is_not_sent(alerta: FakeAlerta, known_as: str) -> None:
    answer = channel(alerta.url).deliver(alert(severity=b"note"), "", known_as)
    assert (answer.result, alerta.posts) == (Result.DELIVERED, [])


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (404, Result.DELIVERED),  # somebody deleted the alert
        (401, Result.DOWN),
        (403, Result.REFUSED),
        (500, Result.FAILED),
    ],
)
def test_an_answer_to_a_note(alerta: FakeAlerta, status: int, result: Result) -> None:
    alerta.answer = lambda body: status
    answer = channel(alerta.url).deliver(alert(severity=b"note"), "", NAME)
    assert answer.result is result
