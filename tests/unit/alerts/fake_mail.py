# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real SMTP server that answers as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from waiting import DEADLINE

LOGIN = LoginPassword(b"geowatch", b"open sesame")
HANG = "hang"


@dataclass
class Received:
    """One mail as it arrived."""

    recipients: list[str]
    content: bytes


class FakeMail:
    """Offers STARTTLS and wants a login. `rcpt` (by address) and `data` are the replies."""

    def __init__(self, directory: Path) -> None:
        self.mails: list[Received] = []
        self.rcpt: dict[str, str] = {}
        self.data = "250 OK"
        self.look = 0.0  # seconds
        self.hellos = 0
        self.logins: list[str] = []
        self.certificate = directory / "mail.pem"
        key = directory / "mail.key"
        command = "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2"
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        files = ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run([*command.split(), *subject, *files], check=True, capture_output=True)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(self.certificate, key)
        self._controller: Controller | None = None
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self.context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticate,
        )
        self._controller.start()

    def stop(self) -> None:
        """Go away."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append(data.password.decode())
        return AuthResult(success=data == LOGIN, handled=False)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        self.hellos += 1
        return replies

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        reply = self.rcpt.get(address, "250 OK")
        if reply.startswith("25"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.look)
        if self.data == HANG:
            await asyncio.sleep(DEADLINE)
        if self.data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(Received(list(envelope.rcpt_tos), envelope.content))
        return self.data
