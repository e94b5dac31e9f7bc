# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host before, deployed, removed: the same. Comes last: nothing is deployed afterwards."""

from __future__ import annotations

import subprocess

import pytest
from eventually import eventually
from scenario import EVERY_HOST, INVENTORY, deployment
from test_verdicts import alerts_of, log_in
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

STRICT = "/usr/local/bin/strict-sh"
DATA = "/var/lib/geowatch"


def remove(*options: str) -> None:
    """Run the playbook on all hosts."""
    command = ["ansible-playbook", "--inventory", INVENTORY, *options, "loghost.geowatch.remove"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def look(host: Host) -> list[str]:
    """Return what is on the host, as prepare.yml wrote it down before. Packages stay."""
    found: str = host.check_output("sh /root/look")
    return found.splitlines()


@pytest.fixture(scope="module")
def removed() -> None:
    remove()


@pytest.mark.usefixtures("removed")
def test_only_the_data_stay_and_they_are_roots(host: Host) -> None:
    before = host.check_output("cat /root/before").splitlines()
    assert look(host) == before
    assert host.run(f"test -s {DATA}/geoip/located").rc == 0
    assert host.run(f"find {DATA} ! -user root -o ! -group root | grep .").rc == 1
    assert host.check_output("systemctl list-units --all --plain --no-legend 'geowatch*'") == ""
    assert host.run("pgrep -f /opt/geowatch").rc == 1


@pytest.fixture(scope="module")
def deployed_again(removed: None) -> None:
    """Deploy again, as root of a host with a strict umask."""
    script = '#!/bin/sh\\numask 077\\nexec /bin/sh "$@"\\n'
    for name in EVERY_HOST:
        command = f"printf '{script}' >{STRICT} && chmod 755 {STRICT}"
        subprocess.run(
            ["podman", "exec", name.removeprefix("podman://"), "sh", "-c", command], check=True
        )
    done = deployment("--extra-vars", f"ansible_shell_executable={STRICT}")
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.usefixtures("deployed_again")
def test_deployed_again_it_goes_on_whatever_the_umask(host: Host) -> None:
    log_in(host, "again", "198.51.100.130")
    assert eventually(lambda: alerts_of(host, "again"))
    assert alerts_of(host, "bruno"), "the outbox is not what it was"


@pytest.fixture(scope="module")
def removed_with_data(deployed_again: None) -> None:
    remove("--extra-vars", "remove_data=true")


@pytest.mark.usefixtures("removed_with_data")
def test_nothing_stays(host: Host) -> None:
    host.check_output(f"rm {STRICT}")
    assert look(host) == host.check_output("cat /root/before").splitlines()
    assert not host.file(DATA).exists
