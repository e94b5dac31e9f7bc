#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotate logs in all ways at random moments while a correlator reads them, and count the lines.

A stream of lines goes into several logs at a time; each is rotated again and again. The correlator
sleeps, is killed, or is away for a while at random. In the end each line has to have come out
once: the same place again, after a kill, is the same line. Exits with 1 if one is lost or doubled.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

PERL = Path(__file__).parents[2] / "roles/sec/files/perl"
READER = Path(__file__).with_name("reader.pl")


class Log:
    """A log that is written to and rotated. What a copy would miss is not written meanwhile."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.written = 0
        self.rotations = 0
        self._chance = chance
        self._writing = threading.Lock()
        path.parent.mkdir()

    def write(self) -> None:
        """Append some lines, sometimes half of the last one first."""
        with self._writing, self.path.open("a") as file:
            for _line in range(self._chance.randrange(1, 20)):
                self.written += 1
                text = f"{self.path.parent.name} line {self.written}\n"
                half = self._chance.randrange(len(text))
                file.write(text[:half])
                file.flush()
                file.write(text[half:])

    def pause(self) -> None:
        """Let a moment go by, most often a short one."""
        time.sleep(self._chance.choice([0, 0, 0.001, 0.01, 0.05, 0.2]))

    def _number(self, number: int, suffix: str = "") -> Path:
        return self.path.with_name(f"{self.path.name}.{number}{suffix}")

    def make_way(self) -> None:
        """Rename what was rotated before, as logrotate does."""
        for number in range(self.rotations, 0, -1):
            for suffix in ("", ".gz"):
                if (old := self._number(number, suffix)).exists():
                    old.rename(self._number(number + 1, suffix))
        self.pause()

    def compress(self, number: int = 1) -> None:
        """Compress one of them bit by bit, as logrotate does."""
        name, packed = self._number(number), self._number(number, ".gz")
        if not name.exists():
            return
        whole = gzip.compress(name.read_bytes())
        with packed.open("wb") as file:
            cut = self._chance.randrange(len(whole))
            for part in (whole[:cut], whole[cut:]):
                self.pause()
                file.write(part)
                file.flush()
        self.pause()
        shutil.copystat(name, packed)
        name.unlink()

    def create(self) -> None:
        """Rename it, and make a new one after a while."""
        self.make_way()
        with self._writing:
            self.path.rename(self._number(1))
            self.pause()
            self.path.touch()

    def late(self) -> None:
        """Rename it; the daemon notices after a while."""
        self.make_way()
        with self._writing, self.path.open("a") as still_open:
            self.path.rename(self._number(1))
            self.pause()
            self.path.touch()
            self.pause()
            self.written += 1
            still_open.write(f"{self.path.parent.name} line {self.written}\n")

    def copytruncate(self) -> None:
        """Copy it bit by bit, and empty it."""
        self.make_way()
        with self._writing:
            content = self.path.read_bytes()
            with self._number(1).open("wb") as file:
                for part in (content[: len(content) // 2], content[len(content) // 2 :]):
                    self.pause()
                    file.write(part)
                    file.flush()
            self.pause()
            os.truncate(self.path, 0)

    def dated(self) -> None:
        """Rename it to a name with a date."""
        with self._writing:
            self.path.rename(f"{self.path}-20261127-{time.time_ns()}")
            self.pause()
            self.path.touch()


def then(*steps: Callable[[Log], None]) -> Callable[[Log], None]:
    """Return a way of several steps, with moments in between."""

    def way(log: Log) -> None:
        for step in steps:
            step(log)
            log.pause()

    return way


def second(log: Log) -> None:
    """Compress the one before."""
    log.compress(2)


WAYS: dict[str, Callable[[Log], None]] = {
    "create": Log.create,
    "create, compress": then(Log.create, Log.compress),
    "create, delaycompress": then(Log.create, second),
    "copytruncate": Log.copytruncate,
    "copytruncate, compress": then(Log.copytruncate, Log.compress),
    "copytruncate, delaycompress": then(Log.copytruncate, second),
    "a daemon that notices late": Log.late,
    "dateext": Log.dated,
}


class Reader:
    """The correlator's reader, without SEC: what it gives out goes to a file."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        (directory / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{directory}/logs/*/log\n")

    def start(self) -> None:
        with (self._directory / "said").open("ab") as said:
            self._process = subprocess.Popen(
                ["perl", f"-I{PERL}", READER, self._directory], stdout=said, stderr=said
            )

    def end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait()

    def sleep(self, seconds: float) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def given_out(self) -> list[tuple[str, str]]:
        """Return places and lines; what was torn by a kill comes again."""
        said = (self._directory / "lines").read_text().split("\n")[:-1]
        lines = [line.split("\t") for line in said]
        return [("\t".join(each[:3]), each[3]) for each in lines if len(each) == 4]

    def offsets(self) -> str:
        return (self._directory / "offsets.tsv").read_text()

    def said(self) -> str:
        return (self._directory / "said").read_text()


def rotate(log: Log, ways: list[str], stop: threading.Event, chance: random.Random) -> None:
    """Write and rotate until all is done."""
    done: Counter[str] = Counter()
    while not stop.is_set():
        for _time in range(chance.randrange(4)):
            log.write()
            log.pause()
        way = chance.choice(ways)
        if log.path.exists():
            WAYS[way](log)
            done[way] += 1
            log.rotations += 1
    log.write()


def disturb(reader: Reader, chance: random.Random, seconds: float) -> Counter[str]:
    """Let the reader sleep, be killed or be away at random moments."""
    done: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.uniform(0, 1))
        what = chance.choice(["sleeps", "is killed", "is stopped", "is away"])
        done[what] += 1
        if what == "sleeps":
            reader.sleep(chance.uniform(0, 1))
            continue
        reader.end(signal.SIGKILL if what == "is killed" else signal.SIGTERM)
        time.sleep(chance.uniform(0, 2) if what == "is away" else 0)
        reader.start()
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--ways", nargs="*", choices=WAYS, help="only these")
    parser.add_argument("--calm", action="store_true", help="let the reader run all the time")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"soak: --seconds {options.seconds:g} --seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="geowatch-soak-") as name:
        return soak(Path(name), chance, options)


def soak(directory: Path, chance: random.Random, options: argparse.Namespace) -> int:
    """Return the exit code."""
    (directory / "logs").mkdir()
    reader = Reader(directory)
    reader.start()
    # As long as it has never stored anything, what it finds is not a rotation to it.
    while not (directory / "offsets.tsv").exists() or "glob" not in reader.offsets():
        time.sleep(0.1)
    each = [[way] for way in options.ways or WAYS]
    if not options.ways:
        each.append([way for way in WAYS if way != "dateext"])
    logs = [
        Log(directory / f"logs/{'mixed' if len(ways) > 1 else ways[0]}/log", chance)
        for ways in each
    ]
    stop = threading.Event()
    threads = [
        threading.Thread(target=rotate, args=(log, ways, stop, random.Random(chance.random())))
        for log, ways in zip(logs, each, strict=True)
    ]
    for thread in threads:
        thread.start()
    disturbed: Counter[str] = Counter()
    if options.calm:
        time.sleep(options.seconds)
    else:
        disturbed = disturb(reader, chance, options.seconds)
    stop.set()
    for thread in threads:
        thread.join()
    written = {
        f"{log.path.parent.name} line {number + 1}" for log in logs for number in range(log.written)
    }
    end = time.monotonic() + 60
    while time.monotonic() < end and written - {line for _place, line in reader.given_out()}:
        time.sleep(0.5)
    reader.end(signal.SIGTERM)
    return report(logs, written, reader, disturbed)


def ranges(lines: list[str]) -> str:
    """Return the numbers of some lines, in short."""
    numbers = sorted(int(line.rsplit(" ", 1)[1]) for line in lines)
    starts = [each for each in numbers if each - 1 not in numbers]
    ends = [each for each in numbers if each + 1 not in numbers]
    return " ".join(f"{start}-{end}" for start, end in list(zip(starts, ends, strict=True))[:5])


def report(logs: list[Log], written: set[str], reader: Reader, disturbed: Counter[str]) -> int:
    """Print what became of the lines; return the exit code."""
    places = set(reader.given_out())
    times = Counter(line for _place, line in places)
    bad = 0
    for log in logs:
        name = log.path.parent.name
        own = {line for line in written if line.startswith(f"{name} line ")}
        lost = sorted(own - times.keys())
        doubled = sorted(line for line in own if times[line] > 1)
        bad += len(lost) + len(doubled)
        print(
            f"{name}: {log.rotations} rotations, {log.written} lines,"
            f" {len(lost)} lost, {len(doubled)} doubled {ranges(lost)} {ranges(doubled)}"
        )
    torn = times.keys() - written
    print("the reader", ", ".join(f"{what} {often} times" for what, often in disturbed.items()))
    print(f"{len(torn)} torn {sorted(torn)[:3] or ''}")
    said = reader.said()
    print(said[:2000], end="")
    return 1 if bad or torn or said else 0


if __name__ == "__main__":
    sys.exit(main())
