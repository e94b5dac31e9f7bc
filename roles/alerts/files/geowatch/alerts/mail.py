# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""E-mail: the message that a person gets, and the SMTP server that takes it."""

from __future__ import annotations

import smtplib
import socket
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from geowatch.alerts.alert import Alert, shown
from geowatch.alerts.channel import Answer, Result, cut_after, tls_context
from geowatch.alerts.config import EmailConfig

LONGEST_SUBJECT = 200  # characters

# RFC 5321, 4.5.3.2.6: who gives up earlier sends a mail again that a server still looks through.
LONGEST_LOOK = 600.0  # seconds


class _Policy(EmailPolicy):
    def fold_binary(self, name: str, value: str) -> bytes:
        """Keep the Message-ID in one line: folded, not everyone finds the same one."""
        if name == "Message-ID":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


# Every server takes ASCII; not every one takes 8 bits.
POLICY = _Policy(linesep="\r\n", cte_type="7bit")

# RFC 4954: 530 asks for a login, 534, 535 and 538 refuse ours. RFC 5321: 421 closes the connection.
DOWN = frozenset({421, 530, 534, 535, 538})


def message(alert: Alert, sender: str, recipient: str) -> EmailMessage:
    """Return the mail about `alert`. Its Message-ID is the same whenever it is sent again."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = shown(
        f"[{alert['severity']}] {alert['event']} {alert['resource']}"[:LONGEST_SUBJECT]
    )
    mail["Date"] = format_datetime(datetime.now(UTC))
    host = parseaddr(sender)[1].rpartition("@")[2]
    mail["Message-ID"] = f"<{alert['id']}.{alert['event']}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text(alert))
    return mail


def text(alert: Alert) -> str:
    """Return the body, for a person at 2 a.m.: what happened, the facts, what to do."""
    attributes = dict(alert["attributes"])
    advice = attributes.pop("advice", "")
    facts = {"resource": alert["resource"], "time": alert["time"], **attributes}
    width = max(map(len, facts))
    lines = [alert["text"], ""]
    for name, value in facts.items():
        label = name.replace("_", " ")
        lines.append(f"{label:{width}}  {shown(value) or 'not known'}")
    if advice:
        lines += ["", "What to do now", shown(advice)]
    lines += ["", "The log line", shown(alert["raw"])]
    lines += ["", "All alerts and where they went: send_alerts.py list", f"From {alert['origin']}"]
    return "\n".join(lines) + "\n"


class _Patient(smtplib.SMTP):
    """Waits for a whole reply, however its bytes trickle in, but no longer than the timeout."""

    def getreply(self) -> tuple[int, bytes]:
        assert self.sock is not None
        with cut_after(self.sock.gettimeout() or LONGEST_LOOK, self.sock):
            return super().getreply()


class _PatientTLS(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class Mail:
    """The channel to one SMTP server."""

    name = "mail"

    def __init__(self, config: EmailConfig, timeout: float) -> None:
        self._config = config
        self._timeout = timeout
        self._sender = parseaddr(config.sender)[1]
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Send one mail to one recipient."""
        mail = message(alert, self._config.sender, recipient).as_bytes()
        try:
            smtp = self._ready()
            code, reply = smtp.rcpt(recipient)
            if code not in (250, 251):
                smtp.rset()
                return self._refused(smtplib.SMTPResponseException(code, reply))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        try:
            code, reply = self._content(smtp, mail)
        except smtplib.SMTPDataError as error:
            return self._refused(error)
        # Perhaps it is this mail that the server has no answer to.
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.FAILED, _reason(error))
        if code != 250:
            return self._refused(smtplib.SMTPResponseException(code, reply))
        return Answer(Result.DELIVERED)

    def _ready(self) -> smtplib.SMTP:
        """Return a connection that waits for a recipient."""
        if self._smtp is None:
            self._smtp = self._connect()
        self._smtp.ehlo_or_helo_if_needed()
        code, reply = self._smtp.mail(self._sender)
        if code != 250:  # our configuration, not the alert
            raise smtplib.SMTPSenderRefused(code, reply, self._sender)
        return self._smtp

    def _content(self, smtp: smtplib.SMTP, mail: bytes) -> tuple[int, bytes]:
        assert smtp.sock is not None
        smtp.sock.settimeout(LONGEST_LOOK)
        try:
            return smtp.data(mail)
        finally:
            if smtp.sock is not None:
                smtp.sock.settimeout(self._timeout)

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
            self._smtp = None

    def _connect(self) -> smtplib.SMTP:
        """Open a connection, encrypted and logged in as configured."""
        config = self._config
        context = tls_context(config.ca_file)
        where = (config.server, config.port, socket.gethostname())
        if config.tls == "implicit":
            smtp: smtplib.SMTP = _PatientTLS(*where, timeout=self._timeout, context=context)
        else:
            smtp = _Patient(*where, timeout=self._timeout)
        try:
            if config.tls == "starttls":
                smtp.starttls(context=context)
            if config.username:
                smtp.login(config.username, config.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _refused(self, error: smtplib.SMTPResponseException) -> Answer:
        """Say what a reply to RCPT or DATA means for this mail."""
        if error.smtp_code in DOWN:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        if error.smtp_code < 400:  # no reply that there is
            self.close()
            return Answer(Result.FAILED, _reason(error))
        result = Result.REFUSED if error.smtp_code >= 500 else Result.LATER
        return Answer(result, _reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        return f"SMTP {error.smtp_code} {said}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
