#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dead man's switch, as Healthchecks is one: switch.py SECONDS FILE.

It notes in the file when it is called, and rings there when nobody called for so many seconds.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS, FILE = float(sys.argv[1]), sys.argv[2]
called = threading.Event()


def note(what: str) -> None:
    """Write it down."""
    with open(FILE, "a", encoding="ascii") as file:
        print(what, file=file)


class Handler(BaseHTTPRequestHandler):
    """Whoever asks for the address of the check calls."""

    def do_GET(self) -> None:
        """Be wound up."""
        known = self.path == "/ping/oncall"
        if known:
            note("called")
            called.set()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"OK" if known else b"OK (not found)")


def main() -> None:
    """Ring once for each time that it was wound up."""
    server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while called.wait():
        called.clear()
        while called.wait(SECONDS):
            called.clear()
        note("rang")


if __name__ == "__main__":
    main()
