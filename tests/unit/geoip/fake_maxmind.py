# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for MaxMind's download service, as pygeoipupdate 0.1.0 uses it, and for a file server.

    fake_maxmind.py PORT DIRECTORY

In the directory are EDITION.mmdb files, and files with other names that are served under /files/.
What is asked is written to ``requests``; the file ``behaviour`` holds one of BEHAVIOURS.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tarfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ACCOUNT_ID = 424242
LICENSE_KEY = "test-licence-key"
SIGNATURE = "signed-by-the-store"
"""Part of the URL that a redirect leads to. Nobody should find it in a log."""

BEHAVIOURS = (
    "good",
    "401",
    "429",
    "500",
    "truncated",
    "bad digest",
    "html",
    "html instead of metadata",
    "hangs up",
)

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

    def do_GET(self) -> None:
        """Answer as the behaviour says."""
        url = urlsplit(self.path)
        authorization = self.headers.get("Authorization", "")
        with (self.directory / "requests").open("a") as file:
            file.write(f"{url.path} {'with' if authorization else 'without'} a key\n")
        behaviour = (self.directory / "behaviour").read_text().strip()
        kind, _, name = url.path.removeprefix("/geoip/").lstrip("/").partition("/")
        if behaviour == "hangs up":
            self.close_connection = True
        elif behaviour.isdigit():
            self._send(int(behaviour), b"no")
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
            assert isinstance(self.server, ThreadingHTTPServer)
            store = f"http://localhost:{self.server.server_port}/store"
            location = f"{store}/{edition}?signature={SIGNATURE}"
            self._send(302, b"", Location=location)

    def _is_customer(self, authorization: str) -> bool:
        customer = base64.b64encode(f"{ACCOUNT_ID}:{LICENSE_KEY}".encode()).decode()
        return authorization == f"Basic {customer}"

    def _send_metadata(self, edition: str, behaviour: str) -> None:
        if behaviour == "html instead of metadata":
            self._send(200, HTML, Content_Type="text/html")
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
            self._send(404, b"no")
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
        if behaviour == "truncated":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the file of requests does."""


def serve(port: int, directory: Path) -> ThreadingHTTPServer:
    """Return a server on loopback that is not started yet; port 0 is any."""
    (directory / "behaviour").write_text("good")
    (directory / "requests").touch()
    handler = type("HandlerHere", (Handler,), {"directory": directory})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
