# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the messages of a source file can mean. docs/sources.md says what follows of each."""

from __future__ import annotations

from ansible_collections.loghost.geowatch.plugins.plugin_utils.message_patterns import Pattern

# The groups that a message of this meaning has to have: all of at least one set.
MEANINGS: dict[str, tuple[tuple[str, ...], ...]] = {
    "connected": (("ip",), ("session",)),
    "deferred": (),  # without a client: of all that wait
    "addressed": (("ip",), ("session",)),
    "established": (("ip",), ("session",)),
    "resumed": (("ip",), ("session",)),
    "named": (("session", "user"),),
    "moved": (("ip", "old_ip"), ("ip", "session")),
    "seen": (("ip",), ("session",)),
    "ended": (("ip",), ("session",), ("user",)),
    "evicted": (("user",),),
    "refused": (("ip",), ("session",)),
    "failed": (("ip",), ("session",), ("user",)),
    "challenged": (("ip",), ("session",), ("user",)),
    "rejected": (("ip",), ("session",), ("user",)),
    "turned_away": (("ip",), ("session",), ("user",)),
    "started": (),
    "muted": (),
    "nothing": (),
}
# Where a message is no news if the person was at the place a short time ago.
MAY_BE_NO_NEWS = ("established", "seen")
LONGEST_NEWS = 604_800  # seconds
# Where a message may show that the program logs too little.
MAY_LACK = ("connected", "established", "seen", "failed")
GROUPS = ("user", "ip", "port", "session", "old_ip", "old_port", "seconds", "proof", "key")


# People write these for them. No synonym of ip is here: patterns have groups of their own, too, to
# say that two parts are the same.
_MEANT = {"usr": "user", "username": "user", "oldip": "old_ip", "oldport": "old_port"}


def must_have_groups(means: str, pattern: Pattern, others: set[str]) -> None:
    """Raise ``ValueError`` if a message does not say whom it is about.

    Args:
        means: Its meaning.
        pattern: Its pattern.
        others: The groups that it has otherwise.
    """
    for group in sorted(pattern.groups - {*GROUPS}):
        if meant := _MEANT.get(group.lower()):
            raise ValueError(f"'{pattern.text}' has a group {group!r}. Did you mean {meant}?")
    has = pattern.groups | others
    needed = MEANINGS[means]
    if needed and not any(has.issuperset(each) for each in needed):
        either = ", or ".join(" and ".join(each) for each in needed)
        raise ValueError(
            f"'{pattern.text}' does not say whom it is about: {means} needs a group {either}. "
            f"Add it, such as (?<{needed[0][0]}>...)"
        )
