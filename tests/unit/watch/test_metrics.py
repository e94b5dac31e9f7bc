# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus is told is what is, and nobody is named."""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path

import pytest
from busy import ALERTS, Busy
from geowatch.watch.metrics import SERIES, VERDICTS
from geowatch.watch.service import Watch
from healthy import LOG, Healthy

PAGE = Path(__file__).parents[3] / "docs/metrics.md"


@pytest.fixture
def busy(line: Healthy) -> Busy:
    return Busy(line)


def test_they_are_off_unless_a_directory_is_named(line: Healthy) -> None:
    Watch(line.host).look(time.time())
    assert not line.host.state("metrics").exists()


def test_what_is_known_of_the_line(busy: Busy, line: Healthy) -> None:
    busy.counts(2)
    busy.canary()
    line.sent(2, waiting=3, since=1000.0, refused=1)
    line.runs("geowatch-geoip", 33)
    line.looked_up(2)
    busy.look()
    told = busy.look()
    assert told['link_works{link="correlator"}'] == 1
    assert told['link_behind_bytes{link="lookup"}'] == 2
    assert told['link_restarts_total{link="lookup"}'] == 1
    assert told['link_restarts_total{link="sender"}'] == 0
    assert told[f'log_read_bytes_total{{log="{LOG}"}}'] == 2000
    assert not any(ALERTS in name for name in told)
    vpn1 = '{source="OpenVPN",server="vpn1"}'
    assert told[f"lines_recognised_total{vpn1}"] == 4
    assert told[f"lines_not_understood_total{vpn1}"] == 4
    assert told[f"failed_logins_total{vpn1}"] == 6
    logins = {
        each: told[f'logins_total{vpn1[:-1]},verdict="{each}"}}'] for each in VERDICTS.values()
    }
    assert logins == {"expected": 10, "unexpected": 0, "unknown": 2, "internal": 0}
    assert told['logins_by_country_total{country="FI"}'] == 2
    assert time.time() - told["database_built_timestamp_seconds{}"] < 2 * 86400
    assert 50 < time.time() - told["canary_timestamp_seconds{}"] < 7000
    assert (told["canary_lost{}"], told["canary_seconds{}"]) == (0, 0.6)
    assert told['channel_works{channel="mail"}'] == 0  # one was refused
    assert told['outbox_alerts{channel="mail",state="waiting"}'] == 3
    assert told['outbox_alerts{channel="mail",state="refused"}'] == 1
    assert told['outbox_oldest_timestamp_seconds{channel="mail"}'] == 1000
    assert time.time() - told['delivery_timestamp_seconds{channel="mail"}'] < 3600
    assert told['delivery_seconds{channel="mail"}'] == 1.5
    assert {name.split("{")[0] for name in told} == set(SERIES)


def test_a_server_may_have_any_name(busy: Busy) -> None:
    busy.counts(1, 'a"b\\c')
    assert busy.look()['lines_recognised_total{source="OpenVPN",server="a\\"b\\\\c"}'] == 2


def test_two_names_that_look_the_same_are_one(busy: Busy, line: Healthy) -> None:
    file = line.host.state("sec", "counts.tsv")
    file.write_bytes(b"failed\tSSH\ta\xfe\t1\nfailed\tSSH\ta\xff\t2\n")
    busy.look()
    text = (busy.collected / "geowatch.prom").read_text()
    assert text.count('geowatch_failed_logins_total{source="SSH",server="a?"}') == 1


def test_every_user_may_read_the_file(busy: Busy, line: Healthy) -> None:
    status = line.host.state("metrics", "geowatch.prom").stat()
    assert stat.S_IMODE(status.st_mode) == 0o644


def test_what_cannot_be_understood_takes_nothing_else_away(busy: Busy, line: Healthy) -> None:
    busy.counts(1)
    busy.canary()
    line.write("/var/lib/geowatch/watch/canary.json", json.dumps({"at": "noon"}))
    line.write("/var/lib/geowatch/alerts/status.json", json.dumps({"ways": [{}]}))
    told = busy.look()
    assert not any(name.startswith(("canary", "outbox")) for name in told)
    assert "link_works" in str(told)
    assert "lines_recognised_total" in str(told)


def test_the_page_has_what_the_code_has() -> None:
    rows = re.findall(r"^\| `geowatch_(\w+)` \| (.*?) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [
        (name, ", ".join(f"`{label}`" for label in each.labels), each.help)
        for name, each in SERIES.items()
    ]


def test_there_are_not_too_many() -> None:
    assert len(SERIES) <= 25
    of_a_server = [name for name, each in SERIES.items() if "server" in each.labels]
    assert len(of_a_server) - 1 + len(VERDICTS) <= 10
