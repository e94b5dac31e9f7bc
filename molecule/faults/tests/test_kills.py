# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that are killed and restarted, one by one and all at once, and hosts that go down."""

from __future__ import annotations

import random
import subprocess

from scenario import LOG_SERVER, SEED, UNITS, assert_all_run, log_server, logging_in

# rsyslog's unit has a start limit, and what it had not yet written is lost: it dies less often.
VICTIMS = [*UNITS * 3, "rsyslog"]


def test_killed_and_restarted_at_random_moments() -> None:
    dice = random.Random(SEED)
    script = "set -e\n"
    for _time in range(40):
        unit = dice.choice(VICTIMS)
        how = dice.choice(["kill --signal=KILL", "kill --signal=KILL", "--no-block restart"])
        script += f"sleep {dice.uniform(0.05, 0.8):.2f}\nsystemctl reset-failed rsyslog\n"
        script += f"systemctl start rsyslog\nsystemctl {how} {unit}\n"
    with logging_in("kill -9 and restart, 40 times", 240, seconds=18) as logins:
        log_server.check_output(script)
    assert_all_run()
    logins.arrive()
    assert len(logins.logged) > 150


def test_all_killed_at_once() -> None:
    dice = random.Random(SEED + 1)
    units = " ".join([*UNITS, "rsyslog"])
    script = "set -e\n"
    for _time in range(4):
        script += f"sleep {dice.uniform(0.3, 2):.2f}\nsystemctl kill --signal=KILL {units}\n"
        script += f"sleep 0.5\nsystemctl reset-failed {units}\nsystemctl start {units}\n"
    with logging_in("all killed at once, 4 times", 100, seconds=6) as logins:
        log_server.check_output(script)
    assert_all_run()
    logins.arrive()
    assert len(logins.logged) > 50


def podman(*arguments: str) -> None:
    subprocess.run(["podman", *arguments], check=True, stdout=subprocess.DEVNULL)


def boot() -> None:
    """Wait until the host is up again."""
    script = "until [ -S /run/systemd/private ]; do sleep 0.1; done"
    script += "; systemctl is-system-running --wait"
    assert log_server.check_output(script) == "running"


def test_reboot_in_the_middle() -> None:
    with logging_in("reboot, before it", 100) as before:
        pass
    podman("restart", "--time=30", LOG_SERVER)
    boot()
    with logging_in("reboot, after it", 30) as after:
        pass
    for logins, count in ((before, 100), (after, 30)):
        logins.arrive()
        assert len(logins.logged) == count


def test_the_host_dies_in_the_middle() -> None:
    """Nobody is asked to stop: as a crash of the kernel, but what was written stays."""
    with logging_in("the host dies", 100, seconds=20) as logins:
        # In the middle of the stream, which ends with the host.
        log_server.check_output(
            "until grep -q %s- /var/lib/geowatch/geoip/located; do sleep 0.1; done", logins.name
        )
        podman("kill", "--signal=KILL", LOG_SERVER)
    podman("start", LOG_SERVER)
    boot()
    logins.arrive()
    assert logins.logged
