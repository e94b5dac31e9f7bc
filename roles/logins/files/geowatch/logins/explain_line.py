# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules that are deployed make of log lines, step by step. Nothing is sent.

The rules themselves say it: they are run once more, as in a replay, and watched (Explain.pm).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from geowatch.logins.correlate import correlate
from geowatch.logins.shown import answered
from geowatch.times import clock

RULES = Path("/etc/geowatch/sec")
LIBRARY = Path("/opt/geowatch/lib")
OWN = Path(__file__).parent

SOURCE = "SOURCE_"
"""How the contexts of sources begin."""

EVENTS = {
    "FAILURE": "a failed login. Failures are counted, and a burst of them rings",
    "SESSION_ENDED": "its session ended",
    "LOG_MUTED": "the server leaves out lines of its log",
}

Known = dict[str, str]
Step = tuple[str, str]


def explain(given: bytes, log: str, state: Path, rules: Path, library: Path) -> Iterator[Step]:
    """Yield the steps of each line, and where it stops."""
    lines = [line for line in given.split(b"\n") if line.strip()]
    found = False
    for context, globs, words in sources(rules):
        # Others are never given to the rules.
        if not any(word in line for line in lines for word in words):
            continue
        found = True
        yield "source", f"{context.removeprefix(SOURCE).lower()}, {' '.join(globs)}"
        with tempfile.TemporaryDirectory(prefix="geowatch-explain-") as directory:
            work = Path(directory)
            (work / "log.0").write_bytes(b"\n".join(lines) + b"\n")
            (work / "logs").write_text(f"{log}\t0\t\n", "utf-8", "surrogateescape")
            database = state / "database/country.mmdb"
            program = str(library / "geoip_info.py")
            lookup = [sys.executable, program, "--answer", f"--database={database}"]
            more = f"-I{OWN}", f"-MExplain={work}/told"
            correlate([library / "perl"], context, work, rules, lookup, *more)
            yield from steps((work / "told").read_bytes())
    if not found:
        yield "stops", "here: no source looks for a text that is in it, so the rules never see it"


def sources(rules: Path) -> Iterator[tuple[str, list[str], list[bytes]]]:
    """Yield the context of each source, its files, and the texts that lines need to be read."""
    files: dict[str, list[str]] = {}
    words: dict[str, list[bytes]] = {}
    for row in (rules / "inputs.tsv").read_text("utf-8").split("\n"):
        kind, _tab, rest = row.partition("\t")
        context, _tab, text = rest.partition("\t")
        if context.startswith(SOURCE) and kind == "file":
            files.setdefault(context, []).append(text.partition("\t")[2])
        if context.startswith(SOURCE) and kind == "word":
            words.setdefault(context, []).append(text.encode())
    for context, globs in files.items():
        yield context, globs, words.get(context, [b""])


def steps(told: bytes) -> Iterator[Step]:
    """Yield what was told as people read it."""
    before: list[str] = []
    for row in told.decode("utf-8", "backslashreplace").split("\n")[:-1]:
        step, *fields = row.split("\t")[:-1]
        known = dict(field.split("=", 1) for field in fields)
        if step == "line" and before:
            yield from _stop(before)
            before = []
        # What is said of a client that is decided later, in lines that come between, is its own.
        before.append(f"{step} {known.get('means', '') or known.get('why', '')}".rstrip())
        if said := _SAID[step](known):
            yield step, said
    yield from _stop(before)


def _stop(before: Sequence[str]) -> Iterator[Step]:
    """Say where a line stopped that came to no alert, and why."""
    names = {step.split(" ")[0] for step in before}
    last = before[-1] if before else ""
    if not names or "alert" in names:
        return
    if "judged" in names:
        why = "the action for its verdict is `ignore`"
    elif "located" in names:
        why = "no rule judged it. See geowatch status"
    elif last == "reading nothing":
        why = "it is known, and says nothing of a login"
    elif last.startswith("reading "):
        why = last.removeprefix("reading ")
    elif last == "reading" or "shape" not in names:
        why = "no message of the source has this form"
    elif names & {"client", "event"}:
        return
    else:
        why = "by itself it says nothing of a client that is known. Give the lines before it, too"
    yield "stops", f"here: {why}"


def _shape(known: Known) -> str:
    program = known["program"] or ("none of the source's" if known["foreign"] else "-")
    pid = f"[{known['pid']}]" if known["pid"] else ""
    said = f"time {known['times'] or '-'}, server {known['server'] or '-'}, program {program}{pid}"
    return f"{said}, message: {known['message']}"


def _message(known: Known) -> str:
    if known["means"] == "not_understood":
        return f"may be a login of {known['source']}, but is not understood: {known['why']}"
    time = clock(known["time"], "%Y-%m-%d %H:%M:%S")
    odd = " (now: its time cannot be read)" if known["odd_time"] else ""
    who = f"user {known['user'] or '(no name)'}, {known['ip'] or 'no address'}"
    where = f"server {known['server'] or '(unknown)'}"
    said = f"{known['source']}, {known['means']}: {who}, place {known['place'] or '-'}, {where}"
    return f"{said}, {time}{odd}"


def _client(known: Known) -> str:
    if not known["awaited"] or known["awaited"] == "0":
        return ""
    return f"{known['state']}: {known['seconds']} s are awaited for what else is said of it"


def _judged(known: Known) -> str:
    by = f"by the policy {known['policy']}, which expects {known['expected']}"
    return f"{known['verdict']}, {by}: its action is `{known['action']}`"


def _alert(known: Known) -> str:
    rings = "a message is due" if known["mail"] == "mail" else "no message is due"
    return f"{known['event']}, {known['severity']}, {rings}: {known['text']}"


_SAID = {
    "line": lambda known: known["raw"],
    "shape": _shape,
    "reading": lambda known: "",
    "message": _message,
    "client": _client,
    "event": lambda known: EVENTS.get(known["context"], ""),
    "login": lambda known: f"it counts as one, {known['proof']}",
    "located": answered,
    "judged": _judged,
    "alert": _alert,
}
