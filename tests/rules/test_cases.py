# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file in cases/: log lines in, verdicts and alerts out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest
import yaml
from rule_cases import CASES, Found, Replay, rule_set


def test_there_are_cases() -> None:
    assert len(CASES) > 10


@pytest.fixture(scope="session")
def found_in(
    rules: dict[str, Path], database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Found]:
    """Give a function from a case to what is found in its log. Every case is replayed once."""

    @cache
    def find(path: Path) -> Found:
        case = yaml.safe_load(path.read_text())
        replay = Replay(rules, database, tmp_path_factory.mktemp(path.stem))
        return replay(case["log"].encode(), case.get("variables"))

    return find


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_case(path: Path, found_in: Callable[[Path], Found]) -> None:
    case = yaml.safe_load(path.read_text())
    assert set(case) <= {"title", "variables", "log", "connections", "alerts"}
    found = found_in(path)
    # Only what the case names is compared, but every alert and every connection is counted.
    alerts = [
        {key: {**alert["attributes"], **alert}[key] for key in wanted}
        for alert, wanted in zip(found.alerts, case["alerts"], strict=True)
    ]
    assert alerts == case["alerts"]
    if "connections" in case:
        wanted = case["connections"]
        assert len(found.connections) == len(wanted)
        assert [
            {key: connection[key] for key in each}
            for connection, each in zip(found.connections, wanted, strict=True)
        ] == wanted


# Fired by other lines than those of a log, see test_health.py, test_located.py, test_events.py,
# test_canary.py, test_silence.py and test_late.py, or by the clock.
NOT_FOR_LOGS = (
    "15-recognise-canary.sec",
    "40-watch-logs.sec: news of a log file",
    "40-watch-logs.sec: the memory is full",
    "45-watch-silence.sec",
    "50-judge-logins.sec: a canary",
    "50-judge-logins.sec: a line that cannot be read",
    "75-watch-lateness.sec",
    "80-end-passes.sec",
    "90-watch-geoip.sec",
    "99-replay.sec",
)
# Take every line of a log, or all that have one of the texts; is in one case, beside logins that
# it leaves to the next policy.
MISS_NO_CASE = (
    "05-sort-events.sec: by context",
    "10-recognise-",
    "50-judge-logins.sec: policy ",
)


def test_every_rule_has_a_case_that_fires_it_and_one_that_misses(
    found_in: Callable[[Path], Found],
) -> None:
    counts: dict[str, list[int]] = {}
    for path in CASES:
        for rule, count in found_in(path).coverage.items():
            counts.setdefault(rule, []).append(count)
    ours = {rule: each for rule, each in counts.items() if not rule.startswith(NOT_FOR_LOGS)}
    assert len(ours) > 20
    assert [rule for rule, each in ours.items() if max(each) == 0] == []
    misses_none = [rule for rule, each in ours.items() if min(each) > 0]
    assert [rule for rule in misses_none if not rule.startswith(MISS_NO_CASE)] == []


def events_of(directory: Path) -> dict[str, tuple[str, list[str]]]:
    """Return the event of each rule with a condition, and the rules that recognised that event.

    A rule is named by its file and its description, as in the coverage.
    """
    recognised: dict[tuple[str, str], list[str]] = {}
    judged: dict[str, tuple[str, str]] = {}
    for file in sorted(directory.glob("*.sec")):
        for rule in file.read_text().split("\n\n"):
            lines = [line.split("=", 1) for line in rule.splitlines() if re.match(r"[a-z]+=", line)]
            fields = dict(lines)
            name = f"{file.name}: {fields.get('desc')}"
            if "varmap" in fields:
                for place in (file.name, "any"):
                    recognised.setdefault((place, fields["varmap"]), []).append(name)
            if fields.get("ptype") == "Cached" and "context" in fields:
                judged[name] = (file.name, fields["pattern"])
    return {
        name: (event, recognised.get((file, event)) or recognised["any", event])
        for name, (file, event) in judged.items()
    }


def never_just_missed(seen: Iterable[tuple[dict[str, int], Path]]) -> set[str]:
    """Return the rules with a condition that took every event of their kind, in all cases."""
    judging: set[str] = set()
    missed: set[str] = set()
    for coverage, directory in seen:
        for rule, (_, recognised) in events_of(directory).items():
            judging.add(rule)
            if sum(coverage[each] for each in set(recognised)) > coverage[rule]:
                missed.add(rule)
    assert len(judging) > 10
    return judging - missed


def test_every_rule_just_misses_an_event_of_its_kind(
    found_in: Callable[[Path], Found], rules: dict[str, Path]
) -> None:
    # That some other case has nothing to do with a rule does not say that its condition works.
    variables = {path: yaml.safe_load(path.read_text()).get("variables", {}) for path in CASES}
    seen = [(found_in(path).coverage, rules[rule_set(variables[path])]) for path in CASES]
    assert [r for r in never_just_missed(seen) if not r.startswith(NOT_FOR_LOGS)] == []
