# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock jumps by a day. A host has the machine's clock, so libfaketime lies to the units."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scenario import UNITS, assert_all_run, log_in, log_server, logging_in


def set_clocks(offset: str) -> None:
    """Let the units have a clock that is so far off. In one step: it is read all the time."""
    log_server.check_output(
        "echo %s >/etc/faketime.new && mv /etc/faketime.new /etc/faketime", offset
    )


@pytest.fixture(scope="module", autouse=True)
def _clocks() -> Iterator[None]:
    """Give the units a clock that can be set."""
    (library,) = log_server.check_output("ls /usr/lib/*/faketime/libfaketime.so.1").splitlines()
    drop_in = (
        f"[Service]\\nEnvironment=LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE=/etc/faketime"
        " FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1\\n"
    )
    directories = [f"/etc/systemd/system/{unit}.service.d" for unit in UNITS]
    set_clocks("+0d")
    for directory in directories:
        log_server.check_output(
            f"mkdir -p {directory} && printf '{drop_in}' >{directory}/clock.conf"
        )
    log_server.check_output("systemctl daemon-reload && systemctl restart " + " ".join(UNITS))
    yield
    log_server.check_output("rm -r " + " ".join(directories))
    log_server.check_output("systemctl daemon-reload && systemctl restart " + " ".join(UNITS))
    assert_all_run()


@pytest.mark.parametrize("jump", ["+1d", "+0d", "-1d", "+0d"])
def test_the_clock_jumps(jump: str) -> None:
    title = f"clock jumps to {jump}"
    with logging_in(f"{title}, meanwhile", 60, seconds=3) as meanwhile:
        # Not confirmed before the jump: their windows end after it.
        unproved = log_in(f"{title}, unproved before", 10, "--unproved", server="vpn2")
        set_clocks(jump)
    after = log_in(f"{title}, after", 10)
    new = log_in(f"{title}, new file", 10, server=f"vpn-after-{meanwhile.name}")
    for logins, count in ((meanwhile, 60), (after, 10), (new, 10), (unproved, 10)):
        logins.arrive()
        assert len(logins.logged) == count
