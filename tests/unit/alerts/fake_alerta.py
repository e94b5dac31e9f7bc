# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server that answers as it is told, in place of Alerta."""

from __future__ import annotations

import json
import ssl
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any

from waiting import DEADLINE


class FakeAlerta:
    """`answer` decides by the body of a request: a status, `"hang"`, `"drip"`, `"endless"`, or
    bytes.

    A POST that it takes is told what the alert is called: the number of the request, as a UUID.
    """

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.config: object = None
        self.taken = 201
        self.answer: Callable[[dict[str, Any]], object] = lambda body: self.taken
        self.was_read_to_the_end = False
        self.release = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                fake.posts.append(body)
                fake.headers.append(
                    dict(self.headers) | {"path": self.path, "method": self.command}
                )
                answer = fake.answer(body)
                if answer == "hang":
                    fake.release.wait(DEADLINE)
                    self.close_connection = True
                elif answer == "drip":
                    self.close_connection = True
                    fake.drip(self.wfile)
                elif answer == "endless":
                    self.close_connection = True
                    fake.talk(self.wfile)
                elif isinstance(answer, bytes):
                    self.wfile.write(answer)
                    self.close_connection = True
                else:
                    assert isinstance(answer, int)
                    ok = answer < 300
                    said = {"status": "ok" if ok else "error", "message": "said so"}
                    if ok and self.command == "POST":
                        said["id"] = str(uuid.UUID(int=len(fake.posts)))
                    content = json.dumps(said)
                    self.send_response(answer)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content.encode())

            do_PUT = do_POST

            def do_GET(self) -> None:
                if fake.config == "hang":
                    fake.release.wait(DEADLINE)
                content = json.dumps(fake.config).encode()
                self.send_response(200 if fake.config is not None else 404)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                with suppress(OSError):  # who would not wait is gone
                    self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def drip(self, file: BufferedIOBase) -> None:
        """Never be late with a byte, and never come to an end."""
        with suppress(OSError):
            file.write(b"HTTP/1.1 201 Created\r\nX-Endless: ")
            while not self.release.wait(0.02):
                file.write(b".")

    def talk(self, file: BufferedIOBase) -> None:
        """Say far more than anybody wants to hear."""
        with suppress(OSError):
            file.write(b"HTTP/1.1 201 Created\r\n\r\n")
            for _piece in range(64):
                file.write(b" " * (1 << 20))
            self.was_read_to_the_end = True

    def encrypt(self, context: ssl.SSLContext) -> str:
        """Speak TLS from now on, as `localhost`. Returns the new address."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/api"
        return self.url

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def ids(self) -> list[str]:
        """Return the ids of the posts in order."""
        return [post["attributes"]["geowatch_id"] for post in self.posts]
