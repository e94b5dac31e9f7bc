# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How late a verdict is, where it waited, and what becomes of many at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from life import PERL

START = Path(__file__).with_name("late.pl").read_text()


def said(code: str, start: str = START) -> list[str]:
    command = ["perl", "-w", *PERL, "-e", f"{start}{code}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("ago", "caught_up", "late"),
    [
        (301, 0, "5 min 1 s|log"),
        (300, 0, "|"),
        (3780, 0, "1 h 3 min|log"),
        # All was read before the line was logged, and not since.
        (3780, 3780, "1 h 3 min|correlator"),
        (3780, 3719, "1 h 3 min|log"),
        (3780, 3720, "1 h 3 min|correlator"),
    ],
)
def test_a_line_that_came_late(ago: int, caught_up: int, late: str) -> None:
    steps = f"$caught_up = $now - {caught_up}; my $login = login({ago}); Late::came($login);"
    assert said(f"{steps} Late::recognised($login); $caught_up = $now; print late($login)") == [
        late
    ]


@pytest.mark.parametrize(("seconds", "late"), [(300, "|"), (301, "5 min 1 s|lookup")])
def test_a_lookup_that_did_not_answer(seconds: int, late: str) -> None:
    steps = f"my $login = login(0); Late::came($login); Late::recognised($login); pass({seconds});"
    assert said(f"{steps} print late($login)") == [late]


def test_an_answer_that_was_not_read() -> None:
    steps = "my $login = login(0); Late::came($login); Late::recognised($login); $now += 400;"
    assert said(f"{steps} print late($login)") == ["6 min 40 s|correlator"]


def test_what_no_rule_judged_waited_for_the_rules() -> None:
    steps = "my $login = login(0); Memory::remember('unjudged', 9999, 'login', $login->{id}, 'x');"
    assert said(f"{steps} pass(400); print late($login)") == ["6 min 40 s|rules"]


def test_what_waited_twice_is_told_by_the_longer_wait() -> None:
    steps = "my $login = login(200); Late::came($login); Late::recognised($login);"
    assert said(f"{steps} pass(100); print late($login)") == ["|"]
    assert said(f"{steps} pass(101); print late($login)") == ["5 min 1 s|log"]
    assert said(f"{steps} pass(201); print late($login)") == ["6 min 41 s|lookup"]


def test_a_client_that_is_decided_after_ten_minutes_is_not_late() -> None:
    steps = "my $login = login(0); Late::came($login); pass(600); Late::recognised($login);"
    assert said(f"{steps} pass(1); print late($login)") == ["|"]


def test_that_time_is_not_counted_of_a_late_line_either() -> None:
    steps = "my $login = login(200); Late::came($login); pass(600); Late::recognised($login);"
    assert said(f"{steps} pass(100); print late($login)") == ["|"]
    assert said(f"{steps} pass(101); print late($login)") == ["5 min 1 s|log"]


def test_a_backlog_is_stored_once_a_second() -> None:
    stored = "print +(split /\\t/, Memory::recall('backlog', 'all', ''))[2], ' ';"
    code = f"{late_ones(2)} {stored} pass(1); {late_ones(3)} {stored}"
    assert said(code) == ["1 3 "]


def test_in_a_replay_nothing_is_late() -> None:
    start = START.replace("*Feed::caught_up = sub", "our $unused = sub")
    steps = "my $login = login(9999); Late::came($login); Late::recognised($login); Late::note();"
    code = f"{steps} mail($login); print late($login), qq(\\n@raised\\n), Memory::all('late')"
    assert said(code, start) == ["|", "E|critical|mail||rings"]


def test_what_was_read_before_is_known_after_a_restart() -> None:
    steps = "Late::note(); $caught_up = 0; $now += 3600; my $login = login(3000);"
    assert said(f"{steps} Late::came($login); print late($login)") == ["50 min 0 s|correlator"]


def late_ones(number: int) -> str:
    one = "my $login = login(3600); Late::came($login); late($login); mail($login, $_)"
    return f"for (1 .. {number}) {{ {one} }}"


def test_a_few_are_no_backlog_and_ring_by_themselves() -> None:
    code = f"{late_ones(4)} pass(60); windows(); print map {{ qq($_\\n) }} @raised"
    assert said(code) == ["E|critical|mail||rings"] * 4


def test_a_backlog_rings_once_and_names_what_did_not() -> None:
    code = f"{late_ones(40)} pass(59); windows(); pass(1); windows(); pass(700); windows();"
    *single, backlog = said(f"{code} print map {{ qq($_\\n) }} @raised")
    assert [each.split("|")[2] for each in single] == ["mail"] * 4 + ["no_mail"] * 36
    assert backlog == (
        "GeowatchBacklog|major|mail|40|40 logins were judged late, by up to 1 h 0 min. "
        "They waited at: log of vpn1. 36 of their alerts had no e-mail, such as "
    )


def test_a_backlog_that_goes_on_is_said_every_ten_minutes() -> None:
    quiet = "{ my $login = login(3600); Late::came($login); late($login); }"
    code = f"{quiet * 5} pass(60); windows(); {quiet} pass(599); windows(); pass(1); windows();"
    code += "my $one = login(3600); Late::came($one); late($one); mail($one); pass(600); windows();"
    found = said(f"{code} print map {{ qq($_\\n) }} @raised")
    assert [each.split("|")[:4] for each in found] == [
        ["GeowatchBacklog", "warning", "mail", "5"],
        ["GeowatchBacklog", "warning", "no_mail", "1"],
        ["E", "critical", "no_mail", ""],
        ["GeowatchBacklog", "major", "mail", "1"],
    ]


def test_what_is_on_time_rings_during_a_backlog() -> None:
    code = (
        f"{late_ones(9)} @raised = (); mail(login(300)); mail(login(301)); mail({{time => undef}});"
    )
    found = said(f"{code} print map {{ qq($_\\n) }} @raised")
    assert [each.split("|")[2] for each in found] == ["mail", "no_mail", "mail"]
