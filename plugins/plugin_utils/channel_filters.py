# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alerts a channel gets, as people write it. What can never match is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ansible_collections.loghost.geowatch.plugins.plugin_utils import name_patterns
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import at, shown, suggestion

Known = Mapping[str, Iterable[str]]
"""The names of the events of each source, by the source's title. Empty: nobody says which."""

KEYS = ("events", "min_severity", "users", "servers", "sources")

_SEVERITIES = ("critical", "major", "minor", "warning", "informational")

# Of an alert, and of what is known about a login. What one of them does not know is empty.
_WORDS = (
    *("id", "time", "event", "severity", "resource", "group", "value", "text", "origin", "raw"),
    *("environment", "user", "ip", "country", "country_name", "server", "policy", "expected"),
    *("reason", "as_owner", "asn", "proof", "advice"),
)


def conditions(item: Mapping[str, object], known: Known) -> dict[str, object]:
    """Return what the channel wants, and the template of what it says."""
    found: dict[str, object] = {}
    for key in ("events", "users", "servers", "sources"):
        if key in item:
            with at(key):
                found[key] = _patterns(item[key])
    if "min_severity" in item:
        severity = item["min_severity"]
        if severity not in _SEVERITIES:
            raise ValueError(
                f"min_severity is {shown(severity)}. {suggestion(severity, _SEVERITIES)}"
                f"Write one of {', '.join(_SEVERITIES)}"
            )
        found["min_severity"] = severity
    if item.get("template"):
        with at("template"):
            found["template"] = _template(item["template"])
    if known:
        _must_match(found, known)
    return found


def _patterns(value: object) -> list[str]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, (list, tuple)) or not patterns:
        raise ValueError(f"{shown(value)} matches nothing. Write a list, or remove the key")
    return [name_patterns.canonical(each) for each in patterns]


def _must_match(found: Mapping[str, object], known: Known) -> None:
    """Raise ``ValueError`` where an event or a source is none, or none that goes together."""
    titles = list(known)
    sources = [str(each) for each in _listed(found, "sources")]
    for each in sources:
        if not any(_matches(each, title) for title in titles):
            raise ValueError(
                f"sources: {each!r} is no source. {suggestion(each, titles)}"
                f"There are {', '.join(titles)}"
            )
    chosen = [title for title in titles if _any(sources, title)]
    events = [str(each) for each in _listed(found, "events")]
    for each in events:
        there = [name for title in chosen for name in known[title] if _is(each, title, name)]
        if not there:
            names = {name for title in chosen for name in known[title]}
            among = f" of {', '.join(chosen)}" if sources else ""
            raise ValueError(
                f"events: {each!r} is no event{among}, so this would never match. "
                f"{suggestion(each, names)}docs/alerts.md has all events"
            )


def _is(pattern: str, title: str, name: str) -> bool:
    return _matches(pattern, name) or _matches(pattern, title + name)


def _any(patterns: list[str], name: str) -> bool:
    return not patterns or any(_matches(each, name) for each in patterns)


def _matches(pattern: str, name: str) -> bool:
    any_text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(any_text, name, re.IGNORECASE) is not None


def _listed(found: Mapping[str, object], key: str) -> list[object]:
    value = found.get(key, [])
    return value if isinstance(value, list) else []


def _template(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is not text. Put quotes around what you wrote")
    for word in re.findall(r"\{([^{}]*)\}", value):
        if word not in _WORDS:
            raise ValueError(
                f"{{{word}}} is nothing that an alert has. {suggestion(word, _WORDS)}"
                f"Write one of {', '.join(_WORDS)}"
            )
    return value
