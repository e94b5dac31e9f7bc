# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerta's answers over a real connection: only its own "ok" is a delivery."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from alert_lines import alert
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from geowatch.alerts.alerta import Alerta, body
from geowatch.alerts.channel import Result
from geowatch.alerts.settings import AlertaConfig
from geowatch.alerts.severities import SEVERITIES

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
            "service": ["logins"],
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
            "timeout": 0,
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
        (403, Result.FAILED),  # a plugin of Alerta's, of this alert or of all of them
        (404, Result.DOWN),
        (405, Result.DOWN),
        (407, Result.DOWN),
        (408, Result.DOWN),
        (409, Result.REFUSED),
        (413, Result.REFUSED),
        (421, Result.DOWN),
        (422, Result.REFUSED),
        (425, Result.DOWN),
        (429, Result.DOWN),
        (500, Result.FAILED),
        (502, Result.DOWN),
        (503, Result.DOWN),
        (504, Result.DOWN),
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
        (raw_answer(b"<html>Please log in</html>"), Result.DOWN),
        (raw_answer(b""), Result.DOWN),
        (raw_answer(b"[]"), Result.DOWN),
        (raw_answer(b"null"), Result.DOWN),
        (raw_answer(b"\xff\x00"), Result.DOWN),
        (raw_answer(b'{"status": "error"}'), Result.DOWN),
        (raw_answer(b'{"status": "ok"}', b"302 Found"), Result.DOWN),
        (raw_answer(b'{"status": "ok"}', b"500 Oops"), Result.FAILED),
        (raw_answer(b'{"status": "ok"}').replace(b": 16", b": 99"), Result.LATER),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz", Result.LATER),
        (b"220 this is no web server\r\n", Result.LATER),
        (b"\x00" * 1000, Result.LATER),
        (b"", Result.LATER),
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
    assert channel(alerta.url).deliver(alert(), "").result is Result.DOWN
    assert not alerta.was_read_to_the_end


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_a_server_that_hangs_fails(alerta: FakeAlerta, how: str) -> None:
    alerta.answer = lambda _: how
    answer = channel(alerta.url, timeout=SHORT).deliver(alert(), "")
    assert (answer.result, answer.reason) == (Result.LATER, "TimeoutError: timed out")


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
        (403, Result.FAILED),
        (500, Result.FAILED),
    ],
)
def test_an_answer_to_a_note(alerta: FakeAlerta, status: int, result: Result) -> None:
    alerta.answer = lambda body: status
    answer = channel(alerta.url).deliver(alert(severity=b"note"), "", NAME)
    assert answer.result is result


@pytest.mark.parametrize(
    "status",
    [
        b"400 The plain HTTP request was sent to HTTPS port",
        b"403 Forbidden",
        b"404 Not Found",
        b"405 Not Allowed",
        b"421 Misdirected Request",
        b"500 Oops",
        b"502 Bad Gateway",
    ],
)
def test_what_a_proxy_says_is_not_about_the_alert(alerta: FakeAlerta, status: bytes) -> None:
    """An ingress during a redeploy, an address that may not come in, the web UI's port."""
    alerta.answer = lambda _: raw_answer(b"<html>nginx</html>", status)
    assert channel(alerta.url).deliver(alert(), "").result is Result.DOWN


def test_a_proxy_that_finds_one_alert_too_large_holds_up_no_other(alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: raw_answer(b"<html>nginx</html>", b"413 Too Large")
    assert channel(alerta.url).deliver(alert(), "").result is Result.LATER


@pytest.mark.parametrize("said", [b"Severity is not one of ok", b"Severity (x) is not one of ok"])
def test_a_severity_that_alerta_does_not_know_is_of_this_alert(
    alerta: FakeAlerta, said: bytes
) -> None:
    content = b'{"status": "error", "message": "' + said + b'"}'
    alerta.answer = lambda _: raw_answer(content, b"500 Oops")
    assert channel(alerta.url).deliver(alert(), "").result is Result.REFUSED


ISA = {"Critical": 1, "High": 2, "Medium": 3, "Low": 4, "Advisory": 5, "OK": 6}
OWN = {"fire": 1, "warning": 3, "fine": 5}


@pytest.mark.parametrize(
    ("codes", "normal", "names"),
    [
        (ISA, "OK", ["Critical", "High", "Medium", "Advisory", "OK"]),
        (OWN, "fine", ["fire", "fire", "warning", "fine", "fine"]),
        (SEVERITIES, "normal", ["critical", "major", "warning", "informational", "cleared"]),
    ],
)
def test_alerta_may_have_severities_of_its_own(
    alerta: FakeAlerta, codes: dict[str, int], normal: str, names: list[str]
) -> None:
    model = {"severity": codes, "defaults": {"normal_severity": normal}}
    alerta.config = {"alarm_model": model, "severity": codes}
    out = channel(alerta.url)
    for severity in (b"critical", b"major", b"warning", b"informational", b"cleared"):
        assert out.deliver(alert(severity=severity), "").result is Result.DELIVERED
    assert [post["severity"] for post in alerta.posts] == names


@pytest.mark.parametrize("config", [None, [], {"alarm_model": {"severity": {"x": "y"}}}, "hang"])
def test_without_alertas_word_its_severities_are_as_usual(
    alerta: FakeAlerta, config: object
) -> None:
    alerta.config = config
    assert channel(alerta.url, timeout=SHORT).deliver(alert(), "").result is Result.DELIVERED
    assert alerta.posts[0]["severity"] == "critical"


@pytest.mark.parametrize(
    ("severity", "stays"),
    [(b"critical", True), (b"warning", True), (b"informational", False), (b"cleared", False)],
)
def test_what_somebody_has_to_look_at_is_not_forgotten(severity: bytes, stays: bool) -> None:
    assert (body(alert(severity=severity)).get("timeout") == 0) is stays


def test_a_person_closes_an_alert_with_a_word_why(alerta: FakeAlerta) -> None:
    answer = channel(alerta.url).deliver(alert(severity=b"close", text=b"a mistake"), "", NAME)
    assert answer.result is Result.DELIVERED
    assert alerta.posts == [{"status": "closed", "text": "a mistake"}]
    assert alerta.headers[0]["path"] == f"/api/alert/{NAME}/status"


def test_a_private_authority_is_taken_by_each_python(
    alerta: FakeAlerta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.13 is strict by default: no key usage, no key identifiers, not critical."""
    usual = ssl.create_default_context

    def strict(*args: Any, **options: Any) -> ssl.SSLContext:
        context = usual(*args, **options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    files = private_authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "server.pem", files / "server.key")
    answer = channel(alerta.encrypt(context), str(files / "ca.pem")).deliver(alert(), "")
    assert (answer.result, answer.reason) == (Result.DELIVERED, "")


def private_authority(directory: Path) -> Path:
    """Make one as people made them for years, and a certificate for localhost."""
    (directory / "ca.cnf").write_text(
        "[req]\ndistinguished_name = dn\n[dn]\n[ca]\nbasicConstraints = CA:TRUE\n"
    )
    (directory / "san").write_text("subjectAltName = DNS:localhost\n")
    new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf"
    for command in (
        f"req -x509 {new} -extensions ca -days 2 -subj /CN=Ours -keyout ca.key -out ca.pem",
        f"req {new} -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
        " -extfile san -out server.pem",
    ):
        subprocess.run(
            ["openssl", *command.split()], cwd=directory, check=True, capture_output=True
        )
    return directory
