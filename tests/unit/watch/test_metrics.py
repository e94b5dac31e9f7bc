# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Prometheus is told is what is, each login once, and without its name."""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path

import pytest
from busy import ALERTS, Busy
from geowatch.watch import counted
from geowatch.watch.metrics import ON, SERIES
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
    assert told['logins_total{source="OpenVPN",server="vpn1",verdict="unexpected"}'] == 0
    assert time.time() - told["database_built_timestamp_seconds{}"] < 2 * 86400
    assert 50 < time.time() - told["canary_timestamp_seconds{}"] < 7000
    assert (told["canary_lost{}"], told["canary_seconds{}"]) == (0, 0.6)
    assert told['channel_works{channel="mail"}'] == 0  # one was refused
    assert told['outbox_alerts{channel="mail",state="waiting"}'] == 3
    assert told['outbox_alerts{channel="mail",state="refused"}'] == 1
    assert told['outbox_oldest_timestamp_seconds{channel="mail"}'] == 1000
    assert time.time() - told['delivery_timestamp_seconds{channel="mail"}'] < 3600
    assert told['delivery_seconds{channel="mail"}'] == 1.5
    busy.login("ExpectedCountry", "FI")
    told = busy.look()
    assert {name.split("{")[0] for name in told} == set(SERIES)
    assert "anna" not in (busy.collected / "geowatch.prom").read_text()


def test_each_login_is_counted_once(busy: Busy, line: Healthy) -> None:
    busy.login("ExpectedCountry", "FI")
    busy.login("UnexpectedCountry", "BR")
    busy.login("InternalAddress", "", reason="internal")
    busy.alert("OpenVPNUnexpectedCountry", "note", "server=vpn1")  # its session ended
    busy.alert("OpenVPNFailedLogins", "warning", "server=vpn1")
    busy.look()
    # It starts again, and the queue file is another.
    queue = line.path(ALERTS)
    queue.rename(queue.with_name("alerts.1"))
    busy.login("UnexpectedCountry", "BR")
    busy.watch = Watch(line.host)
    told = busy.look()
    assert told == busy.look()
    assert {name: number for name, number in told.items() if "logins_" in name and number} == {
        'logins_by_country_total{country="FI"}': 1,
        'logins_by_country_total{country="BR"}': 2,
        'logins_by_country_total{country="internal"}': 1,
        'logins_total{source="OpenVPN",server="vpn1",verdict="expected"}': 1,
        'logins_total{source="OpenVPN",server="vpn1",verdict="unexpected"}': 2,
        'logins_total{source="OpenVPN",server="vpn1",verdict="internal"}': 1,
    }


def test_what_was_there_before_is_not_counted(line: Healthy) -> None:
    line.path(ALERTS).write_text("")
    before = Busy(line)
    before.login("ExpectedCountry", "FI")
    before.look()
    # Off, and on again.
    line.path(ON).unlink()
    before.watch.look(time.time())
    line.path(ON).symlink_to(before.collected)
    assert not any("logins" in name for name in before.look())


def test_a_canary_is_no_login(busy: Busy, line: Healthy) -> None:
    with line.path("/var/lib/geowatch/geoip/located").open("a") as file:
        file.write(
            "\t".join(["0" * 32, "192.0.2.1", "FI", "found", *[""] * 5, "geowatch", *"abcd"]) + "\n"
        )
    assert not any("country" in name for name in busy.look())


def test_made_up_servers_are_one(busy: Busy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted, "MOST", 3)
    for number in range(9):
        busy.login("ExpectedCountry", "FI", f"vpn{number}")
    told = busy.look()
    by_server = {name: number for name, number in told.items() if name.startswith("logins_total")}
    assert by_server['logins_total{source="OpenVPN",server="other",verdict="expected"}'] == 7
    assert len(by_server) == 3 * len(counted.VERDICTS)


def test_a_server_may_have_any_name(busy: Busy) -> None:
    busy.login("ExpectedCountry", "FI", 'a"b\\c')
    assert busy.look()['logins_total{source="OpenVPN",server="a\\"b\\\\c",verdict="expected"}'] == 1


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
    assert len(of_a_server) - 1 + len(counted.VERDICTS) <= 10
