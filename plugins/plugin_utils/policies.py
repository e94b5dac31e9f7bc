# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies as people write them in ``logins_policies``, and as the rules need them.

A ``ValueError`` here is a sentence for that person: it names the variable, the policy, the value
and the fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ansible_collections.loghost.geowatch.plugins.plugin_utils import (
    last_moment,
    name_patterns,
    networks,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import (
    at,
    dictionary,
    must_have_known_keys,
    shown,
    suggestion,
)
from ansible_collections.loghost.geowatch.plugins.plugin_utils.countries import expand
from ansible_collections.loghost.geowatch.plugins.plugin_utils.last_moment import LastMoment
from ansible_collections.loghost.geowatch.plugins.plugin_utils.policy import (
    ALL,
    Effects,
    Policy,
    covers,
    for_rules,
)

T = TypeVar("T")

DEFAULT = "default"
ACTIONS = ("alert", "warn", "inform", "ignore")
CASES = ("fold", "keep")
USER = "user"  # stands for the address of who logged in

_ACTION_KEYS = ("unexpected_action", "unknown_action", "internal_action")
_EFFECT_KEYS = ("expected", *_ACTION_KEYS, "recipients")
_CONDITION_KEYS = ("users", "groups", "sources", "servers", "networks", "countries")
_KEYS = ("name", *_CONDITION_KEYS, *_EFFECT_KEYS, "until")

# What SEC, Perl or a reader of the rules could take for something else than a part of a name.
_NOT_IN_A_NAME = ";%$'\"\\()<>"
_LONGEST_NAME = 64

_ADDRESSES_FIX = (
    "Write logins_user_addresses as {anna: anna@example.org, '*': '{user}@example.org'}"
)

# Of the addresses that the room alerts takes, those that mean nothing to SEC and Perl.
_ADDRESS = re.compile(r"[0-9A-Za-z._+=~-]+@[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?")


def normalise(
    policies: object,
    groups: object,
    expected_countries: object,
    actions: Mapping[str, object],
    *,
    sources: Iterable[Mapping[str, object]] = (),
    user_case: object = "fold",
    user_addresses: object = None,
) -> list[dict[str, object]]:
    """Return what the rules need to know of each policy, in order, and the default policy behind.

    Args:
        policies: The list ``logins_policies``.
        groups: The dictionary ``logins_groups``: names of groups, and of users in them.
        expected_countries: The list ``logins_expected_countries``.
        actions: The variables ``logins_*_action``, as ``unexpected_action`` and so on.
        sources: What the filter login_sources returns.
        user_case: The variable ``logins_user_case``.
        user_addresses: The variable ``logins_user_addresses``.

    Returns:
        A dictionary for each policy. The filter logins_policies documents its keys.

    Raises:
        ValueError: If a policy is wrong, or can never match because of an earlier one.
    """
    with at("logins_expected_countries"):
        expected = expand(expected_countries, allow_empty=False)
    defaults = Effects(
        expected, {key: _action(actions[key], f"logins_{key}") for key in _ACTION_KEYS}, []
    )
    members = _groups(groups)
    titles = _titles(sources)
    if user_case not in CASES:
        raise ValueError(f"logins_user_case: {shown(user_case)} is neither fold nor keep")
    fold = user_case == "fold"
    with at("logins_user_addresses"):
        has_addresses = bool(_addresses(user_addresses or {}))
    checked: list[Policy] = []
    with at("logins_policies"):
        if not isinstance(policies, (list, tuple)):
            raise ValueError(
                f"{shown(policies)} is not a list. Write it as a list of policies, or [] for none"
            )
        for number, policy in enumerate(policies, start=1):
            name = _name(policy, number, [each.name for each in checked])
            with at(f"policy {name!r}"):
                checked.append(_policy(name, policy, members, titles, defaults))
                _must_be_reachable(checked, fold)
                if USER in checked[-1].effects.recipients and not has_addresses:
                    raise ValueError(f"recipients: {USER} has no address. {_ADDRESSES_FIX}")
    checked.append(Policy(DEFAULT, None, None, None, None, None, None, defaults))
    return [for_rules(policy, fold=fold) for policy in checked]


def _policy(
    name: str,
    policy: Mapping[str, object],
    members: Mapping[str, list[str]],
    titles: Mapping[str, str],
    defaults: Effects,
) -> Policy:
    must_have_known_keys(policy, _KEYS, {"expected_countries": "expected"})
    if not any(key in policy for key in _EFFECT_KEYS):
        raise ValueError(f"changes nothing. Give it at least one of {', '.join(_EFFECT_KEYS)}")
    countries = None
    if "countries" in policy:
        with at("countries"):
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
        _sources(policy, titles),
        _list_of(policy, "servers", name_patterns.canonical),
        None if found is None else networks.collapse(found),
        countries,
        _until(policy),
        _effects(policy, defaults),
    )


def _effects(policy: Mapping[str, object], defaults: Effects) -> Effects:
    expected = defaults.expected
    if "expected" in policy:
        with at("expected"):
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
        raise ValueError(f"{shown(value)} is not in logins_groups, which has {known}. Add it there")

    users = _list_of(policy, "users", name_patterns.canonical)
    groups = _list_of(policy, "groups", group)
    if users is None and groups is None:
        return None
    return [*(users or []), *(user for each in groups or [] for user in each)]


def _sources(policy: Mapping[str, object], titles: Mapping[str, str]) -> list[str] | None:
    def title(value: object) -> str:
        folded = {name.casefold(): title for name, title in titles.items()}
        if isinstance(value, str) and value.casefold() in folded:
            return folded[value.casefold()]
        known = f"Known are {', '.join(titles)}" if titles else "Add it there"
        raise ValueError(
            f"{shown(value)} is no title in logins_sources, and no name with a title of its own. "
            f"{suggestion(value, titles)}{known}"
        )

    return _list_of(policy, "sources", title)


def _titles(sources: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Return the titles of sources, by what policies can call them.

    A login says only its title, so a name can stand for one that no other item has.
    """
    items = [(str(each["name"]), str(each["title"])) for each in sources]
    titles = [title for _name, title in items]
    names = {name: title for name, title in items if titles.count(title) == 1}
    return names | {title: title for title in titles}


def _until(policy: Mapping[str, object]) -> LastMoment | None:
    if "until" not in policy:
        return None
    with at("until"):
        return last_moment.parse(policy["until"])


def _groups(groups: object) -> dict[str, list[str]]:
    with at("logins_groups"):
        advice = "Write it as names of groups with lists of users: {sales: [anna, 'ext-*']}"
        groups = dictionary(groups, advice)
        for name in groups:
            if not isinstance(name, str) or not name:
                raise ValueError(f"{shown(name)} is not text. Put quotes around what you wrote")
        return {name: _list_of(groups, name, name_patterns.canonical) or [] for name in groups}


def _name(policy: object, number: int, earlier: list[str]) -> str:
    with at(f"item {number}"):
        if not isinstance(policy, Mapping):
            raise ValueError(
                f"{shown(policy)} is not a policy. Write it as a dictionary: "
                "{name: Anna in Brazil, users: [anna], expected: [BR]}"
            )
        if "name" not in policy:
            raise ValueError("has no name. Add one, such as name: Anna in Brazil")
        name = policy["name"]
        with at("name"):
            if not isinstance(name, str):
                raise ValueError(f"{shown(name)} is not text. Put quotes around what you wrote")
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
    with at(where):
        raise ValueError(f"{shown(value)} is not an action. Write one of {', '.join(ACTIONS)}")


def _recipient(value: object) -> str:
    if isinstance(value, str) and (value == USER or _ADDRESS.fullmatch(value)):
        return value
    raise ValueError(
        f"{shown(value)} is not a mail address. Write only the address, such as "
        "anna@example.org, or user for who logged in. Before the @ it may have letters, digits "
        "and . _ + = ~ -"
    )


def _addresses(given: object) -> Mapping[str, object]:
    """Return addresses by names. That of ``*`` has ``{user}`` in the place of the name."""
    given = dictionary(given, _ADDRESSES_FIX)
    for name, address in given.items():
        if not isinstance(name, str) or not name or not isinstance(address, str):
            raise ValueError(f"{shown(name)}: {shown(address)} is not text. {_ADDRESSES_FIX}")
        if name == "*" and address.partition("@")[0].count("{user}") != 1:
            raise ValueError(f"{shown(name)}: {shown(address)} has no {{user}}. {_ADDRESSES_FIX}")
        written = address.replace("{user}", "user", 1) if name == "*" else address
        if not _ADDRESS.fullmatch(written):
            raise ValueError(
                f"{shown(name)}: {shown(address)} is not a mail address. {_ADDRESSES_FIX}"
            )
    return given


def _list_of(
    values_by_key: Mapping[str, object], key: str, parse: Callable[[object], T]
) -> list[T] | None:
    """Return what the items of a list mean, or ``None`` where the key is absent."""
    if key not in values_by_key:
        return None
    values = values_by_key[key]
    with at(key):
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"{shown(values)} is not a list. Write it in brackets: [{values}]")
        if not values:
            raise ValueError(f"the list is empty. Name at least one, or remove {key}")
        return [parse(value) for value in values]


def _must_be_reachable(policies: list[Policy], fold: bool) -> None:
    """Raise ``ValueError`` if an earlier policy takes every login that the last one would."""
    *earlier, last = policies
    for policy in earlier:
        if covers(policy, last, fold=fold):
            raise ValueError(
                f"can never match, because policy {policy.name!r} before it takes every login that "
                f"it would. Put {last.name!r} before {policy.name!r}, or remove one of them"
            )
