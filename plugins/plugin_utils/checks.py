# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of variables have in common.

A ``ValueError`` of theirs is a sentence for the person who wrote the value: where it is, what it is
and what to write instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from ansible.errors import AnsibleFilterError


def plugin(name: str, call: Callable[..., object]) -> dict[str, Callable[..., object]]:
    """Return what Ansible calls, by its name. What a ``ValueError`` of it says is its error."""

    def called(*args: object, **options: object) -> object:
        try:
            return call(*args, **options)
        except ValueError as exc:
            # Not "from exc": Ansible repeats the text of each cause in its message.
            raise AnsibleFilterError(f"loghost.geowatch.{name}: {exc}") from None

    return {name: called}


@contextmanager
def at(place: str) -> Iterator[None]:
    """Put the place in front of what a ``ValueError`` says."""
    try:
        yield
    except ValueError as exc:
        raise ValueError(f"{place}: {exc}") from None


def shown(value: object) -> str:
    """Return a value as YAML shows it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def suggestion(value: object, right: Iterable[str], meant: Mapping[str, str] | None = None) -> str:
    """Return "Did you mean ...? " where the value is near to one that is right, or nothing.

    Args:
        value: What was written.
        right: What could be.
        meant: What else people write, and what of ``right`` they mean.
    """
    words = {**(meant or {}), **{each.casefold(): each for each in right}}
    nearest = difflib.get_close_matches(str(value).casefold(), words, n=1)
    return f"Did you mean {words[nearest[0]]}? " if nearest else ""


def must_have_known_keys(
    values: Mapping[str, object], keys: Iterable[str], meant: Mapping[str, str] | None = None
) -> None:
    """Raise ``ValueError`` for a key that is none of ``keys``."""
    keys = list(keys)
    for key in values:
        if key not in keys:
            advice = suggestion(key, keys, meant)
            raise ValueError(f"{shown(key)} is not a key. {advice}The keys are {', '.join(keys)}")


def text(value: object) -> str:
    """Return a value that is text, on one line, without blanks at its ends."""
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not text. Put quotes around what you wrote")
    value = str(value).strip()
    if not value:
        raise ValueError("is empty. Write something, or remove the key")
    if not value.isprintable():
        raise ValueError(f"{value!r} has a line break, a tab or the like. Write it on one line")
    return value


def listed(value: object, example: str, *, may_be_empty: bool = False) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{shown(value)} is not a list. Write it in brackets: {example}")
    if not value and not may_be_empty:
        raise ValueError(f"the list is empty. Write at least one: {example}")
    return list(value)


def dictionary(value: object, advice: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{shown(value)} is not a dictionary. {advice}")
    return value
