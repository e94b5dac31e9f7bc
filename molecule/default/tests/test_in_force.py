# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deployed is in force when a run ends, or the run fails.

On one host: what a run compares is the same on all.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import testinfra
from eventually import eventually
from scenario import EVERY_HOST, HOSTS, deployment
from test_verdicts import alerts_of, log_in

NAME = HOSTS[0]
host = testinfra.get_host(EVERY_HOST[0])

SYSTEMCTL = "/usr/local/sbin/systemctl"
JUDGE = "/etc/geowatch/sec/50-judge-logins.sec"
BRAZIL = "198.51.100.130"


def deploy(*expected: str) -> tuple[int, str]:
    """Deploy with these expected countries. Returns the exit code, and all that was said."""
    variables = json.dumps({"logins_expected_countries": expected or ["FI"]})
    done = deployment("--limit", NAME, "--extra-vars", variables)
    return done.returncode, done.stdout


def verdict_on(user: str) -> str:
    """Let somebody log in from Brazil, and return what is thought of it."""
    log_in(host, user, BRAZIL)
    event: str = eventually(lambda: alerts_of(host, user))[0]["event"]
    return event


def process(room: str) -> str:
    pid: str = host.check_output(f"systemctl show --property MainPID --value geowatch-{room}")
    return pid


@contextmanager
def systemctl_that(case: str) -> Iterator[None]:
    """Put a systemctl before the real one, which misbehaves in some cases."""
    script = f'#!/bin/sh\ncase "$*" in {case} esac\nexec /usr/bin/systemctl "$@"\n'
    host.check_output(f"printf %s {shlex.quote(script)} >{SYSTEMCTL} && chmod 755 {SYSTEMCTL}")
    try:
        yield
    finally:
        host.check_output(f"rm {SYSTEMCTL}")


@pytest.fixture(scope="module", autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    assert deploy()[0] == 0


def test_a_run_that_failed_after_the_change_is_made_good_by_the_next() -> None:
    with systemctl_that("*geowatch-sec*) exit 1;;"):
        code, said = deploy("BR")
    assert code != 0
    assert "geowatch-sec.service does not run what was deployed" in said
    assert host.file(JUDGE).contains("BR")
    assert verdict_on("in-force-1") == "OpenVPNUnexpectedCountry"
    assert deploy("BR")[0] == 0
    assert verdict_on("in-force-2") == "OpenVPNExpectedCountry"


@pytest.mark.parametrize("failure", ["exit 1", "exit 0"])
def test_a_reload_that_fails_or_does_nothing_becomes_a_restart(failure: str) -> None:
    deploy("BR")
    before = process("sec")
    with systemctl_that(f"reload*) {failure};;"):
        assert deploy("FI", "SE")[0] == 0
    assert process("sec") != before
    assert verdict_on(f"reload-{failure[-1]}") == "OpenVPNUnexpectedCountry"


def test_a_reload_keeps_the_process() -> None:
    deploy("BR")
    before = process("sec")
    assert deploy("FI")[0] == 0
    assert process("sec") == before


def test_what_was_started_by_hand_with_other_files_is_put_right() -> None:
    deploy("FI")
    host.check_output(f"cp -p {JUDGE} /root/kept && sed -i s/FI/BR/ {JUDGE}")
    host.check_output("systemctl restart geowatch-sec")
    assert verdict_on("by-hand-1") == "OpenVPNExpectedCountry"
    host.check_output(f"cp -p /root/kept {JUDGE}")
    assert deploy("FI")[0] == 0
    assert verdict_on("by-hand-2") == "OpenVPNUnexpectedCountry"


def test_a_unit_that_does_not_come_up_fails_the_run() -> None:
    directory = "/etc/systemd/system/geowatch-alerts.service.d"
    broken = "[Service]\\nExecStart=\\nExecStart=/usr/bin/false\\n"
    host.check_output(f"mkdir {directory} && printf '{broken}' >{directory}/broken.conf")
    try:
        code, said = deploy()
    finally:
        host.check_output(f"rm -r {directory}")
    assert code != 0
    assert "geowatch-alerts.service does not run what was deployed" in said
    assert deploy()[0] == 0
    assert host.service("geowatch-alerts").is_running
