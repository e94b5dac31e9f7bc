# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies as people write them in ``logins_policies``, and as the rules need them.

A ``ValueError`` here is a sentence for that person: it names the variable, the policy, the value
and the fix.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from ansible_collections.loghost.geowatch.plugins.plugin_utils import (
    last_moment,
    name_patterns,
    networks,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import expand
from ansible_collections.loghost.geowatch.plugins.plugin_utils.last_moment import LastMoment
from ansible_collections.loghost.geowatch.plugins.plugin_utils.networks import Network

T = TypeVar("T")

ALL = "all"
DEFAULT = "default"
ACTIONS = ("alert", "warn", "inform", "ignore")

_ACTION_KEYS = ("unexpected_action", "unknown_action", "internal_action")
_EFFECT_KEYS = ("expected", *_ACTION_KEYS, "recipients")
_KEYS = ("name", "users", "groups", "servers", "networks", "countries", *_EFFECT_KEYS, "until")

# What SEC, Perl or a reader of the rules could take for something else than a part of a name.
_NOT_IN_A_NAME = ";%$'\"\\()<>"
_LONGEST_NAME = 64

# Of the addresses that the room alerts takes, those that mean nothing to SEC and Perl.
_ADDRESS = re.compile(r"[0-9A-Za-z._+=~-]+@[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")


class Effects(NamedTuple):
    """What a policy says of the logins that it judges."""

    expected: list[str] | None  # country codes; None: every country
    actions: dict[str, str]  # by the name of the key
    recipients: list[str]


class Policy(NamedTuple):
    """A checked policy. A login has to meet all conditions."""

    name: str
    users: list[str] | None  # None, here and below: every login meets the condition
    servers: list[str] | None
    networks: list[Network] | None
    countries: list[str] | None
    until: LastMoment | None
    effects: Effects


def normalise(
    policies: object, groups: object, expected_countries: object, actions: Mapping[str, object]
) -> list[dict[str, object]]:
    """Return what the rules need to know of each policy, in order, and the default policy behind.

    Args:
        policies: The list ``logins_policies``.
        groups: The dictionary ``logins_groups``: names of groups, and of users in them.
        expected_countries: The list ``logins_expected_countries``.
        actions: The variables ``logins_*_action``, as ``unexpected_action`` and so on.

    Returns:
        A dictionary for each policy. The filter logins_policies documents its keys.

    Raises:
        ValueError: If a policy is wrong, or can never match because of an earlier one.
    """
    with _at("logins_expected_countries"):
        expected = expand(expected_countries, allow_empty=False)
    defaults = Effects(
        expected, {key: _action(actions[key], f"logins_{key}") for key in _ACTION_KEYS}, []
    )
    members = _groups(groups)
    checked: list[Policy] = []
    with _at("logins_policies"):
        if not isinstance(policies, (list, tuple)):
            raise ValueError(
                f"{_shown(policies)} is not a list. Write it as a list of policies, or [] for none"
            )
        for number, policy in enumerate(policies, start=1):
            name = _name(policy, number, [each.name for each in checked])
            with _at(f"policy {name!r}"):
                checked.append(_policy(name, policy, members, defaults))
                _must_be_reachable(checked)
    checked.append(Policy(DEFAULT, None, None, None, None, None, defaults))
    return [_for_rules(policy) for policy in checked]


def _policy(
    name: str, policy: Mapping[str, object], members: Mapping[str, list[str]], defaults: Effects
) -> Policy:
    _must_have_known_keys(policy)
    if not any(key in policy for key in _EFFECT_KEYS):
        raise ValueError(f"changes nothing. Give it at least one of {', '.join(_EFFECT_KEYS)}")
    countries = None
    if "countries" in policy:
        with _at("countries"):
            countries = expand(policy["countries"], allow_empty=False)
        for key in ("unknown_action", "internal_action"):
            if key in policy:
                raise ValueError(
                    f"{key} has no effect beside countries: an address in no known country is in "
                    f"none of these. Remove {key}, or move it to a policy without countries"
                )
    found = _list_of(policy, "networks", networks.parse)
    return Policy(
        name,
        _users(policy, members),
        _list_of(policy, "servers", name_patterns.canonical),
        None if found is None else networks.collapse(found),
        countries,
        _until(policy),
        _effects(policy, defaults),
    )


def _effects(policy: Mapping[str, object], defaults: Effects) -> Effects:
    expected = defaults.expected
    if "expected" in policy:
        with _at("expected"):
            expected = _expected(policy["expected"])
    actions = {
        key: _action(policy[key], key) if key in policy else defaults.actions[key]
        for key in _ACTION_KEYS
    }
    recipients = _list_of(policy, "recipients", _recipient) or []
    return Effects(expected, actions, list(dict.fromkeys(recipients)))


def _expected(value: object) -> list[str] | None:
    if value in (ALL, [ALL]):
        return None
    try:
        return expand(value)
    except ValueError as exc:
        raise ValueError(f"{exc}. For every country, write {ALL}; for none, []") from exc


def _users(policy: Mapping[str, object], members: Mapping[str, list[str]]) -> list[str] | None:
    def group(value: object) -> list[str]:
        if isinstance(value, str) and value in members:
            return members[value]
        known = ", ".join(members) or "nothing"
        raise ValueError(
            f"{_shown(value)} is not in logins_groups, which has {known}. Add it there"
        )

    users = _list_of(policy, "users", name_patterns.canonical)
    groups = _list_of(policy, "groups", group)
    if users is None and groups is None:
        return None
    return [*(users or []), *(user for each in groups or [] for user in each)]


def _until(policy: Mapping[str, object]) -> LastMoment | None:
    if "until" not in policy:
        return None
    with _at("until"):
        return last_moment.parse(policy["until"])


def _groups(groups: object) -> dict[str, list[str]]:
    with _at("logins_groups"):
        if not isinstance(groups, Mapping):
            raise ValueError(
                f"{_shown(groups)} is not a dictionary. "
                "Write it as names of groups with lists of users: {sales: [anna, 'ext-*']}"
            )
        for name in groups:
            if not isinstance(name, str) or not name:
                raise ValueError(f"{_shown(name)} is not text. Put quotes around what you wrote")
        return {name: _list_of(groups, name, name_patterns.canonical) or [] for name in groups}


def _name(policy: object, number: int, earlier: list[str]) -> str:
    with _at(f"item {number}"):
        if not isinstance(policy, Mapping):
            raise ValueError(
                f"{_shown(policy)} is not a policy. Write it as a dictionary: "
                "{name: Anna in Brazil, users: [anna], expected: [BR]}"
            )
        if "name" not in policy:
            raise ValueError("has no name. Add one, such as name: Anna in Brazil")
        name = policy["name"]
        with _at("name"):
            if not isinstance(name, str):
                raise ValueError(f"{_shown(name)} is not text. Put quotes around what you wrote")
            if name in earlier:
                raise ValueError(f"{name!r} is item {earlier.index(name) + 1} too. Change one")
            if name == DEFAULT:
                raise ValueError(f"{name!r} is what alerts call the role's own policy. Change it")
            if (
                name != name.strip()
                or not 1 <= len(name) <= _LONGEST_NAME
                or not name.isprintable()
                or set(name) & set(_NOT_IN_A_NAME)
            ):
                raise ValueError(
                    f"{name!r} cannot be printed in rules and alerts. Write 1 to {_LONGEST_NAME} "
                    f"printable characters, none of {' '.join(_NOT_IN_A_NAME)}, "
                    "and no blank at either end"
                )
        return name


def _action(value: object, where: str) -> str:
    if isinstance(value, str) and value in ACTIONS:
        return value
    with _at(where):
        raise ValueError(f"{_shown(value)} is not an action. Write one of {', '.join(ACTIONS)}")


def _recipient(value: object) -> str:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return value
    raise ValueError(
        f"{_shown(value)} is not a mail address. Write only the address, such as "
        "anna@example.org. Before the @ it may have letters, digits and . _ + = ~ -"
    )


def _list_of(
    values_by_key: Mapping[str, object], key: str, parse: Callable[[object], T]
) -> list[T] | None:
    """Return what the items of a list mean, or ``None`` where the key is absent."""
    if key not in values_by_key:
        return None
    values = values_by_key[key]
    with _at(key):
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"{_shown(values)} is not a list. Write it in brackets: [{values}]")
        if not values:
            raise ValueError(f"the list is empty. Name at least one, or remove {key}")
        return [parse(value) for value in values]


def _must_have_known_keys(policy: Mapping[str, object]) -> None:
    # Longer than its right name, and nearer to a wrong one.
    meant = {"expected_countries": "expected"} | {key: key for key in _KEYS}
    for key in policy:
        if key not in _KEYS:
            nearest = difflib.get_close_matches(str(key), meant, n=1)
            advice = f"Did you mean {meant[nearest[0]]}? " if nearest else ""
            raise ValueError(f"{_shown(key)} is not a key. {advice}The keys are {', '.join(_KEYS)}")


def _must_be_reachable(policies: list[Policy]) -> None:
    """Raise ``ValueError`` if an earlier policy takes every login that the last one would."""
    *earlier, last = policies
    for policy in earlier:
        if _covers(policy, last):
            raise ValueError(
                f"can never match, because policy {policy.name!r} before it takes every login that "
                f"it would. Put {last.name!r} before {policy.name!r}, or remove one of them"
            )


def _covers(wide: Policy, narrow: Policy) -> bool:
    """Tell whether every login that meets ``narrow`` meets ``wide``. Never true by mistake."""
    # A condition that is absent is met by a name that is missing too, but so is "*".
    anything = [name_patterns.ANY]
    return (
        name_patterns.cover(wide.users or anything, narrow.users or anything)
        and name_patterns.cover(wide.servers or anything, narrow.servers or anything)
        and _each_in(wide.networks, narrow.networks, networks.cover)
        and _each_in(wide.countries, narrow.countries, lambda w, n: set(w) >= set(n))
        and _each_in(wide.until, narrow.until, lambda w, n: w.rfc_3339 >= n.rfc_3339)
    )


def _each_in(wide: T | None, narrow: T | None, covers: Callable[[T, T], bool]) -> bool:
    return wide is None or (narrow is not None and covers(wide, narrow))


def _for_rules(policy: Policy) -> dict[str, object]:
    effects = policy.effects
    return {
        "name": policy.name,
        "user_pattern": _or_empty(policy.users, name_patterns.perl_pattern),
        "server_pattern": _or_empty(policy.servers, name_patterns.perl_pattern),
        "network_pattern": _or_empty(policy.networks, networks.perl_pattern),
        "country_pattern": _or_empty(policy.countries, _codes_pattern),
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


def _codes_pattern(codes: Iterable[str]) -> str:
    return rf"^(?:{'|'.join(codes)})\z"


def _expected_pattern(expected: list[str] | None) -> str:
    if expected is None:
        return r"^[A-Z][A-Z]\z"
    return _codes_pattern(expected) if expected else "(?!)"


def _expected_text(expected: list[str] | None) -> str:
    if expected is None:
        return "any country"
    return ", ".join(expected) or "no country"


def _shown(value: object) -> str:
    """Return a value as YAML shows it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Put the place in front of what a ``ValueError`` says."""
    try:
        yield
    except ValueError as exc:
        raise ValueError(f"{place}: {exc}") from exc
