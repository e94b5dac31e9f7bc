# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `geowatch canary`: send a marked login down the line, and see where it arrives."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
import sys
import syslog
import time

from geowatch.times import clock
from geowatch.watch.event import line
from geowatch.watch.finding import Finding
from geowatch.watch.host import Host
from geowatch.watch.journey import Journey
from geowatch.watch.links import look
from queue_files import QueueWriter, store, stored

USER = "geowatch-watch"
CANARY, LOST = "GeowatchCanary", "GeowatchCanaryLost"
TAG = "geowatch-canary"

DAEMON, SNIPPET = "/usr/sbin/rsyslogd", "/etc/rsyslog.d/00-geowatch-canary.conf"
"""Where both are there, the syslog daemon takes canaries to `BY_SYSLOG`."""
BY_SYSLOG = "/var/log/geowatch/canary.log"

UNKNOWN = "192.0.2.1"
"""Where it comes from if no database shows an address: from nowhere, which the lookup says."""

LARGEST = 1 << 20
"""Bytes of a log of our own. Then a new one begins."""

LOOK_AGAIN = 0.05
"""Seconds."""

UNSEEN = Finding("", None, "")
"""What a link says that cannot be asked."""


class Canary:
    """One canary, and what is to be said of it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._own = host.state("watch", "canary.log")
        is_by_syslog = all(host.path(each).exists() for each in (DAEMON, SNIPPET))
        self._log = host.path(BY_SYSLOG) if is_by_syslog else self._own
        self._send = self._by_syslog if is_by_syslog else self._directly
        self._nonce = secrets.token_hex(16)
        self._queue = QueueWriter(host.state("watch", "alerts"))
        self._urgent = host.state("watch", "urgent") / "canary"
        self._last = host.state("watch", "canary.json")

    def fly(self, patience: float) -> tuple[dict[str, float], str]:
        """Send it, and wait so many seconds. Returns when it was where, and what is lost."""
        nonce = self._host.state("watch", "canary")
        store(nonce, f"{self._nonce}\n")
        journey = Journey(self._host, self._nonce, self._log)
        self._send(f"{self._nonce} {stored(self._host.state('geoip', 'example')) or UNKNOWN}")
        end = time.monotonic() + patience
        while not journey.look() and time.monotonic() < end:
            time.sleep(LOOK_AGAIN)
        lost, why = journey.lost()
        nonce.unlink()  # what comes later is none
        links = self._links() if lost else {}
        rules = links.get("in force", UNSEEN)
        if lost == "correlator" and links.get(lost, UNSEEN).works and rules.works is False:
            lost = "rules"  # it runs, and recognises nothing
        link = rules if lost == "rules" else links.get(lost, UNSEEN)
        return journey.times, self._say(journey, lost, why, link)

    def _by_syslog(self, text: str) -> None:
        syslog.openlog(TAG, syslog.LOG_PID, syslog.LOG_USER)
        syslog.syslog(syslog.LOG_NOTICE, text)

    def _directly(self, text: str) -> None:
        if self._own.exists() and self._own.stat().st_size > LARGEST:
            self._own.unlink()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with open(os.open(self._own, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "w") as file:
            file.write(f"{stamp} {os.uname().nodename} {TAG}[{os.getpid()}]: {text}\n")

    def _say(self, journey: Journey, lost: str, why: str, link: Finding) -> str:
        """Ring, or clear it. Returns what is lost, in a sentence; nothing if it arrived."""
        text, before = "", self._host.facts(self._last).get("lost", "")
        if lost:
            why = why or (link.text if link.works is False else "")
            text = f"The canary sent at {clock(time.time() - journey.gone())} did not get to {lost}"
            text += f": {why}" if why else ""
            if lost != before:
                look_at = f"namei -l {self._log}" if lost == "log" else "run the playbook again"
                self._ring(lost, text, link.repair or look_at)
        else:
            self._clear(f"It arrived everywhere in {journey.gone():.1f} s", before)
        known = {"at": time.time(), "lost": lost, "text": text, "times": journey.times}
        store(self._last, json.dumps(known))
        return text

    def _ring(self, lost: str, text: str, repair: str) -> None:
        advice = f"On the log server: {repair}. Then see: geowatch canary."
        said = line(LOST, "critical", "canary", text, mail=True, advice=advice)
        if lost == "sender":  # who would read the queue file?
            store(self._urgent, said.decode() + "\n")
        else:
            self._queue.append([said])
            self._urgent.unlink(missing_ok=True)

    def _clear(self, text: str, before: str) -> None:
        lines = [line(CANARY, "cleared", "canary", text)]
        if before:
            lines.append(line(LOST, "cleared", "canary", text, mail=True))
        self._queue.append(lines)
        self._urgent.unlink(missing_ok=True)

    def _links(self) -> dict[str, Finding]:
        """Return what each link says of itself, first."""
        try:
            return {each.link: each for each in reversed(look(self._host))}
        except OSError:  # the canary has to ring all the same
            return {}


def main(arguments: list[str], host: Host = Host()) -> int:  # noqa: B008
    """Send one, one at a time."""
    parser = argparse.ArgumentParser(prog="geowatch canary", description=__doc__)
    parser.add_argument("--patience", type=float, default=10, metavar="SECONDS")
    patience = parser.parse_args(arguments).patience
    with host.state("watch", "canary.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        times, lost = Canary(host).fly(patience)
    for link, seconds in times.items():
        print(f"{link:20} {seconds:6.2f} s")
    print(lost or "The canary arrived everywhere")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
