# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SMTP server's answers over a real connection: what they mean for a mail, and for others."""

from __future__ import annotations

import dataclasses
import socket
from threading import Thread
from typing import Any

import pytest
from alert_lines import alert
from fake_mail import HANG, FakeMail
from fake_talk import DRIP, ENDLESS, GOOD, RESET, FakeTalk
from geowatch.alerts.channel import Result
from geowatch.alerts.mail import Mail
from geowatch.alerts.settings import EmailConfig
from waiting import wait_for

SENDER = "geowatch <geowatch@example.org>"
OPS = "ops@example.org"


def config(server: FakeMail) -> EmailConfig:
    return EmailConfig(
        to=[OPS],
        sender=SENDER,
        server="localhost",
        port=server.port,
        tls="starttls",
        username="geowatch",
        password="open sesame",
        ca_file=str(server.certificate),
    )


def test_a_mail_arrives_encrypted_and_logged_in(mail_server: FakeMail) -> None:
    channel = Mail(config(mail_server), 10)
    assert channel.deliver(alert(1), OPS).result is Result.DELIVERED
    assert channel.deliver(alert(2), OPS).result is Result.DELIVERED
    channel.close()
    assert [mail.recipients for mail in mail_server.mails] == [[OPS], [OPS]]
    assert b"bob logged in from Germany" in mail_server.mails[0].content
    assert mail_server.hellos == 2  # one connection: before STARTTLS and after it


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ("250 OK", Result.DELIVERED),
        ("251 is elsewhere", Result.DELIVERED),
        ("252 perhaps", Result.DELIVERED),
        ("450 greylisted", Result.LATER),
        ("451 try again", Result.LATER),
        # Of this recipient.
        ("550 5.1.1 no such user", Result.REFUSED),
        ("550 5.1.10 null MX", Result.REFUSED),
        ("552 5.2.2 mailbox full", Result.REFUSED),
        ("552 mailbox full", Result.REFUSED),
        ("550 5.2.1 disabled", Result.REFUSED),
        # Of us, our configuration or our address.
        ("504 5.5.2 <log1>: Helo command rejected: need fully-qualified hostname", Result.LATER),
        ("550 5.1.8 sender's domain not found", Result.LATER),
        ("553 5.7.1 Sender address rejected: not owned by user", Result.LATER),
        ("554 5.7.1 Relay access denied", Result.LATER),
        ("550 5.7.1 blocked, see https://bl.example.org", Result.LATER),
        ("550 5.7.26 not authenticated", Result.LATER),
        ("550 no such user", Result.LATER),
        ("530 log in first", Result.DOWN),
        ("421 going down", Result.DOWN),
    ],
)
def test_what_a_reply_about_a_recipient_means(
    mail_server: FakeMail, reply: str, result: Result
) -> None:
    mail_server.rcpt["bad@example.org"] = reply
    channel = Mail(config(mail_server), 10)
    answer = channel.deliver(alert(), "bad@example.org")
    assert answer.result is result
    assert result is Result.DELIVERED or answer.reason == f"SMTP {reply}"
    assert channel.deliver(alert(), OPS).result is Result.DELIVERED
    channel.close()


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ("554 5.7.1 looks like spam", Result.FAILED),  # of this mail, or of all of them
        ("552 5.3.4 too large", Result.REFUSED),
        ("550 5.2.2 mailbox full", Result.REFUSED),
        ("452 disk full", Result.LATER),
    ],
)
def test_what_a_reply_about_the_content_means(
    mail_server: FakeMail, reply: str, result: Result
) -> None:
    mail_server.data = reply
    channel = Mail(config(mail_server), 10)
    assert channel.deliver(alert(), OPS).result is result
    mail_server.data = "250 OK"
    assert channel.deliver(alert(), OPS).result is Result.DELIVERED
    channel.close()


def test_a_server_that_hangs_after_data_fails(
    mail_server: FakeMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.mail.LONGEST_LOOK", 0.3)
    mail_server.data = HANG
    assert Mail(config(mail_server), 10).deliver(alert(), OPS).result is Result.UNSURE


def test_a_server_may_look_through_a_mail_for_long(mail_server: FakeMail) -> None:
    """Longer than it may need for anything else: to give up is to send it twice."""
    mail_server.look = 1.0
    channel = Mail(config(mail_server), 0.5)
    assert channel.deliver(alert(), OPS).result is Result.DELIVERED
    channel.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"password": "wrong"}, "535"),
        ({"server": "127.0.0.1"}, "CERTIFICATE_VERIFY_FAILED"),
        ({"ca_file": ""}, "CERTIFICATE_VERIFY_FAILED"),
        ({"ca_file": "/no/such/file"}, "No such file"),
        ({"server": "mail.invalid"}, "gaierror"),
        ({"tls": "none", "username": "", "password": ""}, "530"),
        ({"username": "", "password": ""}, "530"),
        ({"tls": "implicit"}, "SSL"),
    ],
)
def test_a_wrong_configuration_loses_no_mail(
    mail_server: FakeMail, change: dict[str, str], reason: str
) -> None:
    wrong = dataclasses.replace(config(mail_server), **change)  # type: ignore[arg-type]
    answer = Mail(wrong, 10).deliver(alert(), OPS)
    assert answer.result is Result.DOWN
    assert reason in answer.reason
    assert "sesame" not in answer.reason
    assert mail_server.mails == []
    # Only a server that proved who it is hears a password.
    assert set(mail_server.logins) == ({"wrong"} if reason == "535" else set())


def test_no_password_where_starttls_is_not_offered() -> None:
    """A middleman who hides STARTTLS gets nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        plain = EmailConfig([OPS], SENDER, "localhost", port, "starttls", "geowatch", "secret", "")
        heard: list[bytes] = []

        def serve() -> None:
            connection, _peer = listener.accept()
            with connection:
                connection.sendall(b"220 hello\r\n")
                while said := connection.recv(1000):
                    heard.append(said)
                    connection.sendall(b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n")

        thread = Thread(target=serve, daemon=True)
        thread.start()
        answer = Mail(plain, 10).deliver(alert(), OPS)
        thread.join()
    assert answer.result is Result.DOWN
    assert "STARTTLS" in answer.reason
    assert b"AUTH" not in b"".join(heard)


def test_a_server_that_comes_back_gets_a_new_connection(mail_server: FakeMail) -> None:
    channel = Mail(config(mail_server), 10)
    assert channel.deliver(alert(1), OPS).result is Result.DELIVERED
    mail_server.stop()
    assert channel.deliver(alert(2), OPS).result is Result.DOWN
    mail_server.start()
    assert channel.deliver(alert(2), OPS).result is Result.DELIVERED
    channel.close()


def test_goodbye_to_a_server_that_is_gone_is_no_error(mail_server: FakeMail) -> None:
    channel = Mail(config(mail_server), 10)
    channel.deliver(alert(), OPS)
    mail_server.stop()
    channel.close()


def plain(talk: FakeTalk, **changes: Any) -> Mail:
    """Return a channel to a server that only talks."""
    where = EmailConfig([OPS], SENDER, "127.0.0.1", talk.port, "none", "", "", "")
    return Mail(dataclasses.replace(where, **changes), 0.3)


def test_a_server_may_let_strangers_wait(talk: FakeTalk) -> None:
    """Postscreen does so, and sendmail; RFC 5321 grants five minutes."""
    talk.greets_after = 1.0
    assert plain(talk).deliver(alert(), OPS).result is Result.DELIVERED


@pytest.mark.parametrize("word", ["hello", "EHLO", "RCPT", "DATA", "."])
def test_an_endless_reply_is_not_heard_to_its_end(talk: FakeTalk, word: str) -> None:
    talk.says[word] = ENDLESS
    answer = plain(talk).deliver(alert(), OPS)
    assert answer.result in (Result.DOWN, Result.LATER, Result.UNSURE)
    assert "no end" in answer.reason
    wait_for(lambda: talk.said, "it began")
    assert talk.said < 32 << 20  # what the system's buffers take


@pytest.mark.parametrize("word", ["hello", "EHLO", "RCPT"])
def test_a_reply_that_drips_ends(
    talk: FakeTalk, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.alerts.mail._Patient.patience", 0.5)
    talk.says[word] = DRIP
    answer = plain(talk).deliver(alert(), OPS)
    assert (answer.result, answer.reason) == (Result.DOWN, "TimeoutError: timed out")


@pytest.mark.parametrize(
    ("ours", "said"), [("log1.example.org", "log1.example.org"), ("log1", "[127.0.0.1]")]
)
def test_we_say_our_full_name_or_our_address(talk: FakeTalk, ours: str, said: str) -> None:
    assert plain(talk, hello=ours).deliver(alert(), OPS).result is Result.DELIVERED
    assert f"ehlo {said}" in talk.heard


def test_after_a_refusal_the_server_begins_anew(talk: FakeTalk) -> None:
    talk.says["DATA"] = "451 4.3.0 try again"
    channel = plain(talk)
    assert channel.deliver(alert(), OPS).result is Result.LATER
    talk.says["DATA"] = GOOD["DATA"]
    assert channel.deliver(alert(), OPS).result is Result.DELIVERED
    words = [word.upper() for word in talk.words()]
    assert words == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL", "RCPT", "DATA"]


def test_a_connection_that_ends_after_the_mail_may_have_delivered_it(talk: FakeTalk) -> None:
    talk.says["."] = RESET
    assert plain(talk).deliver(alert(), OPS).result is Result.UNSURE
    talk.says["DATA"] = RESET
    assert plain(talk).deliver(alert(), OPS).result is Result.LATER


def test_a_line_of_one_dot_ends_no_mail(talk: FakeTalk) -> None:
    hostile = alert(raw=b".\r\n.\r\nQUIT", text=b".")
    assert plain(talk).deliver(hostile, OPS).result is Result.DELIVERED
    assert talk.mails[0].startswith("From: ")
    assert "QUIT" not in talk.words()
