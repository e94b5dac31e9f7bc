# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `geowatch status`: one page for a person, or one line for a monitoring system."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from geowatch.times import clock
from geowatch.watch.finding import Finding
from geowatch.watch.host import Host
from geowatch.watch.links import look

USER = "geowatch-watch"

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
"""By exit code, as monitoring plugins have them."""

SEEN = ("works", "text", "repair", "behind")
"""What the service wrote down of each link."""

RECENT = 4 << 20
"""Bytes of a queue file in which the last lines are looked for."""


@dataclass(frozen=True)
class Page:
    """All that is shown."""

    links: list[Finding]
    since: dict[str, float]
    logins: list[dict[str, str]]
    not_understood: list[str] | None
    """Sources and servers with a line today that nobody understood."""

    @property
    def code(self) -> int:
        """Return the exit code: the worst that is known comes before what is not."""
        if broken := [each for each in self.links if each.works is False]:
            return 1 if all(each.minor for each in broken) else 2
        return 3 if any(each.works is None for each in self.links) else 0


def page(host: Host) -> Page:
    """Look at the links now, and add what the service knows of them."""
    links = look(host)
    try:
        known = host.facts(host.state("watch", "links.json")).get("links", {})
        logins = list(_last_logins(host))
        lines = list(_recent(host.state("sec", "alerts")))
    except PermissionError:  # the links say so
        return Page(links, {}, [], None)
    for number, each in enumerate(links):
        mine = known.get(each.link, {})
        if mine and each.works is None:  # the service may read the logs, too
            links[number] = replace(each, **{name: mine[name] for name in SEEN})
        elif each.works and mine.get("works") is False:
            # What shows only from one look to the next, such as a unit that starts again and again.
            links[number] = replace(each, works=False, text=mine["text"])
    since = {name: each["since"] for name, each in known.items() if each.get("since")}
    today = time.strftime("%Y-%m-%d", time.gmtime())
    said = [row for row in lines if row[9:] and row[1].startswith(today)]
    missed = {f"{row[7]} {row[5]}" for row in said if row[2].endswith("LineNotUnderstood")}
    return Page(links, since, logins, sorted(missed))


def _last_logins(host: Host) -> Iterator[dict[str, str]]:
    last = {}
    for row in _recent(host.state("geoip", "located")):
        if len(row) >= 13 and row[9] != "geowatch":  # that is the canary
            last[row[9], row[11]] = row[10]
    for (source, server), at in sorted(last.items()):
        yield {"source": source, "server": server, "time": at}


def _recent(path: Path) -> Iterator[list[str]]:
    """Yield the last lines of a queue file, and of the one before it, by their fields."""
    for each in (path.with_name(f"{path.name}.1"), path):
        try:
            with each.open("rb") as file:
                start = max(0, each.stat().st_size - RECENT)
                file.seek(start)
                lines = file.read().decode("utf-8", "replace").split("\n")
        except FileNotFoundError:
            continue
        yield from (line.split("\t") for line in lines[1 if start else 0 : -1])


def _words(shown: Page) -> Iterator[str]:
    for each in shown.links:
        state = {True: "works ", False: "BROKEN", None: "unseen"}[each.works]
        behind = f", {each.behind} bytes behind" if each.behind else ""
        since = f" (since {clock(shown.since[each.link])})" if each.link in shown.since else ""
        yield f"{state}  {each.link:12} {each.text}{behind}{since}"
        if each.works is False:
            yield f"{'':22}repair: {each.repair}"
    for login in shown.logins:
        yield f"last login    {login['source']} {login['server']}: {login['time']}"
    if shown.not_understood is not None:
        yield f"not understood today: {', '.join(shown.not_understood) or 'nothing'}"


def _nagios(shown: Page) -> str:
    wrong = [each for each in shown.links if each.works is not True]
    wrong.sort(key=lambda each: each.works is None)
    text = "; ".join(f"{each.link}: {each.text}" for each in wrong) or "every link works"
    broken = sum(each.works is False for each in wrong)
    behind = sum(each.behind for each in shown.links)
    said = " ".join(f"GEOWATCH {STATES[shown.code]} - {text}".replace("|", "/").split())
    return f"{said} | broken={broken} behind={behind}B"


def main(arguments: list[str], host: Host | None = None) -> int:
    """Show the page. Returns the exit code that monitoring plugins have."""
    parser = argparse.ArgumentParser(
        prog="geowatch status",
        description="Whether each link of the line works, from the log to the alert. Exits with 0"
        " if all do, 1 where something is to be looked at, 2 where something is broken, and 3"
        " where that cannot be seen.",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--nagios", action="store_true", help="one line, as monitoring plugins have")
    form.add_argument("--json", action="store_true", help="all of it, for programs")
    options = parser.parse_args(arguments)
    shown = page(host or Host())
    if options.json:
        print(json.dumps(asdict(shown) | {"code": shown.code}, indent=1))
    elif options.nagios:
        print(_nagios(shown))
    else:
        print(*_words(shown), sep="\n")
    return shown.code
