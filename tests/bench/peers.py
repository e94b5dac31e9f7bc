# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others that find logins in a log, each run over one log to its end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from counter import Counter
from paths import BENCH, CACHE
from processes import Processes, Spent

FILES = BENCH / "peer_files"
UNPACKED = CACHE / "peers"
PYTHON_PATH = {"PYTHONPATH": str(UNPACKED / "usr/lib/python3/dist-packages")}
LIBRARIES = UNPACKED / "usr/lib/x86_64-linux-gnu"

Peer = Callable[[Path, Path, int, Path, Processes], Spent]
"""Parameters: the log, the database, the logins in it, a directory, the processes."""


def fetch() -> None:
    """Get the programs from Debian, unless they are there."""
    subprocess.run([BENCH / "fetch_peers", UNPACKED], check=True)


def syslog_ng(
    log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Filter, look up and write. It stays, so it is done when the last answer is written."""
    answers = Counter(directory / "answers", b"\n")
    config = (FILES / "syslog-ng.conf").read_text()
    values = {"@LOG@": log, "@DATABASE@": database, "@ANSWERS@": directory / "answers"}
    for name, value in values.items():
        config = config.replace(name, str(value))
    (directory / "syslog-ng.conf").write_text(config)
    command: list[str | Path] = [
        UNPACKED / "usr/sbin/syslog-ng",
        *("--foreground", "--no-caps", f"--cfgfile={directory}/syslog-ng.conf"),
        f"--module-path={UNPACKED}/usr/lib/syslog-ng/3.38",
        *(f"--persist-file={directory}/persist", f"--pidfile={directory}/pid"),
        f"--control={directory}/control",
    ]
    libraries = f"{LIBRARIES}:{UNPACKED}/lib/x86_64-linux-gnu:{UNPACKED}/usr/lib/syslog-ng"
    environment = {"LD_LIBRARY_PATH": libraries}
    return processes.run("syslog-ng", command, environment, until=lambda: answers.count() >= logins)


def fail2ban(
    log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Match only. Debian's fail2ban has no filter for OpenVPN, so it gets the expression."""
    command: list[str | Path] = [
        *("/usr/bin/python3", UNPACKED / "usr/bin/fail2ban-regex"),
        *(f"--config={UNPACKED}/etc/fail2ban", "--usedns=no", "--print-no-missed"),
        *(log, r"\] Peer Connection Initiated with \[AF_INET\]<ADDR>:\d+$"),
    ]
    spent = processes.run("fail2ban", command, PYTHON_PATH)
    assert f"{logins} matched" in processes.said("fail2ban")
    return spent


def perl_loop(
    log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Match only, in a bare loop."""
    spent = processes.run("perl", ["/usr/bin/perl", FILES / "loop.pl", log])
    assert len(processes.said("perl").splitlines()) == logins
    return spent


ALL: dict[str, Peer] = {
    "syslog-ng, geoip2 parser": syslog_ng,
    "fail2ban-regex, matching only": fail2ban,
    "bare Perl loop, matching only": perl_loop,
}


def versions() -> list[str]:
    """Return what the packages call themselves."""
    names = sorted(path.name for path in CACHE.glob("peers.debs/*.deb"))
    kept = [name for name in names if name.startswith(("fail2ban", "syslog-ng-core"))]
    return [" ".join(name.split("_")[:2]) for name in kept]
