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
from collections.abc import Iterator
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


def tried(**channels: object) -> str:
    """Return what the script says."""
    secrets = ["wrong-key", KEY, PASSWORD, "wrong-password"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.read_text()],
        input=json.dumps({"secrets": secrets, **channels}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    return done.stdout


@pytest.mark.parametrize(
    ("path", "key", "said"),
    [
        ("/api", KEY, ""),
        ("/api", "wrong-key", "alerts_alerta_key is refused (401: "),
        ("/api", "", "alerts_alerta_key is refused (401: "),
        ("/web", KEY, "alerts_alerta_url: what answers there is not Alerta's API."),
        ("/web/moved", KEY, "alerts_alerta_url: 302, which is no answer of Alerta's API."),
    ],
)
def test_alerta(path: str, key: str, said: str) -> None:
    with served(Alerta) as port:
        url = f"http://127.0.0.1:{port}{path}"
        answer = tried(alerta={"url": url, "key": key, "ca_file": ""})
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
def test_mail(tls: str, login: list[str], said: str) -> None:
    with served(Mail) as port:
        mail = {"server": "127.0.0.1", "port": port, "tls": tls, "login": login, "ca_file": ""}
        assert tried(email=mail) == said


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    alerta = {"url": f"http://127.0.0.1:{port}", "key": KEY, "ca_file": ""}
    mail = {"server": "127.0.0.1", "port": port, "tls": "none", "login": ["", ""], "ca_file": ""}
    lines = tried(alerta=alerta, email=mail).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["alerts_alerta_url", "alerts_email"]
    assert all("refused" in line for line in lines)
