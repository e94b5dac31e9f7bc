# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file in cases/: log lines in, verdicts and alerts out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from rule_cases import CASES, Replay


def test_there_are_cases() -> None:
    assert len(CASES) > 10


@pytest.mark.parametrize("path", CASES, ids=[case.stem for case in CASES])
def test_case(path: Path, replay: Replay) -> None:
    case = yaml.safe_load(path.read_text())
    assert set(case) <= {"title", "variables", "log", "connections", "alerts"}
    found = replay(case["log"].encode(), case.get("variables"))
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
