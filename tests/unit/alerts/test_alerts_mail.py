# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail that a person reads, and the SMTP server's answers over a real connection."""

from __future__ import annotations

import dataclasses
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Thread

import pytest
from alert_lines import alert
from fake_mail import HANG, FakeMail
from geowatch.alerts.alert import decode, shown
from geowatch.alerts.channel import Result
from geowatch.alerts.config import EmailConfig
from geowatch.alerts.mail import LONGEST_SUBJECT, Mail, message, text

SENDER = "geowatch <geowatch@example.org>"
OPS = "ops@example.org"
BODY = """\
bob logged in from Germany

resource  bob@vpn1
time      2026-05-04T03:02:01.123Z
user      bob
expected  FI, SE
country   not known

What to do now
Call bob.

The log line
May  4 03:02:01 vpn1 openvpn[7]: bob

All alerts and where they went: send_alerts.py list
From geowatch/log1
"""


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


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def body_of(content: bytes) -> str:
    return str(read(content).get_content()).replace("\r\n", "\n")


def test_the_body_says_everything_and_the_advice_last() -> None:
    attributes = (b"user=bob", b"advice=Call bob.", b"expected=FI, SE", b"country=")
    assert text(alert(attributes=attributes)) == BODY


def test_without_advice_there_is_no_empty_section() -> None:
    assert "What to do now" not in text(alert(attributes=()))


def test_the_headers() -> None:
    mail = read(message(alert(), SENDER, OPS).as_bytes())
    assert mail["From"] == SENDER
    assert mail["To"] == OPS
    assert mail["Subject"] == "[critical] OpenVPNUnexpectedCountry bob@vpn1"
    assert mail["Message-ID"] == f"<{alert()['id']}.OpenVPNUnexpectedCountry@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert message(alert(), SENDER, OPS)["Message-ID"] == mail["Message-ID"]


def test_a_long_sender_does_not_break_the_message_id() -> None:
    host = ".".join(["long" * 10] * 5) + ".example.org"
    content = message(alert(), f"geowatch@{host}", OPS).as_bytes()
    identity = f"<{alert()['id']}.OpenVPNUnexpectedCountry@{host}>"
    assert f"\r\nMessage-ID: {identity}\r\n".encode() in content


@pytest.mark.parametrize(
    "name",
    [
        b"bob\r\nBcc: eve@example.org",
        "Jörg 漢字 🦊".encode(),
        b"\xff\xfe\x00",
        "\u202egnp\u2028".encode(),
        b"x" * 5000,
        b"=?utf-8?q?eve?=",
    ],
)
def test_a_hostile_name_stays_in_its_place(name: bytes) -> None:
    hostile = alert(resource=name + b"@vpn1", attributes=(b"user=" + name,), raw=name, text=name)
    content = message(hostile, SENDER, OPS).as_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 998
    mail = read(content)
    assert set(mail.keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    assert len(mail["Subject"]) <= LONGEST_SUBJECT
    body = body_of(content)
    assert all(char.isprintable() or char == "\n" for char in body)
    assert shown(decode(name)) in body


def test_a_mail_arrives_encrypted_and_logged_in(mail_server: FakeMail) -> None:
    channel = Mail(config(mail_server), 10)
    assert channel.deliver(alert(1), OPS).result is Result.DELIVERED
    assert channel.deliver(alert(2), OPS).result is Result.DELIVERED
    channel.close()
    assert [mail.recipients for mail in mail_server.mails] == [[OPS], [OPS]]
    assert body_of(mail_server.mails[0].content) == text(alert())
    assert mail_server.hellos == 2  # one connection: before STARTTLS and after it


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ("250 OK", Result.DELIVERED),
        ("550 no such user", Result.REFUSED),
        ("552 mailbox full", Result.REFUSED),
        ("450 greylisted", Result.LATER),
        ("451 try again", Result.LATER),
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
    [("554 looks like spam", Result.REFUSED), ("452 disk full", Result.LATER)],
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
    assert Mail(config(mail_server), 10).deliver(alert(), OPS).result is Result.FAILED


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
