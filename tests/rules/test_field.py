# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of people elsewhere, and attacks, each a directory with the right answers, see corpus/README.md."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from rule_cases import FIELD_CASES, Found, Replay, field_case

SESSION = ("user", "ip", "server", "start", "end")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the database that the answers are for: one network is Finland, one Russia."""
    path = tmp_path_factory.mktemp("database") / "country.mmdb"
    writer = MMDBWriter(6, "GeoLite2-Country", ipv4_compatible=True)
    for network, code in (("198.51.100.0/24", "FI"), ("203.0.113.0/24", "RU")):
        writer.insert_network(IPSet([network]), {"country": {"iso_code": code}})
    writer.to_db_file(str(path))
    return path


def fits(wanted: Iterable[str | None], got: Iterable[str | None]) -> bool:
    """Tell whether each value is the wanted one. None is any, and so is "-" as an end."""
    return all(
        each in (None, found) or each == "-" for each, found in zip(wanted, got, strict=True)
    )


@pytest.mark.parametrize("path", FIELD_CASES, ids=[path.name for path in FIELD_CASES])
def test_field(path: Path, replay: Replay) -> None:
    case, variables = field_case(path)
    found = replay.logs([path / log for log in case["logs"]], variables, case.get("tz", ""))
    sessions_are(case.get("sessions"), found)
    alerts_are(case, found.alerts)


def sessions_are(wanted: list[list[str | None]] | None, found: Found) -> None:
    """Assert that there are just these sessions."""
    if wanted is None:
        return
    left = [[session[key] for key in SESSION] for session in found.sessions]
    for each in wanted:
        hits = [session for session in left if fits(each, session)]
        assert hits, f"{each} is not among {left}"
        left.remove(hits[0])
    assert left == []


def alerts_are(case: dict[str, Any], alerts: list[dict[str, Any]]) -> None:
    """Assert what the case says of the alerts."""
    if "alerts" in case:
        assert sorted(map(tuple, case["alerts"])) == sorted(
            (alert["event"], alert["severity"]) for alert in alerts
        )
    about = [
        (
            alert["event"],
            alert["severity"],
            alert["attributes"].get("user", ""),
            alert["attributes"].get("ip", ""),
        )
        for alert in alerts
    ]
    for each in case.get("rings", []):
        assert any(fits(each, alert) for alert in about), f"{each} is not among {about}"
    for each in case.get("not", []):
        assert not any(fits(each, alert) for alert in about), f"{each} is among {about}"
    loud = set()
    for alert in alerts if case.get("never_lowered") else []:
        place = (alert["event"], alert["resource"])
        assert place not in loud or alert["severity"] in ("critical", "note")
        if alert["severity"] == "critical":
            loud.add(place)
    for event, count in case.get("distinct", {}).items():
        raised = [alert for alert in alerts if alert["event"] == event]
        assert len({alert["id"] for alert in raised if alert["severity"] != "note"}) == count
