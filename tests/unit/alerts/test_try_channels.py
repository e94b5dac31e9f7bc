# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong key, login or address is said when it is deployed, and nothing is sent."""

from __future__ import annotations

import base64
import http.server
import json
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/alerts/files/try_channels.py"
KEY, PASSWORD = "the-right-key", "the-right-password"


class Alerta(http.server.BaseHTTPRequestHandler):
    """Knows a key, and no alert. It repeats the key that it refuses, as Alerta does."""

    def do_GET(self) -> None:
        key = self.headers["Authorization"]
        code, said = (404, "not found") if key == f"Key {KEY}" else (401, f"{key} is invalid")
        if self.path.startswith("/web/"):
            code, said = (302, "") if self.path.startswith("/web/moved") else (200, "")
        body = json.dumps({"status": "error", "message": said}).encode()
        self.send_response(code)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


class Mail(socketserver.StreamRequestHandler):
    """Takes a login and no mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail\r\n")
        right = base64.b64encode(f"\0geowatch\0{PASSWORD}".encode())
        while line := self.rfile.readline(1000):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-mail\r\n250 AUTH PLAIN\r\n")
            elif verb == b"AUTH":
                self.wfile.write(b"235 yes\r\n" if right in line else b"535 no\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"500 what\r\n")


@contextmanager
def served(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Give the port of a server."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def tried(*channels: Mapping[str, object]) -> str:
    """Return what the script says."""
    secrets = ["wrong-key", KEY, PASSWORD, "wrong-password"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.read_text()],
        input=json.dumps(channels),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    return done.stdout


def alerta(url: str, key: str, name: str = "alerta") -> dict[str, object]:
    return {"name": name, "type": "alerta", "url": url, "key": key, "ca_file": ""}


def mail(port: int, tls: str, username: str = "", password: str = "") -> dict[str, object]:
    at = {"server": "127.0.0.1", "port": port, "tls": tls, "ca_file": ""}
    return {"name": "mail", "type": "email", **at, "username": username, "password": password}


@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        ("/api", KEY, ""),
        ("/api", "wrong-key", "alerts_alerta_url: the key is refused (401: "),
        ("/api", "", "alerts_alerta_url: the key is refused (401: "),
        ("/web", KEY, "alerts_alerta_url: what answers there is not Alerta's API."),
        ("/web/moved", KEY, "alerts_alerta_url: 302, which is no answer of Alerta's API."),
    ],
)
def test_alerta_is_asked(path: str, key: str, said: str) -> None:
    with served(Alerta) as port:
        url = f"http://127.0.0.1:{port}{path}"
        answer = tried(alerta(url, key))
        assert tried(alerta(url, key, "pager")) == answer.replace(
            "alerts_alerta_url", "the channel pager"
        )
    assert answer.startswith(said)
    assert bool(answer) == bool(said)


@pytest.mark.parametrize(
    ("tls", "login", "said"),
    [
        ("none", ["", ""], ""),
        ("none", ["geowatch", PASSWORD], ""),
        ("none", ["geowatch", "wrong-password"], "alerts_email: the login is refused (535).\n"),
        ("starttls", ["", ""], "alerts_email: STARTTLS extension not supported by server.\n"),
    ],
)
def test_the_mail_server_is_greeted(tls: str, login: list[str], said: str) -> None:
    with served(Mail) as port:
        assert tried(mail(port, tls, *login)) == said


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    lines = tried(alerta(f"http://127.0.0.1:{port}", KEY), mail(port, "none")).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["alerts_alerta_url", "alerts_email"]
    assert all("refused" in line for line in lines)


class Alertmanager(http.server.BaseHTTPRequestHandler):
    """Wants a word from everybody."""

    def do_GET(self) -> None:
        lets_in = self.headers["Authorization"] == f"Bearer {KEY}"
        found = self.path == "/am/api/v2/status"
        body = json.dumps({"versionInfo": {}} if found else {}).encode()
        self.send_response(200 if lets_in else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        ("/am", KEY, ""),
        ("/am", "wrong-key", "the channel prom: 401, which is no answer of Alertmanager's API.\n"),
        ("", KEY, "the channel prom: what answers there is not Alertmanager's API.\n"),
    ],
)
def test_alertmanager_is_asked(path: str, key: str, said: str) -> None:
    with served(Alertmanager) as port:
        url = f"http://127.0.0.1:{port}{path}"
        channel = {"name": "prom", "type": "alertmanager", "url": url, "ca_file": ""}
        assert tried(channel | {"key": f"Bearer {key}"}) == said


def test_a_dead_mans_switch_is_reached_and_told_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{KEY}"
        channel = {"name": "dead-man", "type": "dead_man", "url": url}
        assert tried(channel) == ""
        connection, _ = server.accept()
        assert connection.recv(1) == b""
    assert tried(channel).startswith("alerts_dead_man_url: ")


def test_what_takes_json_is_reached_and_asked_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        channel = {"name": "siem", "type": "json", "ca_file": "", "key": ""}
        assert tried(channel | {"url": f"http://127.0.0.1:{port}/in"}) == ""
        assert tried(channel | {"url": ""}) == ""
    said = tried(channel | {"url": f"http://127.0.0.1:{port}/in"})
    assert said.startswith("the channel siem: ")
    assert "refused" in said
