# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail that a person reads, on a phone, at night; a hostile name does nothing to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from alert_lines import alert
from geowatch.alerts.alert import Alert, decode, shown
from geowatch.alerts.letter import LONGEST_SUBJECT, message, page, subject, text

SENDER = "geowatch <geowatch@example.org>"
OPS = "ops@example.org"
LOGIN = (
    b"user=bruno",
    b"ip=198.51.100.130",
    b"country=BR",
    b"country_name=Brazil",
    b"server=vpn1",
    b"policy=default",
    b"expected=FI, SE",
    b"reason=found",
    b"proof=established",
    b"database=GeoLite2-Country",
    b"database_date=2026-05-01",
    b"asn=",
    b"as_owner=",
    b"mail_to=",
    b"advice=Call bruno. End the session: geowatch-example kill bruno",
)
BODY = """\
OpenVPN login from Brazil (BR), unexpected: 198.51.100.130 on vpn1, user "bruno"

What to do
Call bruno. End the session: geowatch-example kill bruno

Who     bruno
From    198.51.100.130, Brazil
Server  vpn1
When    Monday, 4 May 2026, 06:02:01 EEST
Policy  default, expects FI, SE

All alerts and where they went: geowatch alerts list. From geowatch/log1

The log line
May  4 03:02:01 vpn1 openvpn[7]: bruno
"""


@pytest.fixture(autouse=True)
def in_helsinki(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Helsinki")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def login(**changes: Any) -> Alert:
    said = 'OpenVPN login from Brazil (BR), unexpected: 198.51.100.130 on vpn1, user "bruno"'
    given: dict[str, Any] = {
        "text": said.encode(),
        "attributes": LOGIN,
        "raw": b"May  4 03:02:01 vpn1 openvpn[7]: bruno",
    }
    return alert(**given | changes)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return str(found.get_content()).replace("\r\n", "\n")


def test_the_body_says_first_what_happened_then_what_to_do_and_the_line_last() -> None:
    assert text(login()) == BODY


def test_nothing_is_empty() -> None:
    bare = alert(attributes=(b"server=log1",), raw=b"")
    assert "What to do" not in text(bare) + page(bare)
    assert "The log line" not in text(bare) + page(bare)
    assert "Who" not in text(bare)


@pytest.mark.parametrize(
    ("event", "attributes", "subject_"),
    [
        ("OpenVPNUnexpectedCountry", LOGIN, "OpenVPN login from Brazil: bruno, vpn1"),
        ("OpenVPNNewCountry", LOGIN, "OpenVPN login from Brazil (new country): bruno, vpn1"),
        (
            "OpenVPNUnknownCountry",
            (b"user=ulla", b"ip=198.18.0.10", b"country_name=", b"server=vpn1"),
            "OpenVPN, unknown country: ulla, vpn1",
        ),
        (
            "OpenVPNFailedLogins",
            (b"address=203.0.113.9", b"server=vpn1", b"count=12"),
            "OpenVPN, failed logins: 203.0.113.9, vpn1",
        ),
        ("GeowatchDiskFull", (b"server=log1",), "The disk is nearly full"),
    ],
)
def test_the_subject_says_from_where_and_who(
    event: str, attributes: tuple[bytes, ...], subject_: str
) -> None:
    given = login(attributes=attributes, text=b"The disk is nearly full")
    given["event"] = event
    assert subject(given) == f"[critical] {subject_}"


def test_the_headers() -> None:
    mail = read(message(login(), SENDER, OPS).as_bytes())
    assert mail["From"] == SENDER
    assert mail["To"] == OPS
    assert mail["Subject"] == "[critical] OpenVPN login from Brazil: bruno, vpn1"
    assert mail["Message-ID"] == f"<{alert()['id']}.OpenVPNUnexpectedCountry@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert message(login(), SENDER, OPS)["Message-ID"] == mail["Message-ID"]


class Page(HTMLParser):
    """The tags of a page, and what is read aloud."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.heard: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.heard += filter(None, (line.strip() for line in data.splitlines()))


def test_a_screen_reader_hears_the_same() -> None:
    mail = read(message(login(), SENDER, OPS).as_bytes())
    assert part(mail, "plain") == BODY
    heard = Page(part(mail, "html"))
    assert {"h2", "dl", "dt", "dd", "pre", "title"} <= set(heard.tags)
    assert not {"table", "img", "style", "script", "a"} & set(heard.tags)
    assert '<html lang="en">' in part(mail, "html")
    for words in ("What to do", "bruno", "198.51.100.130, Brazil", "default, expects FI, SE"):
        assert words in heard.heard


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
        b"<script>alert(1)</script>",
        b"</dd></dl><h1>All is well</h1>",
        b"<img src=https://203.0.113.1/>",
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
        "MIME-Version",
    }
    assert len(mail["Subject"]) <= LONGEST_SUBJECT
    for kind in ("plain", "html"):
        assert all(char.isprintable() or char == "\n" for char in part(mail, kind))
    assert shown(decode(name)) in part(mail, "plain")
    named = Page(part(mail, "html"))
    assert shown(decode(name)) in named.heard
    assert named.tags == Page(page(alert(attributes=(b"user=bob",), raw=b"bob"))).tags
