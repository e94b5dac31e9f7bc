# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Years of made-up logs: when they had a line. Run it to see what the silence in them is worth."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from life import PERL

HOUR, DAY = 3600, 86_400
START, YEARS = date(2023, 1, 2), 3
# Good Friday and Easter Monday, Ascension, and the Friday of Midsummer, beside the fixed ones.
MOVING = [
    *("2023-04-07", "2023-04-10", "2023-05-18", "2023-06-23"),
    *("2024-03-29", "2024-04-01", "2024-05-09", "2024-06-21"),
    *("2025-04-18", "2025-04-21", "2025-05-29", "2025-06-20"),
]
FIXED = {(1, 1), (1, 6), (5, 1), (12, 6), (12, 24), (12, 25), (12, 26)}


def _days() -> Iterator[tuple[date, float]]:
    for number in range(365 * YEARS):
        day = START + timedelta(number)
        yield day, datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _is_off(day: date) -> bool:
    return day.weekday() >= 5 or (day.month, day.day) in FIXED or str(day) in MOVING


def _session(begin: float, hours: float) -> list[float]:
    """Its keys are negotiated anew every hour."""
    return [begin + HOUR * each for each in (*range(max(1, int(hours + 1))), hours)]


def office(dice: random.Random, users: int = 25, at_odd_times: bool = True) -> list[float]:
    """Twenty-five people, some of them in the evening or on a weekend; half of them in July."""
    lines: list[float] = []
    for day, midnight in _days():
        for _ in range(users):
            works = 0.8 if day.month != 7 else 0.35
            if not _is_off(day) and dice.random() < works:
                lines += _session(
                    midnight + dice.gauss(8.5, 1) * HOUR, max(0.3, dice.gauss(7.5, 1))
                )
            if at_odd_times and dice.random() < (0.015 if _is_off(day) else 0.06):
                hour = dice.gauss(14, 3) if _is_off(day) else dice.gauss(20, 1)
                lines += _session(midnight + hour * HOUR, max(0.2, dice.gauss(1.3, 0.7)))
    return lines


def strict_office(dice: random.Random) -> list[float]:
    """Twelve people, and nothing at night, on weekends and holidays."""
    return office(dice, users=12, at_odd_times=False)


def scans(dice: random.Random, mean: float) -> list[float]:
    """What the internet does to an open port, every so many hours."""
    lines = [datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp()]
    end = lines[0] + 365 * YEARS * DAY
    while lines[-1] < end:
        lines.append(lines[-1] + dice.expovariate(1 / mean) * HOUR)
    return lines


def club(dice: random.Random) -> list[float]:
    """Three logins a week; three weeks of pause in July, two at the end of the year."""
    lines: list[float] = []
    for day, midnight in _days():
        pause = (7, 1) <= (day.month, day.day) <= (7, 21) or (day.month, day.day) >= (12, 22)
        pause = pause or (day.month, day.day) <= (1, 4)
        if day.weekday() in (0, 2, 4) and not pause and dice.random() < 0.93:
            lines += _session(midnight + dice.gauss(19, 0.5) * HOUR, 2)
    return lines


def marks(dice: random.Random) -> list[float]:
    """rsyslog's mark every twenty minutes, and a restart now and then."""
    first = datetime(START.year, START.month, START.day, tzinfo=UTC).timestamp()
    every = range(0, 365 * YEARS * DAY, 1200)
    return [first + each for each in every if dice.random() > 0.002]


LOGS: dict[str, Callable[[random.Random], list[float]]] = {
    "an office": office,
    "an office, strictly 8 to 17": strict_office,
    "an office, and scans every 2 h": lambda dice: office(dice) + scans(dice, 2),
    "scans every 6 h": lambda dice: scans(dice, 6),
    "a club, three logins a week": club,
    "three logins a week, at any time": lambda dice: scans(dice, 56),
    "marks every 20 min": marks,
}


def judged(name: str, seed: int) -> dict[str, Any]:
    """Return what gaps.pl says of such a log."""
    lines = sorted(int(each) for each in LOGS[name](random.Random(f"{name} {seed}")))
    done = subprocess.run(
        ["perl", "-w", *PERL, str(Path(__file__).with_name("gaps.pl"))],
        input="".join(f"{each}\n" for each in lines),
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["false"] += [0] * (YEARS - len(found["false"]))
    return found


def main(seeds: int = 5) -> None:
    """Print a row for each log."""
    print(
        "| log | false alarms a year (each) | most in one | told after | at most | of longest gap |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name in LOGS:
        found = [judged(name, seed) for seed in range(seeds)]
        years = [statistics.mean(each) for each in zip(*(f["false"] for f in found), strict=True)]
        worst = max(max(each["false"]) for each in found)
        after = [death[0] / HOUR for each in found for death in each["deaths"]]
        most = max(death[1] for each in found for death in each["deaths"])
        each_year = ", ".join(f"{year:.1f}" for year in years)
        print(
            f"| {name} | {statistics.mean(years):.2f} ({each_year}) | {worst} | "
            f"{statistics.median(after):.0f} h | {max(after):.0f} h | {most:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
