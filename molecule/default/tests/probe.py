# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries what a service must not be able to do: probe.py MEGABYTES PATH...

Says what came of it: "what TAB answer". An answer is "ok" or the number of the error.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


def append(path: Path) -> None:
    """Open a file for writing; make it if it is not there."""
    path.open("ab").close()


def run_copy(path: Path) -> None:
    """Make a program and run it."""
    shutil.copyfile("/bin/sh", path)
    path.chmod(0o755)
    subprocess.run([path, "-c", "exit 0"])


def report(what: str, attempt: Callable[[], object]) -> None:
    """Make an attempt, and print what came of it."""
    try:
        attempt()
    except OSError as error:
        print(f"{what}\t{error.errno}")
    else:
        print(f"{what}\tok")


def main(megabytes: int, *paths: Path) -> None:
    """Make all attempts."""
    for path in paths:
        report(f"write {path}", partial(append, path))
        report(f"read {path}", path.read_bytes)
    for path in (paths[0], Path("/tmp/probe"), Path("/run/lock/probe"), Path("/dev/shm/probe")):
        report(f"run {path}-copy", partial(run_copy, path.with_name(f"{path.name}-copy")))
    for name in ("inet", "inet6", "unix"):
        report(f"socket {name}", partial(socket.socket, getattr(socket, f"AF_{name.upper()}")))
    for program in ("/bin/sh", "/usr/bin/env"):
        report(f"run {program}", partial(subprocess.run, [program, "-c", "exit 0"]))
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.startswith("Cap") or name in ("NoNewPrivs", "Seccomp"):
            print(f"{name}\t{value.strip()}")
    try:
        bytearray(megabytes << 20)
    except MemoryError:
        print("memory\trefused")
    else:
        print("memory\tok")


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(Path, sys.argv[2:]))
