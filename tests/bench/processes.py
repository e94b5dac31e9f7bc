# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of one run. Whatever happens, they end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from usage import cpu_seconds, memory

LAST_WORDS = 2000
PATIENCE = 20.0
"""Seconds in which a process may end by itself."""


class BenchError(Exception):
    """A run that gives no number. Said to the user as it is."""


class Spent(NamedTuple):
    """What a command used from its start to its end."""

    cpu: float
    peak: float
    """Resident memory, in MiB."""


class Processes:
    """Starts processes, each with a file for what it says; ends them all at the end."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            # Also what SEC has spawned: it is in SEC's group.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Start a process and return its number."""
        with (self._directory / f"{name}.out").open("wb") as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={"PATH": "/usr/bin:/bin", **(environment or {})},
                start_new_session=True,
            )
        self._running[name] = process
        return process.pid

    def said(self, name: str) -> str:
        """Return what a process has said."""
        return (self._directory / f"{name}.out").read_text(errors="replace")

    def last_words(self) -> str:
        """Return the last that each process has said."""
        return "\n".join(f"{name}: {self.said(name)[-LAST_WORDS:]}" for name in self._running)

    def check(self) -> None:
        """Raise ``BenchError`` if one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                words = self.said(name)[-LAST_WORDS:]
                raise BenchError(f"{name} ended with {process.returncode}: {words}")

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Poll until the condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > end:
                raise BenchError(f"waited {seconds:.0f} s in vain: {what}")
            time.sleep(0.02)

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        until: Callable[[], object] | None = None,
        seconds: float = 600,
    ) -> Spent:
        """Run a command to its end, or until the condition holds; return what it used."""
        pid = self.start(name, command, environment)
        process = self._running[name]
        end, spent = time.monotonic() + seconds, Spent(0, 0)
        while True:
            # A process that ended and was not waited for still tells its time, not its memory.
            ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            with suppress(KeyError, ProcessLookupError):
                spent = Spent(spent.cpu, memory(pid).peak)
            spent = Spent(cpu_seconds(pid), spent.peak)
            if ended or (until and until()):
                break
            if time.monotonic() > end:
                raise BenchError(f"{name} is not done after {seconds:.0f} s")
            time.sleep(0.02)
        if not ended:
            process.terminate()
        status = process.wait(PATIENCE)
        del self._running[name]
        if ended and status:
            raise BenchError(f"{name} ended with {status}: {self.said(name)[-LAST_WORDS:]}")
        return spent
