# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of the queue file becomes an alert, whatever bytes are in it."""

from __future__ import annotations

import json

import pytest
from alert_lines import alert, line
from geowatch.alerts.alert import MalformedLine, json_line, own_recipients, parse, shown


def test_an_alert_has_exactly_the_agreed_fields() -> None:
    assert alert() == {
        "id": "00000000000000000000000000000001",
        "time": "2026-05-04T03:02:01.123Z",
        "environment": "Production",
        "resource": "bob@vpn1",
        "event": "OpenVPNUnexpectedCountry",
        "severity": "critical",
        "service": "logins",
        "group": "OpenVPN",
        "value": "DE",
        "text": "bob logged in from Germany",
        "origin": "geowatch/log1",
        "attributes": {"user": "bob", "ip": "198.51.100.7", "advice": "Call bob."},
        "raw": "May  4 03:02:01 vpn1 openvpn[7]: bob",
        "mail": True,
    }


def test_own_recipients_are_addresses_each_once() -> None:
    own = alert(attributes=(b"mail_to=a@example.org,no address,a@example.org,b@example.org",))
    assert own_recipients(own) == ["a@example.org", "b@example.org"]
    assert "mail_to" not in alert(attributes=(b"mail_to=", b"user=bob"))["attributes"]
    assert own_recipients(alert()) == []


def test_no_mail_is_due_where_the_line_says_so() -> None:
    assert alert(mail=b"no_mail")["mail"] is False


def test_attributes_keep_their_order_and_may_be_absent() -> None:
    assert list(alert()["attributes"]) == ["user", "ip", "advice"]
    assert alert(attributes=())["attributes"] == {}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Jörg".encode(), "Jörg"),
        (b"b\xffb", "b\\xffb"),
        (b"\xc0\x80", "\\xc0\\x80"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),  # a surrogate: no JSON could hold it
        (b"a=b", "a=b"),
        (b"raw=forged", "raw=forged"),
        (b"`id`; $(id) ' \" \\ %s {{ 7 }}", "`id`; $(id) ' \" \\ %s {{ 7 }}"),
        (b"", ""),
    ],
)
def test_bytes_of_a_name_are_escaped_and_never_dropped(data: bytes, expected: str) -> None:
    assert alert(attributes=(b"user=" + data,))["attributes"] == {"user": expected}


def test_the_log_line_may_hold_anything() -> None:
    raw = b"\traw=\tuser=eve\t\x00\x1b[31m\xff"
    assert alert(raw=raw)["raw"] == "\traw=\tuser=eve\t\x00\x1b[31m\\xff"
    assert "eve" not in str(alert(raw=raw)["attributes"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jörg 漢字 🦊", "Jörg 漢字 🦊"),
        ("a\nb\tc\x1b[31m", "a\\u000ab\\u0009c\\u001b[31m"),
        ("\u202egnp.exe\u2066", "\\u202egnp.exe\\u2066"),
        ("soft\u00adhyphen\ufeff", "soft\\u00adhyphen\\ufeff"),
        ("\u0085\u2028", "\\u0085\\u2028"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_text_shows_what_does_not_print(text: str, expected: str) -> None:
    assert shown(text) == expected
    assert alert(text=text.encode().replace(b"\t", b""))["text"] == expected.replace("\\u0009", "")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"", "1 fields"),
        (b"bad line", "1 fields"),
        (b"\t" * 9, "10 fields"),
        (line().replace(b"\traw=", b"\t"), "name=value"),
        (line().partition(b"\traw=")[0], "name=value"),
        (line().replace(b"user=bob", b"user"), "name=value"),
        (line().replace(b"user=bob", b"User=bob"), "name=value"),
        (line(attributes=(b"user=bob", b"user=eve")), "user is there twice"),
        (line().replace(b"000001", b"00 001"), "the field id"),
        (line().replace(b"000001", b"00\r\n001"), "the field id"),
        (line().replace(b"05-04T", b"5-4T"), "the field time"),
        (line().replace(b"05-04T", b"13-04T"), "the field time"),
        (line().replace(b".123Z", b"Z"), "the field time"),
        (line().replace(b"2026", "\uff12026".encode()), "the field time"),
        (line(severity=b"CRITICAL!"), "the field severity"),
        (line(mail=b""), "the field mail"),
        (line(resource=b""), "the field resource"),
        (line().replace(b"OpenVPNUnexpectedCountry", b"a.b@c>"), "the field event"),
    ],
)
def test_what_is_not_an_alert_is_named(bad: bytes, reason: str) -> None:
    with pytest.raises(MalformedLine, match=reason) as error:
        parse(bad, "Production", "geowatch/log1")
    assert str(error.value).isprintable()


def test_a_line_of_json_is_one_line_and_harmless_on_a_terminal() -> None:
    item = {"user": 'J\u00f6rg\n\x1b[31m\u202e\u0085\u2028\x00\U000e0041"\\'}
    text = json_line(item)
    assert text.isprintable()
    assert "Jörg" in text
    assert json.loads(text) == item
