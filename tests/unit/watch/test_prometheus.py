# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Prometheus scrapes a real node_exporter: every alert rule and every panel has data."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from busy import Busy
from healthy import Healthy

METRICS = Path(__file__).parents[3] / "docs/metrics"
RULES = yaml.safe_load((METRICS / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((METRICS / "dashboard.json").read_text())["panels"]
RULES_TEST = Path(__file__).with_name("alerts_test.yml")

ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}
QUERIES = {
    panel["title"]: target["expr"].replace("$instance", ".*")
    for panel in PANELS
    for target in panel["targets"]
}
DEADLINE = 60.0
"""Seconds. Generous: it is only ever reached by a test that fails."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Prometheus:
    """Debian's prometheus and prometheus-node-exporter, on ports of their own."""

    def __init__(self, directory: Path, collected: Path) -> None:
        exporter, self._port = free_port(), free_port()
        targets = [{"targets": [f"127.0.0.1:{exporter}"]}]
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "rule_files": [str(METRICS / "alerts.yml")],
            "scrape_configs": [{"job_name": "node", "static_configs": targets}],
        }
        (directory / "prometheus.yml").write_text(json.dumps(config))
        commands = (
            [
                "prometheus-node-exporter",
                "--collector.disable-defaults",
                "--collector.textfile",
                f"--collector.textfile.directory={collected}",
                f"--web.listen-address=127.0.0.1:{exporter}",
            ],
            [
                "prometheus",
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
            ],
        )
        self._processes = [
            subprocess.Popen(each, stderr=(directory / each[0]).open("w")) for each in commands
        ]

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return what it answers."""
        text = urllib.parse.urlencode({"query": expression})
        url = f"http://127.0.0.1:{self._port}/api/v1/query?{text}"
        with urllib.request.urlopen(url) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    def wait_for(self, expression: str) -> None:
        """Wait until it answers something to this."""
        end = time.monotonic() + DEADLINE
        while True:
            with suppress(OSError):
                if self.query(expression):
                    return
            assert time.monotonic() < end, f"never came: {expression}"
            time.sleep(0.1)

    def stop(self) -> None:
        for each in self._processes:
            each.terminate()
            each.wait(DEADLINE)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Give one that has seen what happens on a log server where all is well."""
    line = Healthy(tmp_path_factory.mktemp("log_server"))
    busy = Busy(line)
    now = Prometheus(tmp_path_factory.mktemp("prometheus"), busy.collected)
    for times in (1, 2):
        busy.counts(times)
        busy.canary()
        line.sent(2, waiting=1, since=time.time())
        busy.look()
        now.wait_for(f'geowatch_logins_total{{verdict="expected"}} == {5 * times}')
    yield now
    now.stop()


@pytest.mark.parametrize("panel", QUERIES)
def test_every_panel_has_data(prometheus: Prometheus, panel: str) -> None:
    assert prometheus.query(QUERIES[panel])


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_has_data_and_is_quiet_where_all_is_well(
    prometheus: Prometheus, alert: str
) -> None:
    assert prometheus.query(ALERTS[alert]) == []
    asked = re.findall(r"(?:geowatch|node)_\w+(?:\{[^}]*\})?", ALERTS[alert])
    assert asked
    assert all(prometheus.query(each) for each in asked)


def test_nothing_in_the_file_is_refused(prometheus: Prometheus) -> None:
    (found,) = prometheus.query("node_textfile_scrape_error")
    assert found["value"][1] == "0"


def test_every_alert_fires_where_nothing_is_well() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", RULES_TEST], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    known = RULES_TEST.read_text()
    assert [each for each in ALERTS if each not in known] == []
