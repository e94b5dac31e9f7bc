# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads after a replay."""

from __future__ import annotations

from typing import Any

from replay_summary import Input, summary


def session(user: str, country: str | None) -> dict[str, Any]:
    return {"user": user, "country": country}


def test_what_was_found() -> None:
    sessions = [session("ann", "FI"), session("bea", "FI"), session("bea", None)]
    alerts = [
        {"event": "XExpectedCountry", "severity": "informational"},
        {"event": "XExpectedCountry", "severity": "informational"},
        {"event": "XUnexpectedCountry", "severity": "critical"},
    ]
    assert summary([Input("a.log", 9, 5, 0, 3, 0)], sessions, alerts, []) == [
        "3 sessions of 2 users, in 1 log of 9 lines",
        "From: FI 2, unknown 1",
        "Alerts: 1 XUnexpectedCountry (critical)",
        "Alerts: 2 XExpectedCountry (informational)",
    ]


def test_what_gave_nothing_says_why() -> None:
    inputs = [
        Input("empty.log", 0, 0, 0, 0, 0),
        Input("other.log", 7, 0, 0, 0, 0),
        Input("odd.log", 7, 3, 0, 0, 2),
        Input("quiet.log", 7, 1, 1, 0, 0),
    ]
    assert summary(inputs, [], [], [])[1:] == [
        "Alerts: none",
        "No login in empty.log: it has no line",
        "No login in other.log: no sign of one in 7 lines",
        "No login in odd.log: of 3 lines with a sign of a login 2 could not be understood, "
        "and no other is a login",
        "No login in quiet.log: 1 line may be about logins, but none says that a client came in",
        "No time in 1 of 1 line of quiet.log: they have the time of the line before",
    ]


def test_what_was_not_understood_has_counts_and_examples() -> None:
    found = [
        {
            "line": f"line {number} \x1b[31m" + "x" * 300,
            "log": "a",
            "number": number,
            "why": "no shape",
        }
        for number in range(7)
    ]
    found.append({"line": "short", "log": "b", "number": 9, "why": "no form"})
    _, _, title, *lines = summary([Input("a", 9, 9, 0, 1, 8)], [], [], found)
    assert title.startswith("Not understood: 8 lines")
    assert lines[0] == "  7: no shape"
    assert lines[1].startswith("    a:0: line 0 ?[31mxxx")
    assert lines[1].endswith("x...")
    assert lines[6:] == ["  1: no form", "    b:9: short"]
