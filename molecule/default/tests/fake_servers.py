# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A middleman: fake_servers.py CERTIFICATE HEARD

Speaks HTTPS on port 8443, and SMTP with STARTTLS on port 2525. Nobody signed the certificate.
Writes what it hears after a handshake to the file HEARD, and "handshake" for each that was begun.
"""

from __future__ import annotations

import socketserver
import ssl
import sys
import threading
from pathlib import Path

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
HEARD = Path(sys.argv[2])


def note(text: bytes) -> None:
    """Add a line to what was heard."""
    with HEARD.open("ab") as file:
        file.write(text + b"\n")


class Middleman(socketserver.StreamRequestHandler):
    """Shakes hands and listens."""

    timeout = 10

    def handle(self) -> None:
        note(b"handshake")
        try:
            with CONTEXT.wrap_socket(self.request, server_side=True) as encrypted:
                while said := encrypted.recv(4096):
                    note(b"heard " + said)
        except OSError:
            return


class MailMiddleman(Middleman):
    """Offers STARTTLS first."""

    def handle(self) -> None:
        self.wfile.write(b"220 middleman\r\n")
        while line := self.rfile.readline(1000):
            if line.upper().startswith(b"STARTTLS"):
                self.wfile.write(b"220 go ahead\r\n")
                return super().handle()
            if not line.upper().startswith(b"EHLO"):
                note(b"heard in clear " + line.strip())
            self.wfile.write(b"250-middleman\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n")


def main() -> None:
    """Listen until the end."""
    CONTEXT.load_cert_chain(sys.argv[1])
    socketserver.ThreadingTCPServer.allow_reuse_address = True
    for port, handler in ((8443, Middleman), (2525, MailMiddleman)):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", port), handler)
        threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    main()
