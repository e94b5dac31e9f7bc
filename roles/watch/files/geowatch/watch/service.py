# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service: looks at the links every ten seconds, and rings and clears what is broken."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass, fields, replace

from geowatch import notify
from geowatch.times import clock
from geowatch.watch import metrics
from geowatch.watch.event import BROKEN, line
from geowatch.watch.finding import Finding
from geowatch.watch.host import Host
from geowatch.watch.links import look
from queue_files import QueueWriter, store

EVERY = 10.0
"""Seconds between two looks."""

PATIENCE = {"in force": 60.0}
"""Seconds that a link may be broken before it rings: a deployment takes longer than a restart."""
OTHERS = 30.0

STUCK = 60.0
"""Seconds in which what waits before a link has to move."""

AGAIN_AND_AGAIN, WITHIN = 5, 600.0
"""So many starts of a unit within so many seconds ring."""

CALM = 120.0
"""Seconds without a start after which that is over."""


@dataclass
class Known:
    """What is remembered of a link. Times are since 1970: they survive a restart of ours."""

    works: bool = True
    since: float = 0.0
    text: str = ""
    repair: str = ""
    rung: bool = False
    behind: int = 0
    at: str = ""
    moved: float = 0.0
    pids: tuple[int, ...] = ()
    starts: tuple[float, ...] = ()
    restarts: int = 0


class Watch:
    """What is known of the links, and the queue file."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._file = host.state("watch", "links.json")
        self._queue = QueueWriter(host.state("watch", "alerts"))
        self._urgent = host.state("watch", "urgent")
        mine = {each.name for each in fields(Known)}
        self._links = {
            link: Known(**{name: value for name, value in known.items() if name in mine})
            for link, known in host.facts(self._file).get("links", {}).items()
        }

    def look(self, now: float) -> None:
        """Ask all links, say what changed, and write down what is known."""
        found = look(self._host)
        # Such as the syslog daemon, where there is to be none any more.
        for gone in self._links.keys() - {each.link for each in found}:
            if self._links[gone].rung:
                self._clear(gone, "there is none any more")
            del self._links[gone]
        for finding in found:
            known = self._links.setdefault(finding.link, Known(since=now))
            finding = _judged(finding, known, now)
            if finding.works is not None:
                self._remember(finding, known, now)
        known_now = {name: asdict(known) for name, known in self._links.items()}
        store(self._file, json.dumps({"at": now, "links": known_now}))
        metrics.write(self._host, known_now)

    def _remember(self, finding: Finding, known: Known, now: float) -> None:
        if finding.works != known.works or not known.since:
            known.works, known.since = bool(finding.works), now
        known.text, known.repair, known.behind = finding.text, finding.repair, finding.behind
        is_due = now - known.since >= PATIENCE.get(finding.link, OTHERS)
        if not known.works and not known.rung and not finding.told and is_due:
            self._ring(finding, known)
        elif known.works and known.rung:
            self._clear(finding.link, finding.text)
            known.rung = False

    def _clear(self, link: str, why: str) -> None:
        text = f"The link {link} works again: {why}"
        self._queue.append([line(BROKEN, "cleared", link, text, mail=True)])
        for each in self._urgent.glob(link):
            each.unlink()

    def _ring(self, finding: Finding, known: Known) -> None:
        text = f"The link {finding.link} is broken since {clock(known.since)}: {finding.text}"
        advice = f"On the log server: {finding.repair}. Then see: geowatch status."
        said = line(BROKEN, "critical", finding.link, text, mail=True, advice=advice)
        if finding.link == "sender":  # who would read the queue file?
            store(self._urgent / finding.link, said.decode() + "\n")
        else:
            self._queue.append([said])
        known.rung = True
        print(f"<2>{text}", flush=True)


def _judged(finding: Finding, known: Known, now: float) -> Finding:
    """Return the finding with what only shows from one look to the next."""
    if finding.at != known.at or not finding.behind:
        known.at, known.moved = finding.at, now
    if finding.works and now - known.moved >= STUCK:
        text = f"{finding.text}, and nothing moved since {clock(known.moved)}"
        return replace(finding, works=False, text=text)
    if finding.pids and known.pids and not set(finding.pids) & set(known.pids):
        known.starts = (*known.starts, now)
        known.restarts += 1
        finding = replace(finding, works=None)  # it has to stay for a look
    known.pids = finding.pids or known.pids
    is_calm = bool(known.starts) and now - known.starts[-1] >= CALM
    known.starts = tuple(each for each in known.starts if now - each < WITHIN and not is_calm)
    if len(known.starts) >= AGAIN_AND_AGAIN:
        text = f"{finding.text}, started {len(known.starts)} times within ten minutes"
        return replace(finding, works=False, text=text)
    return finding


def main(host: Host = Host()) -> int:  # noqa: B008
    """Look until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    watch = Watch(host)
    is_ready, complained = False, False
    while not stop.is_set():
        try:
            watch.look(time.time())
            if not is_ready:  # what cannot look at all is not deployed
                notify.in_force(host.state("watch"))
            complained = False
        except OSError as error:  # a full disk; the sender says so
            if not complained:
                print(f"<3>cannot look at the line: {error}", flush=True)
            complained = True
        if not is_ready:
            notify.ready()
        is_ready = True
        notify.alive()
        stop.wait(EVERY)
    return 0


if __name__ == "__main__":
    sys.exit(main())
