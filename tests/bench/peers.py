# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Others that find logins in a log, each run over one log to its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from counter import Counter
from paths import BENCH, CACHE
from processes import Processes, Spent

FILES = BENCH / "peer_files"
UNPACKED = CACHE / "peers"
PYTHON_PATH = {"PYTHONPATH": str(UNPACKED / "usr/lib/python3/dist-packages")}
TENZIR_VENV = CACHE / "tenzir"
TENZIR_VERSION = "tenzir==6.20.0"
ADVISED = "log-fetch-limit(10000) log-iw-size(100000)"
LIBRARIES = UNPACKED / "usr/lib/x86_64-linux-gnu"

Peer = Callable[[Path, Path, int, Path, Processes], Spent]
"""Parameters: the log, the database, the logins in it, a directory, the processes."""


def fetch(with_tenzir: bool) -> None:
    """Get the programs from Debian, and Tenzir from PyPI, unless they are there."""
    subprocess.run([BENCH / "fetch_peers", UNPACKED], check=True)
    if with_tenzir and not (TENZIR_VENV / "bin/tenzir").exists():
        subprocess.run([sys.executable, "-m", "venv", TENZIR_VENV], check=True)
        pip = TENZIR_VENV / "bin/pip"
        subprocess.run([pip, "install", "--quiet", "--no-deps", TENZIR_VERSION], check=True)


def syslog_ng(
    log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Filter, look up and write, as it comes."""
    return _syslog_ng("", log, database, logins, directory, processes)


def syslog_ng_as_advised(
    log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Take more lines at a time, as its documentation advises where there are many."""
    return _syslog_ng(ADVISED, log, database, logins, directory, processes)


def _syslog_ng(
    options: str, log: Path, database: Path, logins: int, directory: Path, processes: Processes
) -> Spent:
    """Run it until the last answer is written: it stays."""
    answers = Counter(directory / "answers", b"\n")
    config = (FILES / "syslog-ng.conf").read_text()
    values = {
        "@LOG@": log,
        "@OPTIONS@": options,
        "@DATABASE@": database,
        "@ANSWERS@": directory / "answers",
    }
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


def tenzir(log: Path, database: Path, logins: int, directory: Path, processes: Processes) -> Spent:
    """Filter only."""
    text, answers = "Peer Connection Initiated with", directory / "answers"
    pipeline = (
        f'from_file "{log}" {{ read_lines }} | where line.search("{text}") '
        f'| to_file "{answers}" {{ write_lines }}'
    )
    spent = processes.run("tenzir", [TENZIR_VENV / "bin/tenzir", pipeline])
    assert Counter(answers, b"\n").count() == logins
    return spent


PERL_LOOP = "bare Perl loop, matching only"
TENZIR = "Tenzir, filtering only"
ALL: dict[str, Peer] = {
    "syslog-ng, geoip2 parser": syslog_ng,
    "syslog-ng, geoip2 parser, as advised": syslog_ng_as_advised,
    "fail2ban-regex, matching only": fail2ban,
    PERL_LOOP: perl_loop,
}


def versions() -> list[str]:
    """Return what the packages call themselves."""
    names = sorted(path.name for path in CACHE.glob("peers.debs/*.deb"))
    kept = [name for name in names if name.startswith(("fail2ban", "syslog-ng-core"))]
    return [" ".join(name.split("_")[:2]) for name in kept]
