# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file in cases/: log lines in, verdicts and alerts out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from rule_cases import CASES, Found, Replay


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


# Fired by other lines than those of a log, see test_health.py and test_located.py, or by the clock.
NOT_FOR_LOGS = (
    "05-sort-events.sec: GEOIP_HEALTH",
    "50-judge-logins.sec: a line that cannot be read",
    "55-raise-verdicts.sec: an unknown country: there is no country database",
    "55-raise-verdicts.sec: an unknown country: the country database cannot be read",
    "55-raise-verdicts.sec: an unknown country: the address cannot be read",
    "80-end-passes.sec",
    "90-watch-geoip.sec",
    "99-replay.sec",
)
# Takes every line of a log; is in one case, beside logins that it leaves to the next policy.
MISS_NO_CASE = ("05-sort-events.sec: OPENVPN_LOG: recognise", "50-judge-logins.sec: policy ")


def test_every_rule_has_a_case_that_fires_it_and_one_that_misses(
    found_in: Callable[[Path], Found],
) -> None:
    counts: dict[str, list[int]] = {}
    for path in CASES:
        for rule, count in found_in(path).coverage.items():
            counts.setdefault(rule, []).append(count)
    ours = {rule: each for rule, each in counts.items() if not rule.startswith(NOT_FOR_LOGS)}
    assert len(ours) > 50
    assert [rule for rule, each in ours.items() if max(each) == 0] == []
    misses_none = [rule for rule, each in ours.items() if min(each) > 0]
    assert [rule for rule in misses_none if not rule.startswith(MISS_NO_CASE)] == []
