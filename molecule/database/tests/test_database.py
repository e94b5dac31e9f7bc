# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the database under a stream of logins. The tests stand in the order of that life."""

from __future__ import annotations

from pathlib import Path

import pytest
from eventually import eventually
from scenario import (
    EVERY_HOST,
    IN_USE,
    LOCATED,
    alerts,
    assert_no_secret_was_said,
    behave,
    country,
    put_database,
    requests,
    severities,
    update,
)
from testinfra.host import Host

testinfra_hosts = EVERY_HOST
pytestmark = pytest.mark.usefixtures("stream")

OFFERED = "/srv/offer/GeoLite2-Country.mmdb"


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
    shown = host.check_output("systemctl show geowatch-geoip-update.timer")
    assert "RandomizedDelayUSec=50min" in shown


def test_only_root_reads_the_key(host: Host) -> None:
    config = host.file("/etc/geowatch/geoip/update_database.json")
    assert (config.user, config.group, config.mode) == ("root", "root", 0o600)
    # Not contains(): its grep would have the key on a command line, and these are looked at below.
    assert "test-licence-key" in config.content_string


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
        "a list instead of metadata",
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


def test_all_goes_through_the_proxy(host: Host) -> None:
    tunnels = host.check_output("sort -u /srv/offer/tunnels").splitlines()
    assert tunnels == ["mirror.example.org:8443", "store.example.org:8443"]


def test_the_way_back(host: Host, tmp_path: Path) -> None:
    """The line of the documentation. No update undoes it, but a newer one comes."""
    pages = (Path(__file__).parents[3] / "docs/operations.md").read_text()
    assert "\n# geowatch database back\n" in pages
    host.check_output("geowatch database back")
    assert eventually(lambda: country(host) == "FI")
    assert update(host) == 0
    assert country(host) == "FI"
    put_database(host, tmp_path, OFFERED, "SE", 0.48)  # what comes later is newer
    assert update(host) == 0
    assert eventually(lambda: country(host) == "SE")


def test_the_commands_for_people_are_not_root(host: Host) -> None:
    """What they write belongs to whose files these are."""
    assert host.check_output("find /var/lib/geowatch/database -user root") == ""
    status = host.check_output("update_database.py status")
    assert "country: GeoLite2-Country of " in status
    assert "from MaxMind, GeoLite2-Country, in use since" in status
    assert host.check_output("geoip_info.py login 198.51.100.7") == "login:198.51.100.7:SE"


def test_a_stale_database_is_one_alert(host: Host, tmp_path: Path) -> None:
    """The ages are those of the inventory: 25 and 50 days."""
    put_database(host, tmp_path, IN_USE, "FI", 60)
    assert eventually(lambda: severities(host, "GeoIPDatabaseStale") == ["major"])
    alert = alerts(host, "GeoIPDatabaseStale")[0]
    assert alert["resource"].startswith("geoip@")
    assert "60 days old" in alert["text"]
    put_database(host, tmp_path, IN_USE, "FI", 40)
    assert eventually(lambda: severities(host, "GeoIPDatabaseStale") == ["major", "warning"])
    assert update(host) == 0
    assert eventually(
        lambda: severities(host, "GeoIPDatabaseStale") == ["major", "warning", "cleared"]
    )


def test_no_secret_was_said(host: Host) -> None:
    assert_no_secret_was_said(host)
