# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is deployed is in force when a run ends, or the run fails.

A run takes long, so each one deploys to two hosts, where different things are the matter. The tests
follow on one another.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import testinfra
from eventually import eventually
from scenario import EVERY_HOST, HOSTS, deployment
from test_verdicts import alerts_of, log_in
from testinfra.host import Host

one, other = (testinfra.get_host(name) for name in EVERY_HOST)

SYSTEMCTL = "/usr/local/sbin/systemctl"
JUDGE = "/etc/geowatch/sec/50-judge-logins.sec"
BRAZIL = "198.51.100.130"
EXPECTED, UNEXPECTED = "OpenVPNExpectedCountry", "OpenVPNUnexpectedCountry"


def deploy(on_one: str, on_other: str) -> tuple[list[bool], str]:
    """Deploy with these expected countries. Returns which hosts failed, and all that was said."""
    variables = {
        "countries": dict(zip(HOSTS, [on_one.split(), on_other.split()], strict=True)),
        "logins_expected_countries": "{{ countries[inventory_hostname] }}",
    }
    said = deployment("--extra-vars", json.dumps(variables)).stdout
    recap = dict(re.findall(r"^(\S+) +: .* failed=(\d+)", said, re.MULTILINE))
    return [recap[name] != "0" for name in HOSTS], said


def verdict_on(host: Host, user: str) -> str:
    """Let somebody log in from Brazil, and return what is thought of it."""
    log_in(host, user, BRAZIL)
    event: str = eventually(lambda: alerts_of(host, user))[0]["event"]
    return event


def process(host: Host) -> str:
    """Return the process that is SEC."""
    pid: str = host.check_output("systemctl show --property MainPID --value geowatch-sec")
    return pid


@contextmanager
def systemctl_that(host: Host, case: str) -> Iterator[None]:
    """Put a systemctl before the real one, which misbehaves in some cases."""
    script = f'#!/bin/sh\ncase "$*" in {case} esac\nexec /usr/bin/systemctl "$@"\n'
    host.check_output(f"printf %s {shlex.quote(script)} >{SYSTEMCTL} && chmod 755 {SYSTEMCTL}")
    try:
        yield
    finally:
        host.check_output(f"rm {SYSTEMCTL}")


def test_a_run_that_fails_after_the_change_says_so_and_a_reload_keeps_the_process() -> None:
    before = process(other)
    with systemctl_that(one, "*geowatch-sec*) exit 1;;"):
        failed, said = deploy("BR", "BR")
    assert failed == [True, False]
    assert "geowatch-sec.service does not run what was deployed" in said
    assert one.file(JUDGE).contains("BR")
    assert verdict_on(one, "in-force-1") == UNEXPECTED
    assert process(other) == before
    assert verdict_on(other, "in-force-1") == EXPECTED


def test_the_next_run_makes_it_good_and_a_reload_that_fails_becomes_a_restart() -> None:
    before = process(other)
    with systemctl_that(other, "reload*) exit 1;;"):
        failed, _said = deploy("BR", "FI SE")
    assert failed == [False, False]
    assert verdict_on(one, "in-force-2") == EXPECTED
    assert process(other) != before
    assert verdict_on(other, "in-force-2") == UNEXPECTED


def test_what_was_started_by_hand_is_put_right_and_a_reload_that_does_nothing_too() -> None:
    """By hand with other files, while those of the last run were away."""
    before = process(other)
    one.check_output(f"cp -p {JUDGE} /root/kept && sed -i s/BR/FI/ {JUDGE}")
    one.check_output("systemctl restart geowatch-sec")
    assert verdict_on(one, "by-hand-1") == UNEXPECTED
    one.check_output(f"cp -p /root/kept {JUDGE}")
    with systemctl_that(other, "reload*) exit 0;;"):
        failed, _said = deploy("BR", "BR")
    assert failed == [False, False]
    assert verdict_on(one, "by-hand-2") == EXPECTED
    assert process(other) != before
    assert verdict_on(other, "in-force-3") == EXPECTED


def test_a_unit_that_does_not_come_up_fails_the_run() -> None:
    directory = "/etc/systemd/system/geowatch-alerts.service.d"
    broken = "[Service]\\nExecStart=\\nExecStart=/usr/bin/false\\n"
    one.check_output(f"mkdir {directory} && printf '{broken}' >{directory}/broken.conf")
    try:
        failed, said = deploy("FI", "FI")
    finally:
        one.check_output(f"rm -r {directory}")
    assert failed == [True, False]
    assert "geowatch-alerts.service does not run what was deployed" in said
    assert deploy("FI", "FI")[0] == [False, False]
    assert one.service("geowatch-alerts").is_running
    # All is as it was, for other tests.
    assert [verdict_on(host, "in-force-4") for host in (one, other)] == [UNEXPECTED, UNEXPECTED]
