# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The links of the line, from left to right: what each one is, and how it is asked."""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from geowatch.behind import left_of_queue, unread
from geowatch.times import clock
from geowatch.watch.finding import Finding
from geowatch.watch.host import Host

SYSLOG = "etc/systemd/system/syslog.service"
"""Debian's alias for the syslog daemon that is enabled, whichever it is."""

OURS = ("/var/lib/geowatch/", "/var/log/geowatch/")

NO_CANARY = 7500.0
"""Seconds after which one is missing. They are an hour apart."""

SLOW = 100.0
"""Seconds that something may wait for a channel that does not take it."""

DEPLOYING = 45.0
"""Seconds from one room to the next at most, while all are deployed."""

NO_LOOK = 60.0
"""Seconds without a look after which nobody watches."""


def syslog(host: Host) -> Iterator[Finding]:
    """Ask whether the syslog daemon runs, if this host has one."""
    if not (host.root / SYSLOG).is_symlink():
        return
    unit = os.path.basename(os.readlink(host.root / SYSLOG))
    yield _unit(host, "syslog", unit)


def log(host: Host) -> Iterator[Finding]:
    """Ask whether the correlator sees the logs. What it cannot read it says itself."""
    rows = host.rows(host.state("sec", "offsets.tsv"))
    if closed := [row[1] for row in rows if row[0] == "closed"]:
        text = f"{_first(closed)} cannot be read"
        yield Finding("log", False, text, f"namei -l {closed[0]}", told=True)
        return
    logs = {row[4] for row in rows if row[0] == "file" and not row[4].startswith(OURS)}
    times = [host.path(each).stat().st_mtime for each in logs if host.path(each).exists()]
    for each in (row[1] for row in rows if row[0] == "glob"):
        if not each.startswith(OURS) and not _matches(each, logs):
            text = f"no file matches {each}, so no login is seen there"
            yield Finding("log", False, text, "see that servers log to it", told=True, minor=True)
            return
    last = f", the last line {ago(max(times))}" if times else ""
    yield Finding("log", True, f"{len(logs)} logs{last}")


def correlator(host: Host) -> Iterator[Finding]:
    """Ask whether the correlator runs, and how far it is behind the logs."""
    behind, places = 0, []
    for row in host.rows(host.state("sec", "offsets.tsv")):
        if row[0] == "file" and row[4:]:
            behind += unread(host.path(row[4]), int(row[2]), int(row[3]))
            places.append(row[3])
    yield _unit(host, "correlator", "geowatch-sec.service", behind, " ".join(places))


def lookup(host: Host) -> Iterator[Finding]:
    """Ask whether the lookup runs, and how far it is behind the correlator."""
    at = _text(host.state("geoip", "connections.offset"))
    behind = left_of_queue(host.state("sec", "connections"), at)
    yield _unit(host, "lookup", "geowatch-geoip.service", behind, at)


def database(host: Host) -> Iterator[Finding]:
    """Ask how old the database is, and whether it is the one that was put in use."""
    file = host.state("database", "country.mmdb")
    update = "run the playbook, or: systemctl start geowatch-geoip-update"
    if not file.exists():
        yield Finding("database", False, "there is none", update, told=True)
        return
    came = host.facts(file.with_suffix(".json"))
    described = str(came.get("described", "put there by hand"))
    if came.get("sha256") and came["sha256"] != _sha256(file):
        yield Finding("database", False, f"it is not {described}, which was put in use", update)
        return
    said = {row[3]: row for row in host.rows(host.state("geoip", "health")) if len(row) == 6}
    day = built(described)
    age = f", {int(time.time() - day) // 86400} days old" if day else ""
    state = said["country"][4] if "country" in said else "fresh"
    is_old = state in ("ageing", "stale")
    text = f"{described}{age}" + ("" if state == "fresh" else f": {state}")
    yield Finding("database", state == "fresh", text, update, told=True, minor=is_old)


def built(described: str) -> float | None:
    """Return when a database was built, if that is said of it."""
    day = re.search(r"\d{4}-\d\d-\d\d", described)
    return time.mktime(time.strptime(day[0], "%Y-%m-%d")) if day else None


def in_force(host: Host) -> Iterator[Finding]:
    """Ask whether what is on the disk is what was deployed, and whether the units run that."""
    directory = host.path("/etc/geowatch/watch")
    wrong, newest = [], 0.0
    for each in sorted(
        directory / name for name in os.listdir(directory) if name.endswith(".json")
    ):
        known = host.facts(each)
        now = dict(found for pattern in known.get("globs", []) for found in _seen(host, pattern))
        was = {path: at for path, at in known.get("files", {}).items() if _may_be_seen(host, path)}
        changed = sorted(path for path in now | was if now.get(path) != was.get(path))
        wrong += [f"{_first(changed)}: not what was deployed"] if changed else []
        if _text(host.state(each.stem, "in_force")).split() != known.get("digests"):
            wrong.append(f"geowatch-{each.stem} has not loaded what was deployed")
        newest = max(newest, each.stat().st_mtime)
    if not wrong:
        yield Finding("in force", True, "every unit runs what was deployed")
        return
    # One room after another gets what is new.
    goes_on = time.time() - newest < DEPLOYING
    text = wrong[0] + (", a deployment is under way" if goes_on else "")
    yield Finding("in force", None if goes_on else False, text, "run the playbook again")


def sender(host: Host) -> Iterator[Finding]:
    """Ask whether the sender runs, and takes in what was judged."""
    told = host.facts(host.state("alerts", "status.json"))
    positions = told.get("positions", {})
    queues = [host.state(room, "alerts") for room in ("sec", "watch")]
    behind = sum(left_of_queue(each, positions.get(str(each)) or "") for each in queues)
    yield _unit(host, "sender", "geowatch-alerts.service", behind, str(positions))
    for way in told.get("ways", []):
        yield _channel(way)


def watch(host: Host) -> Iterator[Finding]:
    """Ask whether the service looks that rings all this."""
    at = float(host.facts(host.state("watch", "links.json")).get("at", 0))
    looks = time.time() - at < NO_LOOK
    text = f"looked {ago(at)}" if at else "it never looked"
    yield Finding("watch", looks, text, "systemctl restart geowatch-watch", told=True)


def canary(host: Host) -> Iterator[Finding]:
    """Ask how the last canary went, and whether it was the last one indeed."""
    last = host.facts(host.state("watch", "canary.json"))
    if not last:
        return
    if time.time() - last["at"] > NO_CANARY:
        repair = "systemctl restart geowatch-canary.timer"
        yield Finding("canary", False, f"the last one was sent {ago(last['at'])}", repair)
        return
    slowest = max(last["times"].values(), default=0)
    text = last["text"] or f"arrived everywhere in {slowest:.1f} s, {ago(last['at'])}"
    yield Finding("canary", not last["lost"], text, "geowatch canary", told=True)


LINKS: tuple[Callable[[Host], Iterator[Finding]], ...] = (
    syslog,
    log,
    correlator,
    lookup,
    database,
    in_force,
    sender,
    canary,
    watch,
)


def look(host: Host) -> list[Finding]:
    """Ask all links. What the caller may not see is said so."""
    found: list[Finding] = []
    for each in LINKS:
        try:
            found += each(host)
        except PermissionError as error:
            name = each.__name__.replace("_", " ")
            found.append(Finding(name, None, f"{error.filename} may not be read: run it as root"))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            text = f"what was written down cannot be read: {error!r}"
            found.append(Finding(each.__name__, False, text, "run the playbook again"))
    return found


def ago(seconds: float) -> str:
    """Return how long ago a time was, in words."""
    gone = max(0, int(time.time() - seconds))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if gone >= 2 * size:
            return f"{gone // size} {unit} ago"
    return f"{gone} s ago"


def _channel(way: dict[str, Any]) -> Finding:
    """Return what the sender wrote down of a way out; what is in its way it says itself."""
    name = " ".join(filter(None, ("channel", way["channel"], way["recipient"])))
    text = f"last delivery {ago(way['done'])}" if way["done"] else "nothing delivered yet"
    text += f", {way['waiting']} wait since {clock(way['since'])}" if way["waiting"] else ""
    text += f", {way['refused']} refused" if way["refused"] else ""
    text += f", {way['left']} left this hour" if way["left"] is not None else ""
    is_down = way["waiting"] and way["error"] and time.time() - way["since"] > SLOW
    text += f": {way['error']}" if is_down else ""
    works = not (is_down or way["refused"])
    return Finding(name, works, text, "geowatch channels", told=True, minor=True)


def _unit(host: Host, link: str, unit: str, behind: int = 0, at: str = "") -> Finding:
    pids = host.processes(unit)
    if pids is None:
        return Finding(link, None, f"whether {unit} runs cannot be seen here", behind=behind, at=at)
    text = f"{unit} {'runs' if pids else 'does not run'}"
    repair = f"systemctl restart {unit}, and where that does not help, run the playbook again"
    return Finding(link, bool(pids), text, repair, pids=tuple(pids), behind=behind, at=at)


def _first(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if names[1:] else names[0]


def _matches(pattern: str, logs: set[str]) -> bool:
    """Return whether a log is of this glob. Braces, which Python's globs lack, are believed."""
    depth = pattern.count("/")
    return "{" in pattern or any(
        each.count("/") == depth and fnmatch.fnmatchcase(each, pattern) for each in logs
    )


def _seen(host: Host, pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the files of a glob and when each was changed, as the module in_force does."""
    for path in glob.glob(str(host.path(pattern)), recursive=True):
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) or stat.S_ISREG(status.st_mode):
            yield f"/{Path(path).relative_to(host.root)}", status.st_ctime_ns


def _may_be_seen(host: Host, path: str) -> bool:
    """Return whether we may look for it: the sender's configuration has secrets."""
    directory = host.path(path).parent
    return os.access(directory, os.X_OK) or not directory.exists()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


_known: dict[tuple[int, ...], str] = {}


def _sha256(path: Path) -> str:
    status = path.stat()
    key = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    if key not in _known:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        _known.clear()
        _known[key] = digest
    return _known[key]
