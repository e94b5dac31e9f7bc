# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What silence is too long: over years of made-up logs, and by itself."""

from __future__ import annotations

import subprocess

import pytest
from life import PERL
from made_up_logs import DAY, HOUR, LOGS, YEARS, judged

MONDAY = 1_798_459_200
"""Noon."""


@pytest.mark.parametrize("name", LOGS)
def test_years_of_a_log(name: str) -> None:
    found = judged(name, seed=1)
    assert sum(found["false"]) <= YEARS
    assert len(found["deaths"]) > 100
    # To the minute, and a sign of life counts for five.
    assert max(death[1] for death in found["deaths"]) < 1.55


def said(code: str) -> list[str]:
    start = f"use Gaps; my ($hour, $day) = (3600, 86400); my $gaps = Gaps::new({MONDAY});"
    start += "sub daily { Gaps::heard($gaps, $gaps->{last} + $day) for 1 .. $_[0] }"
    start += (
        "sub silent { print Gaps::is_silent($gaps, $gaps->{last} + $_[0]) ? 'yes' : 'no', qq(\\n) }"
    )
    done = subprocess.run(
        ["perl", "-w", *PERL, "-e", f"{start}{code}"],
        capture_output=True,
        text=True,
        env={"TZ": "Europe/Helsinki", "PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_a_weekend_is_counted_apart() -> None:
    # From Friday 18:00 to Monday 8:00, of which 6 and 8 hours are of weekdays.
    friday = MONDAY - 4 * HOUR + 4 * DAY + 8 * HOUR
    monday = friday + 62 * HOUR
    between = f"print join(' ', map {{ $_ / 3600 }} Gaps::between({friday}, {monday}))"
    assert said(between) == ["62", "14", "48"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_day_with_another_number_of_hours_is_counted_as_it_is(day: str) -> None:
    hours = 23 if day.startswith("2026-03") else 25
    code = f"use POSIX; my ($y, $m, $d) = split /-/, '{day}';"
    code += "my @midnight = map { mktime(0, 0, 0, $_, $m - 1, $y - 1900, 0, 0, -1) } $d, $d + 1;"
    assert said(f"{code} print join ' ', map {{ $_ / 3600 }} Gaps::between(@midnight)") == [
        *(str(hours), "0", str(hours))
    ]


def test_it_counts_from_the_third_day_on() -> None:
    silent = "silent(20 * $day);"
    assert said(f"daily(2); Gaps::heard($gaps, $gaps->{{last}} + $day - 1); {silent}") == ["no"]
    assert said(f"daily(3); {silent}") == ["yes"]


def test_half_as_long_again_is_too_long() -> None:
    # Two weeks of days are known. A Monday noon: what follows are weekdays.
    assert said("daily(14); silent(36 * $hour); silent(36 * $hour + 1)") == ["no", "yes"]


def test_of_few_days_more_is_awaited() -> None:
    # Until Friday noon, five days: 14 by 5.
    awaited = "daily(7); my ($all, $weekday) = Gaps::limits($gaps); print $weekday / $hour"
    assert said(awaited) == ["63"]


def test_it_is_between_an_hour_and_thirty_days() -> None:
    often = "Gaps::heard($gaps, $gaps->{last} + 600) for 1 .. 144 * 14;"
    assert said(f"{often} silent(3600); silent(3601)") == ["no", "yes"]
    rare = "for (1 .. 20) { Gaps::heard($gaps, $gaps->{last} + 25 * $day) }"
    assert said(f"{rare} silent(30 * $day); silent(30 * $day + 1)") == ["no", "yes"]


def test_what_rang_makes_it_three_times_as_long_at_most() -> None:
    outage = "daily(14); Gaps::heard($gaps, $gaps->{last} + 29 * $day);"
    assert said(f"{outage} print((Gaps::limits($gaps))[0] / $hour)") == ["108"]


def test_it_is_forgotten_after_thirteen_months() -> None:
    once = "daily(14); Gaps::heard($gaps, $gaps->{last} + 2 * $day);"
    assert said(f"{once} daily(360); print((Gaps::limits($gaps))[0] / $hour)") == ["72"]
    assert said(f"{once} daily(440); print((Gaps::limits($gaps))[0] / $hour)") == ["36"]


def test_as_a_text_it_is_the_same() -> None:
    code = (
        "daily(40); my $text = Gaps::text($gaps); print $text eq Gaps::text(Gaps::of_text($text))"
    )
    assert said(code) == ["1"]
