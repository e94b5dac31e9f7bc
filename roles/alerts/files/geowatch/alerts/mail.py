# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SMTP server that takes mail. It gets the patience of RFC 5321, and no more memory than a
reply needs."""

from __future__ import annotations

import re
import smtplib
import socket
from email.utils import parseaddr
from io import BufferedIOBase
from typing import Any

from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.connection import connect, cut_after, tls_context
from geowatch.alerts.letter import for_user, message
from geowatch.alerts.settings import EmailConfig

# RFC 5321, 4.5.3.2: servers let strangers wait before they greet, and while they ask others.
LONGEST_REPLY = 300.0  # seconds

# Who gives up earlier sends a mail again that a server still looks through.
LONGEST_LOOK = 600.0  # seconds

MOST_SAID = 1 << 16  # bytes in one reply, of however many lines

# RFC 4954: 530 asks for a login, 534, 535 and 538 refuse ours. RFC 5321: 421 closes the connection.
DOWN = frozenset({421, 530, 534, 535, 538})

# RFC 3463: of the recipient's address (two of these are of the sender's), or of the mailbox.
# Anything else, such as 5.7.1, is about us: another server, another day may take it.
OF_THE_RECIPIENT = re.compile(r"5\.(?:1\.(?![78]\b)|2\.)\d+")
TOO_LARGE = 552


class _Reply:
    """What the server says: no reply has more than so many bytes."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self.left = 0

    def readline(self, most: int) -> bytes:
        if self.left <= 0:
            raise OSError("the reply has no end")
        line = self._file.readline(most)
        self.left -= len(line)
        return line

    def close(self) -> None:
        self._file.close()


class _Patient(smtplib.SMTP):
    """Waits for a whole reply, however its bytes trickle in, but no longer than `patience`."""

    patience = LONGEST_REPLY

    def __init__(self, config: EmailConfig, timeout: float) -> None:
        self._tls = tls_context(config.ca_file)
        self._encrypted_at_once = config.tls == "implicit"
        super().__init__(config.server, config.port, config.hello, timeout)
        if "." not in config.hello and self.sock is not None:
            # RFC 5321, 4.1.3: who has no full name says the address.
            ours = self.sock.getsockname()[0]
            self.local_hostname = f"[IPv6:{ours}]" if ":" in ours else f"[{ours}]"

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = connect(host, port, timeout, self._tls if self._encrypted_at_once else None)
        connection.settimeout(LONGEST_REPLY)
        return connection

    def encrypt(self) -> None:
        """Go on encrypted, or not at all."""
        with cut_after(LONGEST_REPLY, self.sock):
            self.starttls(context=self._tls)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self.file is None:
            self.file: Any = _Reply(self.sock.makefile("rb"))
        self.file.left = MOST_SAID
        self.sock.settimeout(self.patience)
        with cut_after(self.patience, self.sock):
            return super().getreply()


class Mail:
    """The channel to one SMTP server."""

    def __init__(self, config: EmailConfig, timeout: float) -> None:
        self._config = config
        self._timeout = timeout
        self._sender = parseaddr(config.sender)[1]
        self._smtp: _Patient | None = None
        self.secrets: tuple[str, ...] = config.secrets()

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        if not self._config.is_told_all(recipient):
            alert = for_user(alert, self._config.person_advice)
        mail = message(alert, self._config.sender, recipient).as_bytes()
        try:
            smtp = self._ready()
            code, reply = smtp.rcpt(recipient)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        if code not in (250, 251, 252):
            return self._refused(code, reply, Result.LATER)
        whole = False
        try:
            code, reply = smtp.docmd("DATA")
            if code != 354:
                return self._refused(code, reply, Result.LATER)
            smtp.send(re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n")
            whole = True
            smtp.patience = LONGEST_LOOK
            code, reply = smtp.getreply()
            smtp.patience = LONGEST_REPLY
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.UNSURE if whole else Result.LATER, _reason(error))
        if code != 250:
            return self._refused(code, reply, Result.FAILED)
        return Answer(Result.DELIVERED)

    def _ready(self) -> _Patient:
        """Return a connection that waits for a recipient."""
        if self._smtp is None:
            self._smtp = self._connect()
        self._smtp.ehlo_or_helo_if_needed()
        code, reply = self._smtp.mail(self._sender)
        if code != 250:  # our configuration, not the alert
            raise smtplib.SMTPSenderRefused(code, reply, self._sender)
        return self._smtp

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._smtp is not None:
            self._smtp.patience = min(self._timeout, LONGEST_REPLY)
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
            self._smtp = None

    def _connect(self) -> _Patient:
        """Open a connection, encrypted and logged in as configured."""
        smtp = _Patient(self._config, self._timeout)
        try:
            if self._config.tls == "starttls":
                smtp.encrypt()
            if self._config.username:
                smtp.login(self._config.username, self._config.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _refused(self, code: int, reply: bytes, otherwise: Result) -> Answer:
        """Say what a reply to RCPT, DATA or the mail means.

        `otherwise` is what a final one means that says nothing of this recipient or mail.
        """
        said = reply.decode("utf-8", "replace")
        reason = f"SMTP {code} {said}"
        if code in DOWN or not 400 <= code < 600:
            self.close()
            return Answer(Result.DOWN if code in DOWN else Result.LATER, reason)
        try:
            assert self._smtp is not None
            self._smtp.rset()  # or the server still has a mail under way
        except (smtplib.SMTPException, OSError):
            self.close()
        if code < 500:
            return Answer(Result.LATER, reason)
        of_this = code == TOO_LARGE or OF_THE_RECIPIENT.match(said)
        return Answer(Result.REFUSED if of_this else otherwise, reason)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        return f"SMTP {error.smtp_code} {said}"
    return f"{type(error).__name__}: {error}"
