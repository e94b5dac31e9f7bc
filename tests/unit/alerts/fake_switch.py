# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real dead man's switch on loopback: it rings when nobody called for a while."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeSwitch:
    """`says` is its answer. It rings `seconds` after the last call that it liked."""

    def __init__(self, seconds: float = 0.5) -> None:
        self.calls: list[tuple[str, str]] = []
        self.says: tuple[int, str] = (200, "OK")
        self.rings = threading.Event()
        self._seconds = seconds
        self._timer: threading.Timer | None = None
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.calls.append((self.command, self.path))
                code, text = fake.says
                if code == 200:
                    fake.wind_up()
                self.send_response(code)
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/push/s3cr3t-t0k3n?status=up"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def wind_up(self) -> None:
        """Be quiet for so long from now on."""
        if self._timer:
            self._timer.cancel()
        self.rings.clear()
        self._timer = threading.Timer(self._seconds, self.rings.set)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
