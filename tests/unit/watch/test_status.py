# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page says what is, to people, to monitoring systems and to programs."""

from __future__ import annotations

import json
import time

import pytest
from geowatch.watch.status import main
from healthy import Healthy

TODAY = time.strftime("%Y-%m-%dT00:00:01.000Z", time.gmtime())


def located(source: str, server: str, at: str) -> str:
    answer = ("0" * 32, "198.51.100.7", "FI", "found", "Finland", "", "", "", "")
    return "\t".join((*answer, source, at, server, "anna", "", "established", "raw")) + "\n"


def alert(event: str, source: str, server: str, at: str = TODAY) -> str:
    fields = ("1" * 32, at, event, "warning", "no_mail", server, "logins", source, "", "text")
    return "\t".join((*fields, "raw=")) + "\n"


@pytest.fixture(autouse=True)
def seen(line: Healthy) -> None:
    logins = [located("OpenVPN", "vpn1", f"2026-11-27T0{hour}:00:00.000Z") for hour in range(3)]
    line.write("/var/lib/geowatch/geoip/located.1", located("SSH", "door", TODAY))
    line.write("/var/lib/geowatch/geoip/located", "".join(logins))
    said = alert("OpenVPNLineNotUnderstood", "OpenVPN", "vpn1")
    said += alert("SSHLineNotUnderstood", "SSH", "door", "2020-01-01T00:00:00.000Z")
    said += alert("OpenVPNUnexpectedCountry", "OpenVPN", "vpn2")
    queue = line.write("/var/lib/geowatch/sec/alerts", said)
    line.sent(queue.stat().st_size)


def test_a_page_for_people(line: Healthy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], line.host) == 0
    page = capsys.readouterr().out.splitlines()
    assert page[0].split() == ["works", "syslog", "rsyslog.service", "runs"]
    assert "last login    OpenVPN vpn1: 2026-11-27T02:00:00.000Z" in page
    assert f"last login    SSH door: {TODAY}" in page
    assert page[-1] == "not understood today: OpenVPN vpn1"


def test_what_is_broken_is_said_with_its_repair(
    line: Healthy, capsys: pytest.CaptureFixture[str]
) -> None:
    line.runs("geowatch-geoip")
    known = {"lookup": {"works": False, "since": 1.0, "text": ""}}
    line.write(
        "/var/lib/geowatch/watch/links.json", json.dumps({"at": time.time(), "links": known})
    )
    assert main([], line.host) == 2
    page = capsys.readouterr().out
    assert "BROKEN  lookup       geowatch-geoip.service does not run (since 01-01 " in page
    assert "repair: systemctl restart geowatch-geoip.service" in page


def test_what_only_the_service_sees_is_shown(
    line: Healthy, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"lookup": {"works": False, "since": 1.0, "text": "started 7 times"}}
    line.write(
        "/var/lib/geowatch/watch/links.json", json.dumps({"at": time.time(), "links": known})
    )
    assert main(["--nagios"], line.host) == 2
    said = capsys.readouterr().out
    assert said == "GEOWATCH CRITICAL - lookup: started 7 times | broken=1 behind=0B\n"


def test_a_line_for_monitoring(line: Healthy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--nagios"], line.host) == 0
    assert capsys.readouterr().out == "GEOWATCH OK - every link works | broken=0 behind=0B\n"
    line.sent(10_000, refused=1)
    assert main(["--nagios"], line.host) == 1
    assert capsys.readouterr().out.startswith("GEOWATCH WARNING - channel mail")


def test_what_cannot_be_seen_is_unknown(line: Healthy, capsys: pytest.CaptureFixture[str]) -> None:
    group = line.path("/sys/fs/cgroup/system.slice")
    group.rename(group.with_name("elsewhere"))
    assert main(["--nagios"], line.host) == 3
    assert "cannot be seen here" in capsys.readouterr().out


def test_all_of_it_for_programs(line: Healthy, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], line.host) == 0
    page = json.loads(capsys.readouterr().out)
    assert page["code"] == 0
    assert page["links"][0]["link"] == "syslog"
    assert page["logins"][0] == {
        "source": "OpenVPN",
        "server": "vpn1",
        "time": "2026-11-27T02:00:00.000Z",
    }
