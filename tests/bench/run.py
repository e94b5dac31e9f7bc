#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure sections of the bench, and print the results or write them to a file.

Without a section all of them run, in their order. PATH has to have .cache/venv/bin, as for make.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import deploy
import footprint
import latency
import length
import machine
import many_logs
import noise
import rule_cost
import sender
import storm
from bench import Bench, Sizes, new_bench
from processes import BenchError
from report import Section, flowing

SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "storm": storm.measure,
    "sender": sender.measure,
    "noise": noise.measure,
    "rules": rule_cost.measure,
    "latency": latency.measure,
    "logs": many_logs.measure,
    "length": length.measure,
    "footprint": footprint.measure,
    "deploy": deploy.measure,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.sections) - SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    sizes = Sizes(**{name: getattr(options, name) for name in Sizes.__dataclass_fields__})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by a signal"))
    facts = machine.describe()
    bodies = []
    try:
        with new_bench(sizes) as bench:
            for name in options.sections or SECTIONS:
                start = time.monotonic()
                print(f"bench: {name}", end="", file=sys.stderr, flush=True)
                section = SECTIONS[name](bench)
                print(f", {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
                bodies.append(f"## {section.title}\n\n{section.body}")
    except BenchError as error:
        print(f"\nbench: {error}", file=sys.stderr)
        return 1
    command = shlex.join(
        ["tests/bench/run.py", *(sys.argv[1:] if arguments is None else arguments)]
    )
    text = results(command, facts, bodies)
    if options.results:
        options.results.write_text(text)
    else:
        print(text)
    return 0


def results(command: str, facts: str, bodies: list[str]) -> str:
    """Return the page."""
    now = datetime.now(UTC)
    head = f"""\
# How fast it is

Made by `{command}` on {now:%Y-%m-%d}, everything in one run. A number is the median of the runs,
with the least and the most in brackets; a CPU second is one of user and system time.

"""
    return "\n\n".join(flowing(part) for part in (head, facts, *bodies)) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--results", type=Path, help="the file for the results")
    add = parser.add_argument
    add("--logins", type=int, nargs="+", default=[2_000, 50_000], help="of each storm")
    add("--naive-logins", type=int, default=200, help="of the naive recipe's storm")
    add("--noise-lines", type=int, default=500_000, help="of the noise")
    add("--rule-lines", type=int, default=100_000, help="of the noise for added rules")
    add("--latency-logins", type=int, default=200, help="one by one")
    add("--noise-rate", type=int, default=10_000, help="lines a second, during logins")
    add("--logs", type=int, nargs="+", default=[10, 1_000, 5_000, 50_000], help="that are watched")
    add("--tenzir", action="store_true", help="fetch it (175 MB from PyPI), and measure it, too")
    add("--repeats", type=int, default=3, help="runs of each kind")
    return parser


if __name__ == "__main__":
    sys.exit(main())
