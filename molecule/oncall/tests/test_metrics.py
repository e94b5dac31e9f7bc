# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus on a log server answers each query of the dashboard and the alert rules."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
import yaml
from eventually import eventually
from scenario import DIRECTORY, log_in, log_server

METRICS = DIRECTORY.parents[1] / "docs/metrics"
DASHBOARD = json.loads((METRICS / "dashboard.json").read_text())
RULES = yaml.safe_load((METRICS / "alerts.yml").read_text())["groups"][0]["rules"]

ASK = """
import sys
from urllib.parse import quote
from urllib.request import urlopen
url = "http://localhost:9090/api/v1/query?query=" + quote(sys.argv[1])
print(urlopen(url).read().decode())
"""

NOTHING_WAITS = "Oldest alert that waits"
PANELS = {
    panel["title"]: panel["targets"][0]["expr"].replace("$instance", ".*")
    for panel in DASHBOARD["panels"]
    if panel["title"] != NOTHING_WAITS
}


def ask(query: str) -> list[dict[str, Any]]:
    """Return what Prometheus answers."""
    said = json.loads(log_server.check_output("python3 -c %s %s", ASK, query))
    assert said["status"] == "success"
    found: list[dict[str, Any]] = said["data"]["result"]
    return found


@pytest.fixture(scope="module", autouse=True)
def somebody_logs_in() -> None:
    """Give all of them data."""
    for user in ("mia", "noa"):
        log_in(user)
        counted = (
            f'geowatch_logins_total{{server="vpn1",verdict="unexpected"}} >= {1 + (user == "noa")}'
        )
        assert eventually(partial(ask, counted))


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_has_data(panel: str) -> None:
    assert eventually(partial(ask, PANELS[panel]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_rule_can_be_asked(rule: dict[str, Any]) -> None:
    ask(rule["expr"])


def test_nobody_is_named() -> None:
    """And the users of node_exporter may read it."""
    file = "/var/lib/prometheus/node-exporter/geowatch.prom"
    said = log_server.check_output(f"runuser -u prometheus -- cat {file}")
    assert "geowatch_logins_total" in said
    assert not any(user in said for user in ("mia", "noa", "198.51.100"))
