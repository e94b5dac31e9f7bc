# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy that was checked: what logins meet it, and what the rules need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from ansible_collections.loghost.geowatch.plugins.plugin_utils import name_patterns, networks
from ansible_collections.loghost.geowatch.plugins.plugin_utils.last_moment import LastMoment
from ansible_collections.loghost.geowatch.plugins.plugin_utils.networks import Network

T = TypeVar("T")

ALL = "all"


class Effects(NamedTuple):
    """What a policy says of the logins that it judges."""

    expected: list[str] | None  # country codes; None: every country
    actions: dict[str, str]  # by the name of the key
    recipients: list[str]


class Policy(NamedTuple):
    """A checked policy. A login has to meet all conditions."""

    name: str
    users: list[str] | None  # None, here and below: every login meets the condition
    sources: list[str] | None  # titles
    servers: list[str] | None
    networks: list[Network] | None
    countries: list[str] | None
    until: LastMoment | None
    effects: Effects


def covers(wide: Policy, narrow: Policy, *, fold: bool) -> bool:
    """Tell whether every login that meets ``narrow`` meets ``wide``. Never true by mistake.

    Args:
        wide: A policy.
        narrow: Another one.
        fold: Whether names of users in upper and lower case are the same.
    """
    # A condition that is absent is met by a name that is missing too, but so is "*".
    anything = [name_patterns.ANY]
    return (
        name_patterns.cover(wide.users or anything, narrow.users or anything, fold=fold)
        and _each_in(wide.sources, narrow.sources, lambda w, n: set(w) >= set(n))
        and name_patterns.cover(wide.servers or anything, narrow.servers or anything)
        and _each_in(wide.networks, narrow.networks, networks.cover)
        and _each_in(wide.countries, narrow.countries, lambda w, n: set(w) >= set(n))
        and _each_in(wide.until, narrow.until, lambda w, n: w.rfc_3339 >= n.rfc_3339)
    )


def _each_in(wide: T | None, narrow: T | None, covers: Callable[[T, T], bool]) -> bool:
    return wide is None or (narrow is not None and covers(wide, narrow))


def for_rules(policy: Policy, *, fold: bool) -> dict[str, object]:
    """Return what the rules need to know of a policy. The filter logins_policies documents it."""
    effects = policy.effects
    return {
        "name": policy.name,
        "user_pattern": _or_empty(
            policy.users, lambda users: name_patterns.perl_pattern(users, fold=fold)
        ),
        "source_pattern": _or_empty(policy.sources, _any_of),
        "server_pattern": _or_empty(policy.servers, name_patterns.perl_pattern),
        "network_pattern": _or_empty(policy.networks, networks.perl_pattern),
        "country_pattern": _or_empty(policy.countries, _any_of),
        "expected": ALL if effects.expected is None else effects.expected,
        "expected_text": _expected_text(effects.expected),
        "expected_pattern": _expected_pattern(effects.expected),
        **effects.actions,
        "recipients": effects.recipients,
        "until": policy.until.rfc_3339 if policy.until else "",
        "until_text": policy.until.text if policy.until else "",
    }


def _or_empty(values: list[T] | None, pattern: Callable[[Iterable[T]], str]) -> str:
    return "" if values is None else pattern(values)


def _any_of(words: Iterable[str]) -> str:
    return rf"^(?:{'|'.join(words)})\z"


def _expected_pattern(expected: list[str] | None) -> str:
    if expected is None:
        return r"^[A-Z][A-Z]\z"
    return _any_of(expected) if expected else "(?!)"


def _expected_text(expected: list[str] | None) -> str:
    if expected is None:
        return "any country"
    return ", ".join(expected) or "no country"
