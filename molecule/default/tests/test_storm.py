# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile log stream: memory stays bounded, and real logins in between are judged, each once.

What is written is in hostile.py. The bounds are those of docs/design.md.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import testinfra
from scenario import EVERY_HOST
from testinfra.host import Host

testinfra_hosts = EVERY_HOST

LOGS = "/var/log/remote"

PEAK = {"sec": 256, "geoip": 64, "alerts": 96}
"""MiB of resident memory that a unit never takes more of."""

TOGETHER = 120
"""MiB of resident memory of all units, idle and afterwards."""

DEADLINE = 600.0
"""Seconds. Generous: it is only ever reached by a test that fails."""

LAST = "after-the-endless-line"


def pid_of(host: Host, room: str) -> str:
    pid: str = host.check_output(f"systemctl show --property MainPID --value geowatch-{room}")
    return pid


def memory(host: Host, room: str, which: str) -> int:
    """Return VmRSS or VmHWM, the peak, in MiB."""
    kilobytes: str = host.check_output(
        f"sed -n 's/^{which}:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/{pid_of(host, room)}/status"
    )
    return int(kilobytes) // 1024


def located(host: Host) -> Counter[str]:
    """Return how often each user was located."""
    return Counter(host.check_output("cut -f13 /var/lib/geowatch/geoip/located").splitlines())


def judged(host: Host) -> Counter[str]:
    """Return how often each user was judged."""
    lines = host.check_output("send_alerts.py list --format json").splitlines()
    return Counter(json.loads(line)["attributes"].get("user", "") for line in lines)


class Storm(NamedTuple):
    """What was seen of one host."""

    pids: dict[str, str]
    """Before it."""
    idle: dict[str, int]
    """Resident memory before it."""
    users: set[str]
    """Who logged in."""
    judged: Counter[str]
    located: Counter[str]


@pytest.fixture(scope="session")
def storms() -> dict[str, Storm]:
    """Let it come over all hosts at the same time."""
    with ThreadPoolExecutor() as pool:
        seen = pool.map(weather, map(testinfra.get_host, EVERY_HOST))
        return dict(zip(EVERY_HOST, seen, strict=True))


@pytest.fixture
def storm(host: Host, storms: dict[str, Storm]) -> Storm:
    """Return what was seen of the host that the test is about."""
    return storms[host.backend.get_pytest_id()]


def weather(host: Host) -> Storm:
    """Write it all, and wait until the last login is judged."""
    pids = {room: pid_of(host, room) for room in PEAK}
    idle = {room: memory(host, room, "VmRSS") for room in PEAK}
    for pid in pids.values():
        host.check_output(f"echo 5 >/proc/{pid}/clear_refs")  # the peak begins anew
    script = (Path(__file__).parent / "hostile.py").read_text()
    host.check_output("printf %%s %s >/run/hostile.py", script)
    written = host.check_output(f"python3 /run/hostile.py {LOGS}").splitlines()
    end = time.monotonic() + DEADLINE
    while not set(written) <= located(host).keys() and time.monotonic() < end:
        time.sleep(2)

    peer = "198.51.100.7:1023"
    head = time.strftime("%Y-%m-%dT%H:%M:%S+00:00 vpn1 openvpn[812]:", time.gmtime())
    connected = f"{head} {peer} [{LAST}] Peer Connection Initiated with [AF_INET]{peer}"
    learned = f"{head} {LAST}/{peer} MULTI: Learn: 10.8.0.6 -> {LAST}/{peer}"
    file = f"{LOGS}/hostile-endless_line/openvpn.log"
    host.check_output(f"printf '\\n%s\\n' '{connected}' '{learned}' >>{file}")
    users = {*written, LAST}
    while not users <= judged(host).keys() and time.monotonic() < end:
        time.sleep(2)
    seen = Storm(pids, idle, users, judged(host), located(host))
    host.check_output(f"rm -rf {LOGS}/hostile-* /run/hostile.py")
    return seen


def test_each_login_is_judged_once(storm: Storm) -> None:
    assert len(storm.users) == 7 * 20 + 1
    assert {user: storm.located[user] for user in storm.users if storm.located[user] != 1} == {}
    assert {user: storm.judged[user] for user in storm.users if storm.judged[user] != 1} == {}


def test_the_crowd_is_judged_once(storm: Storm) -> None:
    crowd = {user: count for user, count in storm.judged.items() if user.startswith("crowd-")}
    assert len(crowd) == 5000
    assert set(crowd.values()) == {1}


def test_nothing_forged_is_believed(storm: Storm) -> None:
    assert [user for user in {*storm.located, *storm.judged} if "forged" in user] == []


@pytest.mark.parametrize("room", PEAK)
def test_no_unit_was_restarted(host: Host, storm: Storm, room: str) -> None:
    assert pid_of(host, room) == storm.pids[room]


@pytest.mark.parametrize("room", PEAK)
@pytest.mark.usefixtures("storm")
def test_memory_is_bounded(host: Host, room: str) -> None:
    assert memory(host, room, "VmHWM") < PEAK[room]


def test_all_units_together_are_small_when_idle(storm: Storm) -> None:
    assert sum(storm.idle.values()) < TOGETHER, storm.idle


@pytest.mark.usefixtures("storm")
def test_all_units_together_are_small_afterwards(host: Host) -> None:
    resident = {room: memory(host, room, "VmRSS") for room in PEAK}
    assert sum(resident.values()) < TOGETHER, resident
