# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""5,000 logs that are written to at once, with the descriptors that the unit has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eventually import eventually
from scenario import RUN, log_in, log_server, logging_in

LOGS = 5_000
NAME = f"many{RUN}"
"""Of servers, and of who logs in there: see the policy in inventory.yml, which wakes nobody."""

STATE = "/var/lib/geowatch"
PEER = "198.51.100.10:10000"
STARTED = ("Initialization Sequence Completed",)
LOGIN = (
    f"{PEER} [USER] Peer Connection Initiated with [AF_INET]{PEER}",
    f"MULTI: Learn: 10.8.0.7 -> USER/{PEER}",
)

WRITE = """
import pathlib, sys, time
name, count, *messages = sys.argv[1:]
at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
for number in range(int(count)):
    server = f"{name}-{number}"
    log = pathlib.Path("/var/log/remote", server, "openvpn.log")
    log.parent.mkdir(exist_ok=True)
    with log.open("a") as file:
        for message in messages:
            print(f"{at} {server} openvpn[812]: {message.replace('USER', server)}", file=file)
"""


def write(*messages: str) -> None:
    """Write these messages to each log."""
    places = " ".join(["%s"] * (2 + len(messages)))
    log_server.check_output(f"python3 -c %s {places}", WRITE, NAME, str(LOGS), *messages)


def number_of(command: str) -> int:
    """Return the number that it prints."""
    return int(log_server.run(command).stdout)


@pytest.fixture(scope="module", autouse=True)
def _logs() -> Iterator[None]:
    """Have so many, and then none of them: that they were removed is to ring for nobody."""
    write(*STARTED)
    known = f"grep --count {NAME}- {STATE}/sec/offsets.tsv"
    assert eventually(lambda: number_of(known) >= LOGS)
    yield
    log_server.check_output(
        f"set -e; systemctl stop geowatch-sec; rm -r /var/log/remote/{NAME}-*"
        f"; sed --in-place /{NAME}-/d {STATE}/sec/offsets.tsv {STATE}/sec/memory"
        "; systemctl start geowatch-sec"
    )


def test_each_login_has_one_verdict_and_the_queue_files_go_on() -> None:
    with logging_in(f"{LOGS} logs are written to", 60, seconds=2) as meanwhile:
        write(*LOGIN)
    verdicts = f"cut --fields=13 {STATE}/geoip/located | grep ^{NAME}-"
    assert eventually(lambda: number_of(f"{verdicts} | wc --lines") >= LOGS)
    assert number_of(f"{verdicts} | wc --lines") == LOGS
    assert number_of(f"{verdicts} | sort --unique | wc --lines") == LOGS
    meanwhile.arrive()
    one_more = f"/var/log/remote/after-{RUN}/openvpn.log"
    log_server.check_output("mkdir $(dirname %s)", one_more)
    log_in("one log more", 20, file=one_more).arrive()


def test_there_are_descriptors_left() -> None:
    show = "systemctl show --value geowatch-sec --property"
    limit = number_of(f"{show} LimitNOFILE")
    opened = number_of(f"ls /proc/$({show} MainPID)/fd | wc --lines")
    assert 0 < opened < limit - 16, f"{opened} of {limit}"
    assert not log_server.run(f"grep ^closed {STATE}/sec/offsets.tsv").stdout
