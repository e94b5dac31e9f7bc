# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real SEC with our Perl modules and input rules, in a directory of the test's own."""

from __future__ import annotations

import gzip
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROLE = Path(__file__).parents[3] / "roles/sec"

ECHO = """
type=Single
ptype=RegExp
pattern=^(?<line>.*)$
context=[LOG]
desc=every line of the log
action=lcall %queued seen $+{line} -> ( \\&Queue::append )
"""

NEWS = """
type=Single
ptype=RegExp
pattern=^(?<news>.*)$
context=[LOG_FILE]
desc=what the inputs say of the log files
action=lcall %queued news $+{news} -> ( \\&Queue::append )
"""


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def compress(log: Path, packed: Path) -> None:
    """Write a compressed copy of a log, which stays as it is."""
    packed.write_bytes(gzip.compress(log.read_bytes()))


def perl(code: str, *arguments: str | Path, descriptors: int = 1024) -> str:
    """Run a piece of Perl with our modules, and return what it prints."""
    command: list[str | Path] = ["prlimit", f"--nofile={descriptors}"]
    command += ["perl", f"-I{ROLE}/files/perl", "-e", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


class Correlator:
    """SEC as the unit runs it: lines go to the queue file ``seen``, news of logs to ``news``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.logs = directory / "logs"
        self.logs.mkdir()
        (directory / "10-echo.sec").write_text(ECHO)
        (directory / "20-news.sec").write_text(NEWS)
        self.watch("now", f"{self.logs}/*.log")
        self.process: subprocess.Popen[bytes] | None = None

    def watch(self, start: str, *globs: str, words: tuple[str, ...] = ()) -> None:
        """Write inputs.tsv."""
        lines = [f"file\tLOG\t{start}\t{glob}\n" for glob in globs]
        lines += [f"word\tLOG\t{word}\n" for word in words]
        (self.directory / "inputs.tsv").write_text("".join(lines))

    def start(self) -> None:
        """Start SEC and wait until it has taken up its inputs."""
        offsets = self.directory / "offsets.tsv"
        before = offsets.stat().st_mtime_ns if offsets.exists() else 0
        with (self.directory / "journal").open("ab") as journal:
            self.process = subprocess.Popen(
                [
                    "perl",
                    f"-I{ROLE}/files/perl",
                    f"-MQueue={self.directory}",
                    f"-MMemory={self.directory}/memory",
                    f"-MInputs={self.directory}/inputs.tsv,{offsets},3",
                    "-MFeed",
                    "/usr/bin/sec",
                    f"--conf={self.directory}/*.sec",
                    "--intcontexts",
                    "--nochildterm",
                    "--poll-timeout=0.01",
                    "--log=-",
                ],
                stdout=journal,
                stderr=journal,
            )
        if not before:
            wait_for(offsets.exists)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send the signal and wait until SEC is gone."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Let nothing be seen of what happens in the block until it is over."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        yield
        self.process.send_signal(signal.SIGCONT)

    def log(self, name: str, *lines: str) -> None:
        """Append lines to a log file."""
        with (self.logs / name).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def seen(self) -> list[str]:
        """Return the lines that came out, in their order."""
        path = self.directory / "seen"
        return path.read_text(errors="surrogateescape").splitlines() if path.exists() else []

    def news(self) -> list[list[str]]:
        """Return the news of the log files: kind, server, path and what happened."""
        path = self.directory / "news"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split("\t") for line in lines]

    def journal(self) -> str:
        """Return what SEC said."""
        path = self.directory / "journal"
        return path.read_text(errors="replace") if path.exists() else ""
