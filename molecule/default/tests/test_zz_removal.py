# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host before, deployed, removed: the same. Comes last: nothing is deployed afterwards.

All hosts at once, so each test looks at every one of them.
"""

from __future__ import annotations

import json
import subprocess
from functools import partial

import pytest
import testinfra
from eventually import eventually
from scenario import EVERY_HOST, HOSTS, INVENTORY, deployment
from test_verdicts import alerts_of, log_in
from testinfra.host import Host

STRICT = "/usr/local/bin/strict-sh"
DATA = "/var/lib/geowatch"

hosts = [testinfra.get_host(name) for name in EVERY_HOST]


def remove(*options: str) -> None:
    """Run the playbook on all hosts."""
    command = ["ansible-playbook", "--inventory", INVENTORY, *options, "loghost.geowatch.remove"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def look(host: Host) -> list[str]:
    """Return what is on the host, as prepare.yml wrote it down before. Packages stay."""
    found: str = host.check_output("sh /root/look")
    return found.splitlines()


def before(host: Host) -> list[str]:
    """Return what was on the host before anything was deployed."""
    found: str = host.check_output("cat /root/before")
    return found.splitlines()


@pytest.fixture(scope="module")
def removed() -> None:
    remove()


@pytest.mark.usefixtures("removed")
def test_only_the_data_stay_and_they_are_roots() -> None:
    for host in hosts:
        assert look(host) == before(host)
        assert host.run(f"test -s {DATA}/geoip/located").rc == 0
        assert host.run(f"find {DATA} ! -user root -o ! -group root | grep .").rc == 1
        assert host.check_output("systemctl list-units --all --plain --no-legend 'geowatch*'") == ""
        assert host.run("pgrep -f '[/]opt/geowatch'").rc == 1  # without the shell that looks


@pytest.fixture(scope="module")
def deployed_again(removed: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Deploy again, as root of a host with a strict umask."""
    script = '#!/bin/sh\numask 077\nexec /bin/sh "$@"\n'
    for host in hosts:
        host.check_output("printf %%s %s >%s && chmod 755 %s", script, STRICT, STRICT)
    # Said of the hosts, because the controller has no such shell.
    also = tmp_path_factory.mktemp("inventory") / "strict.json"
    shell = {"ansible_shell_executable": STRICT}
    also.write_text(json.dumps({"all": {"hosts": dict.fromkeys(HOSTS, shell)}}))
    done = deployment("--inventory", str(also))
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.usefixtures("deployed_again")
def test_deployed_again_it_goes_on_whatever_the_umask() -> None:
    for host in hosts:
        log_in(host, "again", "198.51.100.130")
        assert eventually(partial(alerts_of, host, "again"))
        assert alerts_of(host, "bruno"), "the outbox is not what it was"


@pytest.fixture(scope="module")
def removed_with_data(deployed_again: None) -> None:
    remove("--extra-vars", "remove_data=true")


@pytest.mark.usefixtures("removed_with_data")
def test_nothing_stays() -> None:
    for host in hosts:
        host.check_output(f"rm {STRICT}")
        assert look(host) == before(host)
        assert not host.file(DATA).exists
