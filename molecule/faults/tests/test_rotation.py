# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are rotated under load, each way that logrotate knows, and files that appear."""

from __future__ import annotations

import pytest
from eventually import eventually
from scenario import RUN, Logins, ask_alerta, log_in, log_server, logging_in

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


@pytest.mark.parametrize("way", ["create 0640 root adm", "copytruncate"])
def test_the_log_is_rotated_and_compressed_while_the_correlator_is_away(way: str) -> None:
    title = f"rotated and compressed, SEC is away: {way}"
    log = f"/var/log/remote/away-{RUN}-{way.split()[0]}/openvpn.log"
    configuration = f"{log} {{\nmissingok\nrotate 90\ncompress\n{way}\n}}\n"
    log_server.check_output("mkdir -p %s", log.removesuffix("/openvpn.log"))
    log_server.check_output("printf %%s %s >/root/rotate.conf", configuration)
    everybody = [log_in(title, 20, file=log)]
    everybody[0].arrive()
    log_server.check_output("systemctl stop geowatch-sec")
    try:
        for _rotation in range(2):
            everybody.append(log_in(title, 20, file=log))
            log_server.check_output("logrotate --force /root/rotate.conf")
        everybody.append(log_in(title, 20, file=log))
    finally:
        log_server.check_output("systemctl start geowatch-sec")
    for logins in everybody:
        logins.arrive()
    assert not ask_alerta(log)  # nothing is said to be lost


def test_a_directory_that_the_correlator_may_not_enter() -> None:
    directory = f"/var/log/remote/closed-{RUN}"
    log_server.check_output("mkdir --mode=0700 %s", directory)
    logins = log_in("a directory that only root may enter", 1, file=f"{directory}/openvpn.log")

    def ringing() -> list[tuple[str, str]]:
        return [(alert["event"], alert["severity"]) for alert in ask_alerta(directory)]

    assert eventually(lambda: ringing() == [("OpenVPNLogUnreadable", "critical")])
    log_server.check_output("chmod 0755 %s", directory)
    logins.arrive()
    assert eventually(lambda: ringing() == [("OpenVPNLogUnreadable", "cleared")])


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
