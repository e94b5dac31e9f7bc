# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file for the textfile collector of Prometheus's node_exporter, where metrics are turned on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from geowatch.watch.host import Host
from geowatch.watch.links import OURS, built
from queue_files import store

ON = "/etc/geowatch/watch/metrics"
"""A link to the directory of the collector, which has a link to the file."""

READABLE_BY_ALL = 0o644

CHANNEL = "channel "
"""So begin the links that are channels, before its name and the recipient's."""

WITH_UNITS = ("correlator", "lookup", "sender")
"""Links that read what others wrote."""

LINES = {
    "recognised": "lines_recognised_total",
    "not_understood": "lines_not_understood_total",
    "failed": "failed_logins_total",
}
VERDICTS = {
    "ExpectedCountry": "expected",
    "UnexpectedCountry": "unexpected",
    "UnknownCountry": "unknown",
    "InternalAddress": "internal",
}
"""What the correlator counts of each server, see Counts.pm."""


class Series(NamedTuple):
    """What a number means."""

    labels: tuple[str, ...]
    help: str


SERVER = ("source", "server")
SERIES = {
    "link_works": Series(("link",), "1 if this link of the line works, 0 if not."),
    "link_behind_bytes": Series(("link",), "What waits before it."),
    "link_restarts_total": Series(("link",), "How often its unit began anew."),
    "log_read_bytes_total": Series(("log",), "What the correlator read of a log."),
    "lines_recognised_total": Series(SERVER, "Log lines that are messages of the source."),
    "lines_not_understood_total": Series(
        SERVER, "Log lines that look like a login's, and are not understood."
    ),
    "failed_logins_total": Series(SERVER, "Logins that were rejected."),
    "logins_total": Series((*SERVER, "verdict"), "Logins, by what was said of them."),
    "logins_by_country_total": Series(("country",), "The same, by country or why none is known."),
    "database_built_timestamp_seconds": Series((), "When the country database in use was built."),
    "canary_timestamp_seconds": Series((), "When the last canary was sent."),
    "canary_lost": Series((), "1 if it did not arrive everywhere, else 0."),
    "canary_seconds": Series((), "How long it took to the last link that it got to."),
    "channel_works": Series(("channel",), "1 if alerts get out by this channel, 0 if not."),
    "outbox_alerts": Series(("channel", "state"), "Deliveries that wait, or were refused."),
    "outbox_oldest_timestamp_seconds": Series(("channel",), "Since when the oldest of them waits."),
    "delivery_timestamp_seconds": Series(("channel",), "When something was delivered last."),
    "delivery_seconds": Series(
        ("channel",), "How long an alert of the last ten minutes took at most."
    ),
}
"""All there are, each with `geowatch_` before its name."""

Samples = Iterator[tuple[str, tuple[str, ...], float]]
Known = dict[str, dict[str, Any]]
"""What the service knows of each link."""


def write(host: Host, links: Known) -> None:
    """Write it, if metrics are on. What cannot be understood is left out, and so shows."""
    if not host.path(ON).is_symlink():
        return
    text = ""
    for part in (_links, _counts, _database, _canary, _channels):
        with suppress(AttributeError, LookupError, TypeError, ValueError):
            text += _text(part(host, links))
    store(host.state("metrics", "geowatch.prom"), text, READABLE_BY_ALL)


def _links(_host: Host, links: Known) -> Samples:
    for link, known in links.items():
        if link.startswith(CHANNEL) or not known["since"]:
            continue
        yield "link_works", (link,), known["works"]
        if link in WITH_UNITS:
            yield "link_behind_bytes", (link,), known["behind"]
            yield "link_restarts_total", (link,), known["restarts"]


def _counts(host: Host, _known: Known) -> Samples:
    numbers: dict[str, dict[tuple[str, ...], int]] = {}
    for what, *labels, last in host.rows(host.state("sec", "counts.tsv")):
        numbers.setdefault(what, {})[tuple(labels)] = int(last)
    for of, number in numbers.pop("bytes", {}).items():
        if not of[0].startswith(OURS):
            yield "log_read_bytes_total", of, number
    for of, number in numbers.pop("country", {}).items():
        yield "logins_by_country_total", of, number
    # Who has one of them has all: what was 0 before can be seen to grow.
    for of in sorted(set().union(*numbers.values())):
        for what, name in LINES.items():
            yield name, of, numbers.get(what, {}).get(of, 0)
        for what, verdict in VERDICTS.items():
            yield "logins_total", (*of, verdict), numbers.get(what, {}).get(of, 0)


def _database(host: Host, _known: Known) -> Samples:
    came = host.facts(host.state("database", "country.json"))
    if day := built(str(came.get("described", ""))):
        yield "database_built_timestamp_seconds", (), day


def _canary(host: Host, _known: Known) -> Samples:
    if last := host.facts(host.state("watch", "canary.json")):
        yield "canary_timestamp_seconds", (), last["at"]
        yield "canary_lost", (), bool(last["lost"])
        yield "canary_seconds", (), max(last["times"].values(), default=0)


def _channels(host: Host, links: Known) -> Samples:
    ways: dict[str, list[dict[str, Any]]] = {}
    for way in host.facts(host.state("alerts", "status.json")).get("ways", []):
        ways.setdefault(way["channel"], []).append(way)
    for name, its in ways.items():
        found = [links.get(f"{CHANNEL}{name} {way['recipient']}".rstrip(), {}) for way in its]
        yield "channel_works", (name,), all(each.get("works", True) for each in found)
        for state in ("waiting", "refused"):
            yield "outbox_alerts", (name, state), sum(way[state] for way in its)
        if since := [way["since"] for way in its if way["since"]]:
            yield "outbox_oldest_timestamp_seconds", (name,), min(since)
        if done := max(way["done"] for way in its):
            yield "delivery_timestamp_seconds", (name,), done
        yield "delivery_seconds", (name,), max(way["slowest"] for way in its)


def _text(samples: Samples) -> str:
    """Return what Prometheus reads: all of a series together, and no labels twice."""
    lines: dict[str, dict[str, float]] = {}
    for name, values, number in samples:
        labels = ",".join(
            f'{label}="{_escaped(value)}"'
            for label, value in zip(SERIES[name].labels, values, strict=True)
        )
        lines.setdefault(name, {})[labels] = float(number)
    text = ""
    for name, its in lines.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        text += f"# HELP geowatch_{name} {SERIES[name].help}\n# TYPE geowatch_{name} {kind}\n"
        text += "".join(f"geowatch_{name}{{{each}}} {number!r}\n" for each, number in its.items())
    return text


def _escaped(value: str) -> str:
    shown = value.encode("utf-8", "replace").decode()
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
