# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a line costs by its length: the worst lines that each message of each source can get."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from bench import Bench
from paths import ROLES
from report import Section, number, table

LENGTHS = [8_000, 31_000, 256_000]
"""Bytes. What is longer than 32,000 is said, and no pattern is tried."""

HEAD = "2026-11-23T12:00:00Z vpn1 vpn[1]: "

REPEATED = ["a", " ", "1.1", ":1", "[", "] ", "(", "'", '"', "\\", "/", "=", "anna/198.51.100.1:1 "]
"""What patterns have to go back over, if anything."""

HEAD_COLUMNS = ["source", "at 8 kB", "at 31 kB", "at 256 kB", "ratio", "the worst line"]


def measure(bench: Bench) -> Section:
    """Let each source read lines that look like each of its messages, and are none."""
    rows = [_row(path) for path in sorted((ROLES / "logins/sources").glob("*.yml"))]
    return Section(
        "Length of a line",
        f"""\
CPU nanoseconds for a byte of the worst line that was found. Each message of a source is tried with
lines that have its text, its own words again and again, and all that a pattern may have to go back
over, before the text and after it, from a daemon with a client whose name is known. The ratio is
that of 31 kB to 8 kB, at its worst: 1 is linear. Longer lines are not tried by any pattern.

{table(HEAD_COLUMNS, rows)}""",
    )


def _row(path: Path) -> list[str]:
    source = _source(yaml.safe_load(path.read_text()))
    lines = list(_worst(source))
    of_byte = _of_byte(source, lines, LENGTHS[:2])
    worst = lines[max(range(len(lines)), key=lambda at: of_byte[at][1])]
    ratio = max(long / short for short, long in of_byte)
    shown = re.sub(r"[|`]", " ", " … ".join(part[-24:] for part in worst if part.strip()))
    figures = _of_byte(source, [worst], LENGTHS)[0]
    return [path.stem, *map(number, figures), number(ratio), f"`{shown}`"]


def _of_byte(
    source: dict[str, Any], lines: list[tuple[str, str, str]], lengths: list[int]
) -> list[list[float]]:
    """Return the nanoseconds of a byte of each line, at each length."""
    asked = json.dumps([[source, line, lengths] for line in lines])
    perl = [f"-I{ROLES}/{role}/files/perl" for role in ("sec", "logins")]
    command = ["perl", *perl, str(Path(__file__).with_suffix(".pl"))]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    return [
        [1e9 * cost / length for cost, length in zip(json.loads(said), lengths, strict=True)]
        for said in done.stdout.splitlines()
    ]


def _source(given: dict[str, Any]) -> dict[str, Any]:
    """Return a source as its rule has it."""
    source = {
        "title": given["title"],
        "program": "^vpn$",
        "any_program": 0,
        "timezone": "UTC",
        "server": "name",
        "files": ["/var/log/x.log"],
        "names": {},
        "wrappers": given.get("wrappers", []),
        "messages": [
            [
                *(each["means"], each.get("of", "line"), each.get("text", ""), each["pattern"]),
                {key: each[key] for key in ("news",) if key in each},
            ]
            for each in given["messages"]
        ],
    }
    return source | {key: given[key] for key in ("clients", "json") if key in given}


def _worst(source: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for _means, of, text, pattern, _given in source["messages"]:
        client = "" if of == "line" else "anna/198.51.100.1:1 "
        for part in [*REPEATED, text or "a", _words(pattern), HEAD]:
            yield HEAD + client + text, part, "\0"
            yield HEAD + client, part, text + "\0"


def _words(pattern: str) -> str:
    """Return what a pattern has literally, with something where anything may be."""
    words = re.sub(r"\(\?<\w+>[^)]*\)|\\.[+*?]?|\[[^\]]*\][+*?]?|[.][+*]\??", "1", pattern)
    return re.sub(r"[()^$?*+|\\{}]", "", words) or "a"
