# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of the cases, each with something changed: who is not concerned keeps every session.

Each mutant is a copy of a log with servers of its own, and all of them are one log.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import yaml
from lives import hostile_name
from messages import Source
from rule_cases import CASES, ROLES, Found, Replay

LINE = re.compile(r"(Nov \d\d [\d:]{8}) ([\w.-]+) (openvpn\[\d+\]: )(.*)")
EVE = {
    **{"user": "eve", "ip": "203.0.113.99", "address": "203.0.113.99", "port": "1195"},
    **{"old_ip": "203.0.113.98", "old_port": "1196"},
}
SIGN = "Peer Connection Initiated with "
Login = tuple[str, str, str, str, str, str | None]
"""User, address, server, proof, start and end."""


class Log(NamedTuple):
    """A log, and which line of it was changed, as it was and as it is."""

    lines: list[str]
    before: str = ""
    after: str = ""


Mutate = Callable[[list[str], random.Random], Iterator[Log]]


def logs() -> list[list[str]]:
    """Return the logs of the cases that have the usual header and the usual variables."""
    cases = [yaml.safe_load(path.read_text("utf-8")) for path in CASES]
    usual = [case["log"].splitlines() for case in cases if not case.get("variables")]
    return [lines for lines in usual if len(lines) < 20 and all(map(LINE.fullmatch, lines))]


def behind_header(line: str, change: Callable[[str], str]) -> str:
    found = LINE.fullmatch(line)
    assert found
    return f"{found[1]} {found[2]} {found[3]}{change(found[4])}"


def with_each_changed(change: Callable[[str, random.Random], list[str]]) -> Mutate:
    """Return what yields a log with one line changed, for some of its lines."""

    def mutate(lines: list[str], rng: random.Random) -> Iterator[Log]:
        for place in rng.sample(range(len(lines)), min(4, len(lines))):
            changed = change(lines[place], rng)
            yield Log([*lines[:place], *changed, *lines[place + 1 :]], lines[place], changed[-1])

    return mutate


def with_a_stranger(lines: list[str], rng: random.Random) -> Iterator[Log]:
    """Yield a log with a line about somebody else, in each place."""
    source = Source(ROLES / "logins/sources/openvpn.yml")
    # A server that says it of one says it of all, and so it is a habit.
    theirs = [each for each in source.messages if each["means"] not in ("started", "addressed")]
    for place in rng.sample(range(len(lines)), min(8, len(lines))):
        said = source.line(rng.choice(theirs), EVE, rng)
        stranger = lines[place].partition("]: ")[0] + f"]: {said}"
        yield Log([*lines[: place + 1], stranger, *lines[place + 1 :]], stranger, stranger)


def truncated(line: str, rng: random.Random) -> list[str]:
    return [behind_header(line, lambda text: text[: rng.randrange(len(text))])]


def doubled(line: str, _: random.Random) -> list[str]:
    return [line, line]


def swapped(line: str, _: random.Random) -> list[str]:
    return [behind_header(line, str.swapcase)]


def with_bytes(line: str, rng: random.Random) -> list[str]:
    def put(text: str) -> str:
        at = rng.randrange(len(text) + 1)
        return text[:at] + hostile_name(rng) + text[at:]

    return [behind_header(line, put)]


CHANGES: list[Mutate] = [
    with_a_stranger,
    *map(with_each_changed, (truncated, doubled, swapped, with_bytes)),
]


def replayed(replay: Replay, mutants: list[Log]) -> tuple[Found, list[list[Login]]]:
    """Return what is found in all of them, and the logins of each."""
    text = [
        (line[:15], re.sub(r"^(.{15} )", rf"\1m{number}.", line))
        for number, mutant in enumerate(mutants)
        for line in mutant.lines
    ]
    in_order = sorted(text, key=lambda line: line[0])
    log = "".join(f"{line}\n" for _, line in in_order)
    found = replay(log.encode("utf-8", "surrogateescape"))
    logins: list[list[Login]] = [[] for _ in mutants]
    for each in found.sessions:
        number, server = re.fullmatch(r"m(\d+)\.(.*)", each["server"]).groups()  # type: ignore[union-attr]
        about = (each["user"] or "", each["ip"], server, each["proof"], each["start"], each["end"])
        logins[int(number)].append(about)
    return found, logins


def number_of(line: str) -> int:
    """Return which mutant a line is of."""
    return int(line[16:].partition(".")[0].removeprefix("m"))


def is_about(line: str, login: Login) -> bool:
    """Tell whether a line names somebody, or an address of theirs."""
    return (login[0] != "" and login[0] in line) or login[1] in line


def is_told_of(mutant: Log, person: tuple[str, str]) -> bool:
    """Tell whether the changed line is about somebody at a whole address of it."""
    name, ip = person
    whole = re.search(
        rf"(?<![\w.]){re.escape(ip)}(?![\w.])|:ffff:{re.escape(ip)}(?!\w)", mutant.before
    )
    return bool(whole) and name in mutant.before + mutant.after


def test_who_is_not_concerned_keeps_every_session(replay: Replay) -> None:
    rng = random.Random(1)
    originals = logs()
    assert len(originals) > 15
    pairs = [
        (number, mutant)
        for number, lines in enumerate(originals)
        for change in CHANGES
        for mutant in change(lines, rng)
    ]
    mutants = [Log(lines) for lines in originals] + [mutant for _, mutant in pairs]
    found, logins = replayed(replay, mutants)
    said = {number_of(each["line"]) for each in found.not_understood}
    problems = []
    for at, (number, mutant) in enumerate(pairs, len(originals)):
        was, now = logins[number], logins[at]
        concerned = [each for each in was if is_about(mutant.before, each)]
        if not concerned and EVE["ip"] not in mutant.before:
            continue  # a line that names nobody is about all of them
        lost = Counter(each for each in was if each not in concerned) - Counter(now)
        made_up = {each[:2] for each in now} - {each[:2] for each in was}
        accused = {each for each in made_up if not is_told_of(mutant, each)}
        is_silent = len(now) < len(was) and SIGN in mutant.after and at not in said
        if lost or accused or is_silent:
            problems.append((mutant.before, mutant.after, lost, accused, is_silent))
    assert problems == []
