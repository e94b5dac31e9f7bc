# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the database under a stream of logins. The tests stand in the order of that life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eventually import eventually
from scenario import (
    ALERTS,
    EVERY_HOST,
    IN_USE,
    LOCATED,
    LOG,
    alerts,
    behave,
    country,
    put_database,
    requests,
    severities,
    update,
)
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

OFFERED = "/srv/offer/GeoLite2-Country.mmdb"

STREAM = """
mkdir -p /var/log/remote/vpn1
number=0
while [ ! -e /run/stream-ends ]; do
    number=$((number + 1))
    echo "2026-11-23T10:00:00+00:00 vpn1 openvpn[812]: 198.51.100.7:1194 [user$number]" \
        "Peer Connection Initiated with [AF_INET]198.51.100.7:1194" \\
        >>/var/log/remote/vpn1/openvpn.log
    sleep 0.1
done
"""


@pytest.fixture(scope="module", autouse=True)
def stream(host: Host) -> Iterator[None]:
    """Keep the logins coming."""
    host.run("rm -f /run/stream-ends")
    host.check_output("systemd-run --unit=stream --collect sh -c %s", STREAM)
    assert eventually(lambda: host.run("test -s %s", LOCATED).rc == 0)
    yield
    host.run("touch /run/stream-ends")


def test_the_first_download_is_in_use(host: Host) -> None:
    assert eventually(lambda: country(host) == "FI")
    answer = host.check_output("tail -n 1 %s", LOCATED).split("\t")
    assert answer[5] == "GeoLite2-Country"
    assert answer[7:9] == ["64496", "Example Ltd"]
    login = eventually(lambda: alerts(host, "OpenVPNExpectedCountry"))[0]["attributes"]
    assert (login["asn"], login["as_owner"]) == ("64496", "Example Ltd")
    assert (login["database"], login["database_date"]) == (answer[5], answer[6])


def test_the_timer_runs(host: Host) -> None:
    timer = host.service("geowatch-geoip-update.timer")
    assert timer.is_running
    assert timer.is_enabled


def test_only_root_reads_the_key(host: Host) -> None:
    config = host.file("/etc/geowatch/geoip/update_database.json")
    assert (config.user, config.group, config.mode) == ("root", "root", 0o600)
    assert config.contains("test-licence-key")


def test_the_unit_is_hardened(host: Host) -> None:
    """The bound is systemd's exposure level, in tenths: 0 is best, 100 worst."""
    check = host.run(
        "systemd-analyze security --no-pager --threshold=15 geowatch-geoip-update.service"
    )
    assert check.rc == 0, check.stdout


@pytest.mark.parametrize(
    "behaviour",
    [
        "401",
        "429",
        "500",
        "truncated",
        "bad digest",
        "html",
        "html instead of metadata",
        "hangs up",
    ],
)
def test_a_failure_does_no_harm(host: Host, tmp_path: Path, behaviour: str) -> None:
    put_database(host, tmp_path, OFFERED, "SE", 0.5)
    behave(host, behaviour)
    before = requests(host)
    assert update(host) != 0
    assert host.run("systemctl is-failed geowatch-geoip-update").rc == 0
    asked = requests(host)
    assert asked > before
    assert host.run("systemctl start geowatch-geoip-update").rc != 0
    assert requests(host) == asked, "the next try has to be later"
    assert country(host) == "FI"


def test_a_full_disk_does_no_harm(host: Host) -> None:
    behave(host, "good")
    directory = "/run/systemd/system/geowatch-geoip-update.service.d"
    host.check_output("mkdir -p %s", directory)
    host.check_output("printf '[Service]\\nLimitFSIZE=600\\n' >%s/full.conf", directory)
    host.check_output("systemctl daemon-reload")
    try:
        assert update(host) != 0
    finally:
        host.check_output("rm -r %s && systemctl daemon-reload", directory)
    assert country(host) == "FI"


def test_failing_updates_are_one_alert(host: Host) -> None:
    behave(host, "500")
    update(host)
    assert eventually(lambda: severities(host, "GeoIPUpdateFailed")[-1:] == ["minor"])
    behave(host, "good")
    assert update(host) == 0
    assert eventually(lambda: severities(host, "GeoIPUpdateFailed")[-1:] == ["cleared"])
    found = severities(host, "GeoIPUpdateFailed")
    assert found == ["minor", "cleared"] * (len(found) // 2)


def test_a_newer_database_is_in_use_without_a_restart(host: Host) -> None:
    """The update of the test before brought it."""
    assert eventually(lambda: country(host) == "SE")
    restarts = host.check_output("systemctl show --property=NRestarts --value geowatch-geoip")
    assert restarts == "0"


def test_the_way_back(host: Host) -> None:
    host.check_output("mv %s.previous %s", IN_USE, IN_USE)
    assert eventually(lambda: country(host) == "FI")


def test_a_stale_database_is_one_alert(host: Host, tmp_path: Path) -> None:
    put_database(host, tmp_path, IN_USE, "FI", 40)
    assert eventually(lambda: severities(host, "GeoIPDatabaseStale") == ["major"])
    alert = alerts(host, "GeoIPDatabaseStale")[0]
    assert alert["resource"].startswith("geoip@")
    assert "40 days old" in alert["text"]
    put_database(host, tmp_path, IN_USE, "FI", 20)
    assert eventually(lambda: severities(host, "GeoIPDatabaseStale") == ["major", "warning"])
    assert update(host) == 0
    assert eventually(
        lambda: severities(host, "GeoIPDatabaseStale") == ["major", "warning", "cleared"]
    )


def test_no_secret_was_said(host: Host) -> None:
    said = host.check_output("journalctl --no-pager; cat /var/lib/geowatch/database/update.json")
    assert "test-licence-key" not in said
    assert "signed-by-the-store" not in said


def test_no_login_was_lost(host: Host) -> None:
    """Each has a country, one that a database in use knew, and its verdict."""
    host.check_output("touch /run/stream-ends")
    assert eventually(lambda: host.run("systemctl is-active stream").rc != 0)
    logged = host.check_output("cat %s", LOG).splitlines()
    assert len(logged) > 100

    def judged() -> int:
        return int(host.check_output("grep -c OpenVPN.*Country %s", ALERTS))

    assert eventually(lambda: judged() == len(logged))
    answers = [line.split("\t") for line in host.check_output("cat %s", LOCATED).splitlines()]
    assert {answer[3] for answer in answers} == {"found"}
    assert {answer[2] for answer in answers} == {"FI", "SE"}
    assert {answer[-1] for answer in answers} == set(logged)
