# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock jumps by a day.

All hosts have the clock of the machine, so the units are lied to: SEC by libfaketime, the Python
programs by a time.time of ours, because their time.sleep fails with EINVAL under libfaketime.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eventually import eventually
from scenario import UNITS, assert_all_run, log_in, log_server, logging_in, mailed

OFFSET = "/etc/faketime"

LYING_CLOCK = f"""\
import time
true = time.time
def lie():
    with open({OFFSET!r}) as file:
        return true() + float(file.read())
time.time = lie
"""

DROP_IN = f"""\
[Service]
Environment=LD_PRELOAD=LIBRARY FAKETIME_TIMESTAMP_FILE={OFFSET} FAKETIME_NO_CACHE=1
Environment=FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1
"""

DAY = 86_400


def set_clocks(offset: int) -> None:
    """Let the units have a clock that is so far off. In one step: it is read all the time."""
    log_server.check_output(f"echo {offset:+} >{OFFSET}.new && mv {OFFSET}.new {OFFSET}")


def write(path: str, text: str) -> None:
    """Write a file, and its directory where needed."""
    log_server.check_output("mkdir -p $(dirname %s) && printf %%s %s >%s", path, text, path)


@pytest.fixture(scope="module", autouse=True)
def _clocks() -> Iterator[None]:
    """Give the units a clock that can be set."""
    library = log_server.check_output("ls /usr/lib/*/faketime/libfaketime.so.1")
    packages = log_server.check_output("ls -d /opt/geowatch/venv/lib/python3*/site-packages")
    files = {
        "/etc/systemd/system/geowatch-sec.service.d/clock.conf": DROP_IN.replace(
            "LIBRARY", library
        ),
        f"{packages}/lying_clock.py": LYING_CLOCK,
        f"{packages}/lying_clock.pth": "import lying_clock\n",
    }
    restart = f"systemctl daemon-reload && systemctl restart {' '.join(UNITS)}"
    set_clocks(0)
    for path, text in files.items():
        write(path, text)
    log_server.check_output(restart)
    yield
    log_server.check_output(f"rm {' '.join(files)}")
    log_server.check_output(restart)
    assert_all_run()


@pytest.mark.parametrize("jump", [DAY, 0, -DAY])
def test_the_clock_jumps(jump: int) -> None:
    title = f"clock is {jump:+} s off"
    with logging_in(f"{title}, meanwhile", 60, seconds=3) as meanwhile:
        # Not confirmed before the jump: their windows end after it. On a server of their own: one
        # that says whom it lets in has to say it of all.
        unproved = log_in(
            f"{title}, unproved", 10, "--unproved", server=f"vpn-before-{meanwhile.name}"
        )
        set_clocks(jump)
    after = log_in(f"{title}, after", 10)
    new = log_in(f"{title}, new file", 10, server=f"vpn-after-{meanwhile.name}")
    for logins, count in ((meanwhile, 60), (after, 10), (new, 10), (unproved, 10)):
        # By a clock that is a day ahead, logins are late.
        logins.held = jump == DAY or (jump == 0 and logins is meanwhile)
        logins.arrive()
        assert len(logins.logged) == count
    if jump == DAY:
        eventually(lambda: meanwhile.name in mailed("GeowatchBacklog").replace("=\n", ""))
