# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real OpenVPN log lines with the right answers, see corpus/README.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from rule_cases import Replay

CORPUS = Path(__file__).parent / "corpus/openvpn_lines.tsv"


class Row(NamedTuple):
    """A line of the corpus. User and address are empty where nothing may be found."""

    kind: str
    user: str
    ip: str
    source: str
    line: str


def rows() -> list[Row]:
    """Read the corpus. Bytes that are no UTF-8 are escaped as in the replay's output."""
    lines = CORPUS.read_bytes().split(b"\n")[1:-1]
    return [
        Row(*(field.decode("utf-8", "backslashreplace") for field in line.split(b"\t", 4)))
        for line in lines
    ]


def login(found: dict[str, Any]) -> tuple[str, str]:
    """Return the user and the address of a connection, a session or an alert's attributes."""
    return found["user"] or "", found["ip"]


def test_every_connection_is_found_exactly_and_none_is_invented(replay: Replay) -> None:
    lines = CORPUS.read_bytes().split(b"\n")[1:-1]
    found = replay(b"".join(line.split(b"\t", 4)[4] + b"\n" for line in lines))
    got = Counter((each["user"] or "", each["ip"], each["line"]) for each in found.connections)
    wanted = Counter(
        (row.user, row.ip, row.line)
        for row in rows()
        if row.kind == "connect" or (row.kind == "hostile" and row.ip)
    )
    assert len(wanted) > 100
    assert got - wanted == Counter()
    assert wanted - got == Counter()
    # Sequences of lines are sessions, whatever the user is called.
    ended = {
        (each["user"], each["proof"], each["start"][11:19], each["end"][11:19])
        for each in found.sessions
        if each["end"]
    }
    assert ended >= {
        ("bob", "established", "12:49:41", "12:49:43"),  # it said goodbye
        ("bob/8.8.8.8:1194", "established", "12:51:41", "12:51:43"),
        (None, "addressed", "12:52:16", "12:52:17"),
        ("udp4:8.8.8.8:53", "established", "12:52:44", "12:52:45"),
        ("\\xff\\xfe\\x80bin", "addressed", "12:53:46", "12:53:48"),
        ("Zoë Müller-Łódź 日本", "unconfirmed", "12:57:07", "12:57:09"),
    }


def test_every_connection_of_which_no_more_is_said_has_a_verdict(replay: Replay) -> None:
    kinds = (b"connect", b"hostile")
    lines = [line.split(b"\t", 4) for line in CORPUS.read_bytes().split(b"\n")[1:-1]]
    found = replay(b"".join(line[4] + b"\n" for line in lines if line[0] in kinds and line[2]))
    judged = Counter(login(each) for each in found.sessions)
    assert {login(each) for each in found.connections} == set(judged)
    verdicts = [each["attributes"] for each in found.alerts if "policy" in each["attributes"]]
    assert Counter(login(each) for each in verdicts) == judged
