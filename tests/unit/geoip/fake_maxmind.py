# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for MaxMind's download service, as its geoipupdate uses it, and for a file server.

    fake_maxmind.py PORT DIRECTORY [CERTIFICATE KEY]

In the directory are EDITION.mmdb files, and files with other names that are served under /files/.
What is asked is written to ``requests``; the file ``behaviour`` holds one of BEHAVIOURS. With a
certificate it speaks TLS. Without one it is a proxy, too: every tunnel leads to this host, whatever
name was asked for, and is written to ``tunnels``.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import socket
import ssl
import sys
import tarfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select
from urllib.parse import parse_qs, urlsplit

ACCOUNT_ID = 424242
LICENSE_KEY = "test-licence-key"
SIGNATURE = "signed-by-the-store"
"""Part of the URL that a redirect leads to. Nobody should find it in a log."""

PROXY_USER = "proxy-user"
PROXY_PASSWORD = "proxy-password"

BEHAVIOURS = (
    "good",
    "401",
    "402",
    "403",
    "404",
    "429",
    "500",
    "truncated",
    "bad digest",
    "html",
    "html instead of metadata",
    "a list instead of metadata",
    "hangs up",
    "redirects",
    "redirects to http",
    "redirects to nowhere",
    "stalls",
    "hides what is missing",
)

REASONS = {"403": b'{"code": "PERMISSION_REQUIRED", "error": "Told off."}'}
"""What the service says beside a status."""

HTML = b"<!doctype html><title>Sign in</title>"


def packed(edition: str, database: bytes) -> bytes:
    """Return a database as MaxMind packs it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        files = {"COPYRIGHT.txt": b"(c)", f"{edition}.mmdb": database}
        for name, content in files.items():
            member = tarfile.TarInfo(f"{edition}_20260921/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


class Handler(BaseHTTPRequestHandler):
    """Answers a request."""

    protocol_version = "HTTP/1.1"
    directory: Path
    store: str
    """Where redirects lead: another origin of this server."""

    def do_CONNECT(self) -> None:
        """Be a proxy: give a tunnel to a port of this host to whoever has the password."""
        with (self.directory / "tunnels").open("a") as file:
            file.write(f"{self.path}\n")
        if self.headers.get("Proxy-Authorization") != _basic(PROXY_USER, PROXY_PASSWORD):
            self._send(407, b"no", Proxy_Authenticate="Basic")
            return
        self.close_connection = True
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as server:
            self.send_response(200)
            self.end_headers()
            other = {self.connection: server, server: self.connection}
            while True:
                for end in select(list(other), [], [])[0]:
                    if not (data := end.recv(1 << 16)):
                        return
                    other[end].sendall(data)

    def do_GET(self) -> None:
        """Answer as the behaviour says."""
        url = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        with (self.directory / "requests").open("a") as file:
            file.write(f"{url.path} {'with' if authorization else 'without'} a key\n")
        behaviour = self._behaviour()
        kind, _, name = url.path.removeprefix("/geoip/").lstrip("/").partition("/")
        if behaviour == "hangs up":
            self.close_connection = True
        elif behaviour.isdigit():
            self._send(int(behaviour), REASONS.get(behaviour, b"no"))
        elif behaviour.startswith("redirects") and kind == "files" and url.query != "moved":
            store = {"redirects": self.store, "redirects to http": "http://localhost:8099"}
            self._send(302, b"", Location=f"{store.get(behaviour, 'https://[')}{url.path}?moved")
        elif kind == "files":
            self._send_file(self.directory / name, behaviour)
        elif kind == "store":
            self._send_stored(name, authorization, parse_qs(url.query), behaviour)
        elif not self._is_customer(authorization):
            self._send(401, b"no")
        elif kind == "updates":
            self._send_metadata(parse_qs(url.query)["edition_id"][0], behaviour)
        else:  # databases/EDITION/download: the store has another origin
            edition = name.partition("/")[0]
            location = f"{self.store}/store/{edition}?signature={SIGNATURE}"
            self._send(302, b"", Location=location)

    def _behaviour(self) -> str:
        return (self.directory / "behaviour").read_text().strip()

    def _is_customer(self, authorization: str) -> bool:
        return authorization == _basic(ACCOUNT_ID, LICENSE_KEY)

    def _send_metadata(self, edition: str, behaviour: str) -> None:
        if behaviour == "html instead of metadata":
            self._send(200, HTML, Content_Type="text/html")
            return
        if behaviour == "a list instead of metadata":
            self._send(200, b"[]", Content_Type="application/json")
            return
        content = (self.directory / f"{edition}.mmdb").read_bytes()
        digest = hashlib.md5(content if behaviour != "bad digest" else b"").hexdigest()
        database = {"edition_id": edition, "date": "2026-09-21", "md5": digest}
        self._send(
            200, json.dumps({"databases": [database]}).encode(), Content_Type="application/json"
        )

    def _send_stored(
        self, edition: str, authorization: str, query: dict[str, list[str]], behaviour: str
    ) -> None:
        if authorization or query != {"signature": [SIGNATURE]}:
            self._send(400, b"one kind of signature, please")
        else:
            content = packed(edition, (self.directory / f"{edition}.mmdb").read_bytes())
            self._send(200, content, behaviour)

    def _send_file(self, path: Path, behaviour: str) -> None:
        if not path.exists():
            self._send(403 if behaviour == "hides what is missing" else 404, b"no")
            return
        content = path.read_bytes()
        etag = f'"{hashlib.md5(content).hexdigest()}"'
        if self.headers.get("If-None-Match") == etag:
            self._send(304, b"", ETag=etag)
        else:
            self._send(200, content, behaviour, ETag=etag)

    def _send(self, status: int, content: bytes, behaviour: str = "", **headers: str) -> None:
        if behaviour == "html":
            content = HTML
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if behaviour in ("truncated", "stalls"):
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)
        while behaviour == "stalls" and self._behaviour() == behaviour:
            time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        """Say nothing: the file of requests does."""


def _basic(user: object, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def serve(port: int, directory: Path, *certificate: str) -> ThreadingHTTPServer:
    """Return a server on loopback that is not started yet; port 0 is any."""
    if not (directory / "behaviour").exists():
        (directory / "behaviour").write_text("good")
    for name in ("requests", "tunnels"):
        (directory / name).touch()
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    host = "https://store.example.org" if certificate else "http://localhost"
    settings = {"directory": directory, "store": f"{host}:{server.server_port}"}
    server.RequestHandlerClass = type("HandlerHere", (Handler,), settings)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]).serve_forever()
