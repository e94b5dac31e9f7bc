# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a log server as the correlator runs them, live: no replay, no lookup, no host."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rule_cases import ROLES

MODULES = sorted(path.stem for path in (ROLES / "logins/files/perl").glob("*.pm"))

FAST = """
package Fast;
use Time::HiRes ();
our ($real, $start, $pace);
BEGIN {
    no warnings 'redefine';
    ($real, $start, $pace) = (\\&Time::HiRes::time, Time::HiRes::time(), 30);
    *Time::HiRes::time = sub { $start + $pace * ($real->() - $start) };
    *CORE::GLOBAL::time = sub () { int Time::HiRes::time() };
}
1;
"""
"""A clock that goes thirty times as fast: what is done once a minute is done every two seconds."""


def ago(seconds: float) -> str:
    """Return a time as the correlator writes it."""
    then = datetime.fromtimestamp(time.time() - seconds, UTC)
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Live:
    """A correlator whose logs, answers and queue files are in a directory."""

    def __init__(self, rules: Path, directory: Path, *modules: str) -> None:
        self.directory = directory
        (directory / "vpn1").mkdir()
        (directory / "rules").mkdir()
        for file in (*rules.glob("*.sec"), rules / "inputs.tsv"):
            text = file.read_text().replace("/var/log/remote", str(directory))
            text = text.replace("/var/lib/geowatch/geoip", str(directory))
            (directory / "rules" / file.name).write_text(text)
        (directory / "Fast.pm").write_text(FAST)
        perl = ["perl", f"-I{directory}"]
        perl += [f"-I{ROLES}/{role}/files/perl" for role in ("sec", "logins")]
        perl += [*(f"-M{module}" for module in modules), f"-MQueue={directory}"]
        perl += ["-MAddress", "-MEvent", "-MTimes", f"-MMemory={directory}/memory"]
        perl += [f"-MInputs={directory}/rules/inputs.tsv,{directory}/offsets.tsv"]
        perl += [*(f"-M{module}" for module in MODULES), "-MFeed", "/usr/bin/sec"]
        perl += [f"--conf={directory}/rules/*.sec", "--intcontexts", "--nochildterm"]
        self.process = subprocess.Popen([*perl, "--poll-timeout=0.01", "--log=-", "--debug=2"])
        self._wait_for((directory / "offsets.tsv").exists)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    def write(self, name: str, *lines: str) -> None:
        """Append lines to a file."""
        with (self.directory / name).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def lines(self, name: str, number: int) -> list[list[str]]:
        """Wait for so many lines of a queue file."""
        path = self.directory / name
        self._wait_for(lambda: path.exists() and path.read_bytes().count(b"\n") >= number)
        return [line.split("\t") for line in path.read_text().splitlines()]


Start = Callable[..., Live]
"""Starts a correlator with modules of the test's own."""
