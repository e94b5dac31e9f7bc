# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are rotated under load, each way that logrotate knows, and files that appear."""

from __future__ import annotations

import pytest
from scenario import RUN, Logins, log_server, logging_in

# A program that keeps its log open does not notice that it was renamed, hence copytruncate. What
# comes between its copying and its truncating is in no file: it is logrotate that loses it.
WAYS = {
    "create, delaycompress": "create 0640 root adm\ncompress\ndelaycompress",
    "create, compress": "create 0640 root adm\ncompress",
    "nocreate": "nocreate",
    "copytruncate": "copytruncate",
    "copytruncate, compress": "copytruncate\ncompress",
    "dateext": "create 0640 root adm\ndateext\ndateformat -%Y%m%d-%s",
}


def rotate_under_load(title: str, configuration: str, **options: str) -> Logins:
    """Force some rotations, one after another, while users log in."""
    # More than a second apart: with dateext, a second rotation in one has no name left.
    script = f"for time in 1 2 3; do sleep 1.1; logrotate --force {configuration}; done"
    with logging_in(title, 120, seconds=4, **options) as logins:
        log_server.check_output(script)
    logins.arrive()
    return logins


@pytest.mark.parametrize("way", WAYS)
def test_the_log_of_a_vpn_server_is_rotated(way: str) -> None:
    log = f"/var/log/remote/rotated-{RUN}-{list(WAYS).index(way)}/openvpn.log"
    configuration = f"{log} {{\nmissingok\nrotate 90\n{WAYS[way]}\n}}\n"
    log_server.check_output("mkdir -p %s", log.removesuffix("/openvpn.log"))
    log_server.check_output("printf %%s %s >/root/rotate.conf", configuration)
    rotate_under_load(f"log rotated: {way}", "/root/rotate.conf", file=log)


def test_the_log_is_rotated_as_rsyslog_does_it() -> None:
    title, configuration = "log rotated: by rsyslog", "/etc/logrotate.d/remote"
    logins = rotate_under_load(title, configuration, server=f"rotated-by-rsyslog-{RUN}")
    assert len(logins.logged) == 120


@pytest.mark.parametrize("room", ["sec", "geoip"])
def test_the_queue_files_are_rotated(room: str) -> None:
    configuration = f"/etc/logrotate.d/geowatch-{room}"
    logins = rotate_under_load(f"queue files rotated: {room}", configuration)
    assert len(logins.logged) == 120


def test_a_new_server_appears() -> None:
    with logging_in("a new server", 50, server="vpn-that-is-new") as logins:
        pass
    logins.arrive()
    assert len(logins.logged) == 50
