# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules ask of a log line: when, which, and what is inside a quoted text."""

from __future__ import annotations

import os
import subprocess

import pytest
from correlator import ROLE


def call(function: str, *arguments: str, zone: str = "UTC") -> str:
    return subprocess.run(
        [
            "perl",
            f"-I{ROLE}/files/perl",
            "-MSyslog",
            "-e",
            f"print Syslog::{function}(@ARGV) // 'undef'",
            "--",
            *arguments,
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "TZ": zone},
    ).stdout.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    ("logged", "utc"),
    [
        ("2026-11-23T12:49:41.491570+00:00", "2026-11-23T12:49:41.491Z"),
        ("2026-11-23T12:49:41Z", "2026-11-23T12:49:41.000Z"),
        ("2026-11-23T12:49:41+02:00", "2026-11-23T10:49:41.000Z"),
        ("2026-11-23T12:49:41-0530", "2026-11-23T18:19:41.000Z"),
        ("2026-11-23 12:49:41", "2026-11-23T10:49:41.000Z"),
        ("Mon Nov 23 12:49:41 2026", "2026-11-23T10:49:41.000Z"),
        ("Nov 23 2026 12:49:41", "2026-11-23T10:49:41.000Z"),
        ("Jul  1 2026 12:49:41", "2026-07-01T09:49:41.000Z"),
        ("1795438785.004068", "2026-11-23T12:59:45.004Z"),
    ],
)
def test_times_become_utc(logged: str, utc: str) -> None:
    assert call("utc", logged, zone="Europe/Helsinki") == utc


@pytest.mark.parametrize(("days", "same_year"), [(-1, True), (0, True), (40, False)])
def test_a_time_without_a_year_is_not_in_the_future(days: int, same_year: bool) -> None:
    script = (
        "use POSIX 'strftime'; my @t = localtime(time + $ARGV[0] * 86400);"
        "my $stamp = strftime('%b %e %H:%M:%S', @t); my $year = 1900 + $t[5];"
        "print Syslog::utc($stamp) =~ /^$year-/ ? 1 : 0"
    )
    printed = subprocess.run(
        ["perl", f"-I{ROLE}/files/perl", "-MSyslog", "-e", script, "--", str(days)],
        check=True,
        capture_output=True,
        env={**os.environ, "TZ": "UTC"},
    ).stdout
    assert printed == (b"1" if same_year else b"0")


@pytest.mark.parametrize("logged", ["", "yesterday", "2026-13-45T99:00:00Z", "Xyz 12 10:00:00"])
def test_a_time_that_cannot_be_read_is_now(logged: str) -> None:
    now = call("utc")
    assert call("utc", logged)[:13] in (now[:13], call("utc")[:13])


def test_the_id_is_of_the_text() -> None:
    assert call("id", "a line") == call("id", "a line")
    assert call("id", "a line") != call("id", "another line")
    assert len(call("id", "a line")) == 32


@pytest.mark.parametrize("text", ["198.51.100.1", "2001:db8::1", "::ffff:198.51.100.1", "::"])
def test_an_address(text: str) -> None:
    assert call("is_address", text) == "1"


@pytest.mark.parametrize(
    "text",
    ["", "999.51.100.1", "198.51.100", "198.51.100.1:5", "2001:db8::1::", "fe80::1%eth0", "x"],
)
def test_not_an_address(text: str) -> None:
    assert call("is_address", text) == ""


@pytest.mark.parametrize(
    ("function", "quoted", "text"),
    [
        ("from_python", r"o\'neil \\ \xc3\xa9", "o'neil \\ é"),
        ("from_python", r"a\x0ab", ""),
        ("from_json", r"say \"hi\" \\ \u00e9", 'say "hi" \\ é'),
        ("from_json", "é", "é"),
        ("from_json", r"a\nb", ""),
        ("from_json", 'not"json', ""),
    ],
)
def test_quoted_texts(function: str, quoted: str, text: str) -> None:
    assert call(function, quoted) == text


@pytest.mark.parametrize(
    ("end", "span"),
    [
        ("2026-11-23T12:00:00.999Z", "0 s"),
        ("2026-11-23T12:00:59.000Z", "59 s"),
        ("2026-11-23T12:01:00.000Z", "1 min 0 s"),
        ("2026-11-23T12:59:59.000Z", "59 min 59 s"),
        ("2026-11-23T13:00:00.000Z", "1 h 0 min"),
        ("2026-11-25T11:59:59.000Z", "47 h 59 min"),
        ("2026-11-25T12:00:00.000Z", "2 days"),
        ("2026-11-23T11:59:50.000Z", "10 s"),  # lines of two servers, not quite in order
    ],
)
def test_a_span_is_said_as_people_say_it(end: str, span: str) -> None:
    assert call("span", "2026-11-23T12:00:00.000Z", end) == span


@pytest.mark.parametrize(
    ("address", "digits"),
    [
        ("192.0.2.1", "4:c0000201"),
        ("2001:db8::1", "6:20010db8000000000000000000000001"),
        ("2001:DB8:0:0::1", "6:20010db8000000000000000000000001"),
        ("fe80::1%eth0", "6:fe800000000000000000000000000001"),
        ("192.0.2.256", ""),
        ("nonsense", ""),
    ],
)
def test_an_address_has_one_form_for_the_networks_of_policies(address: str, digits: str) -> None:
    assert call("hex_address", address) == digits


@pytest.mark.parametrize(
    ("line", "epoch"),
    [
        ("2026-11-23T12:49:41.5+00:00 vpn1 openvpn[1]: x", "1795438181.5"),
        ("<29>1 2026-11-23T12:49:41Z vpn1 openvpn 1 - - x", "1795438181"),
        ("Mon Nov 23 12:49:41 2026 x", "1795438181"),
        ('{"log":"x","stream":"stdout","time":"2026-11-23T12:49:41Z"}', "1795438181"),
        ("x 2026-11-23T12:49:41Z", "undef"),
        ("2026-13-45T99:99:99Z x", "undef"),
    ],
)
def test_the_replay_finds_the_time_of_a_line(line: str, epoch: str) -> None:
    assert call("epoch_of", line) == epoch
