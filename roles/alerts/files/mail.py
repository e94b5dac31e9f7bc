# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""E-mail: the message that a person gets, and the SMTP server that takes it."""

from __future__ import annotations

import smtplib
import socket
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from alert import Alert, shown
from channel import Answer, Result
from config import EmailConfig

LONGEST_SUBJECT = 200  # characters


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
        mail = message(alert, self._config.sender, recipient)
        try:
            if self._smtp is None:
                self._smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        try:
            self._smtp.sendmail(self._sender, [recipient], mail.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = error.recipients[recipient]
            return self._refused(smtplib.SMTPResponseException(code, reply))
        except smtplib.SMTPDataError as error:
            return self._refused(error)
        # A refused sender is our configuration, not the alert.
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        return Answer(Result.DELIVERED)

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
        context = ssl.create_default_context(cafile=config.ca_file or None)
        where = (config.server, config.port, socket.gethostname())
        if config.tls == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=self._timeout, context=context)
        else:
            smtp = smtplib.SMTP(*where, timeout=self._timeout)
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
        result = Result.REFUSED if error.smtp_code >= 500 else Result.LATER
        return Answer(result, _reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        said = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        return f"SMTP {error.smtp_code} {said}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
