# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Channels as people write them in ``alerts_channels``, ``alerts_alerta_*`` and ``alerts_email``,
and as ``send_alerts.py`` needs them.

A ``ValueError`` here is a sentence for that person: it names the variable, the value and the fix.
It never holds a secret, and a URL with a token in it is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.loghost.geowatch.plugins.plugin_utils import channel_filters
from ansible_collections.loghost.geowatch.plugins.plugin_utils.channel_mail import mail
from ansible_collections.loghost.geowatch.plugins.plugin_utils.checks import (
    at,
    must_have_known_keys,
    shown,
    suggestion,
)

Where = Callable[[str], str]
"""How a person calls a key: ``alerts_email.port``, or ``the port of the channel 'mail'``."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_WEB = re.compile(r"https?://[^/@\s]+(/[^@\s]*)?")
_EXAMPLE = "[{name: team, type: apprise, url: ntfy://ntfy.example.org/vpn}]"

# What people leave in a copied example.
PLACEHOLDER = re.compile(r"(change.?me|your[-_ ].*|<.*>|\.\.\.|x+)$", re.IGNORECASE)


def normalise(
    items: object,
    alerta: Mapping[str, object] | None = None,
    email: Mapping[str, object] | None = None,
    dead_man: str = "",
    hello: str = "",
    more: Sequence[str] = (),
    known: channel_filters.Known | None = None,
    people: Mapping[str, object] | None = None,
) -> list[dict[str, object]]:
    """Return what ``send_alerts.py`` has to know of each channel, those in short form first.

    Args:
        items: The list ``alerts_channels``.
        alerta: The variables ``alerts_alerta_*``, without that beginning.
        email: The variable ``alerts_email``.
        dead_man: The variable ``alerts_dead_man_url``.
        hello: The full name of the host.
        more: Who else may get mail.
        known: Which events there are, see channel_filters.
        people: What mails users: ``addresses`` by their names, and ``advice``.

    Raises:
        ValueError: If a channel is wrong, or can never get an alert.
    """
    found: list[dict[str, object]] = []
    if alerta and any(alerta.values()):
        settings = _alerta(alerta, lambda key: f"alerts_alerta_{key}")
        if settings["url"]:
            found.append({"name": "alerta", "type": "alerta", **settings})
    if email:
        settings = mail(email, lambda key: f"alerts_email.{key}", PLACEHOLDER)
        found.append({"name": "mail", "type": "email", **settings})
    if dead_man:
        found.append({"name": "dead-man", "type": "dead_man", "url": _dead_man(dead_man)})
    if not isinstance(items, (list, tuple)):
        raise ValueError(f"alerts_channels: {shown(items)} is no list. Write {_EXAMPLE}")
    for number, item in enumerate(items, start=1):
        with at(f"alerts_channels, item {number}"):
            if not isinstance(item, Mapping):
                raise ValueError(f"is no dictionary. Write {_EXAMPLE}")
            found.append(_channel(item, found, known or {}))
    mails = [each for each in found if each["type"] == "email"]
    for each in mails:
        each["hello"] = hello
    if mails:
        mails[0]["more"] = list(dict.fromkeys(more))
        if people:
            addresses = dict(people["addresses"])  # type: ignore[call-overload]
            mails[0]["people"] = {name.lower(): to for name, to in addresses.items()}
            mails[0]["person_advice"] = people["advice"]
    return found


def _channel(
    item: Mapping[str, object],
    earlier: Iterable[Mapping[str, object]],
    known: channel_filters.Known,
) -> dict[str, object]:
    name, kind = item.get("name"), item.get("type")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"name is {shown(name)}. Write up to 32 small letters, digits and -, such as team-chat"
        )
    if name in [each["name"] for each in earlier]:
        raise ValueError(
            f"name is {name!r}, as another channel's. Give each one of its own; "
            "alerts_alerta_url, alerts_email and alerts_dead_man_url make the channels alerta, "
            "mail and dead-man"
        )
    if not isinstance(kind, str) or kind not in _TYPES:
        raise ValueError(
            f"the type of the channel {name!r} is {shown(kind)}. {suggestion(kind, _TYPES)}"
            f"The types are {', '.join(_TYPES)}"
        )
    keys, make = _TYPES[kind]
    with at(f"the channel {name!r}"):
        if "url" in keys and kind != "json" and not item.get("url"):
            raise ValueError("has no url. Add it")
        must_have_known_keys(item, ("name", "type", *keys, *channel_filters.KEYS))
        return {
            "name": name,
            "type": kind,
            **make(item, lambda key: key),
            **channel_filters.conditions(item, known),
        }


def _alerta(item: Mapping[str, object], where: Where) -> dict[str, object]:
    found = _web(item, where, "key", "Alerta's API. Write it like https://alerta.example.org/api")
    if " " in str(found["key"]) or PLACEHOLDER.match(str(found["key"])):
        raise ValueError(
            f"{where('key')} (its value is not shown) is a placeholder, or has spaces or line ends."
            " Set it to a key with the scope write:alerts, or leave it out where Alerta asks for"
            " none"
        )
    return found


def _web(item: Mapping[str, object], where: Where, key: str, what: str) -> dict[str, object]:
    """Return where something is that takes HTTP. ``key`` is what lets us in."""
    url, secret = str(item.get("url") or ""), str(item.get(key) or "")
    if url and not _WEB.fullmatch(url):
        masked = json.dumps(re.sub("//.*@", "//***@", url))
        raise ValueError(
            f"{where('url')} is {masked}, which is not an address of {what}; "
            f"what lets us in goes into {where(key)}"
        )
    if not re.fullmatch("[ -~]*", secret):
        raise ValueError(
            f"{where(key)} (its value is not shown) has line ends, or characters that are not"
            " ASCII. Set it to what the other side knows, from a vault"
        )
    return {"url": url, "key": secret, "ca_file": str(item.get("ca_file") or "")}


def _dead_man(url: str) -> str:
    """Return the address that says that we live. Whoever knows it could say that, too."""
    if not _WEB.fullmatch(url) or PLACEHOLDER.search(url):
        raise ValueError(
            "alerts_dead_man_url (its value is not shown) is not the address of a check. "
            "Copy it from there, such as https://hc-ping.example.org/ and what follows"
        )
    return url


def _mail(item: Mapping[str, object], where: Where) -> dict[str, object]:
    return mail(item, where, PLACEHOLDER)


def _alertmanager(item: Mapping[str, object], where: Where) -> dict[str, object]:
    return _web(item, where, "authorization", "Alertmanager, such as http://localhost:9093")


def _json(item: Mapping[str, object], where: Where) -> dict[str, object]:
    if not item.get("url") and item.get("authorization"):
        raise ValueError("has authorization, but no url. Add one, or leave both out for a file")
    what = "something that takes JSON, such as https://siem.example.org/in"
    return _web(item, where, "authorization", what)


def _apprise(item: Mapping[str, object], where: Where) -> dict[str, object]:
    """Return the address of a service. Only Apprise knows which there are; it is asked later."""
    url = str(item.get("url") or "")
    if not re.fullmatch(r"[a-z][a-z0-9]*://[!-~]+", url, re.IGNORECASE):
        raise ValueError(
            "url (its value is not shown) is no address as Apprise has them. "
            "Write it like ntfy://ntfy.example.org/vpn, with % and two digits for other characters"
        )
    return {"url": url}


_MAIL_KEYS = ("to", "from", "server", "port", "starttls", "implicit_tls", "username", "password")
_TYPES: dict[str, tuple[tuple[str, ...], Callable[..., dict[str, object]]]] = {
    "alerta": (("url", "key", "ca_file", "template"), _alerta),
    "alertmanager": (("url", "authorization", "ca_file", "template"), _alertmanager),
    "apprise": (("url", "template"), _apprise),
    "email": ((*_MAIL_KEYS, "ca_file", "template"), _mail),
    "json": (("url", "authorization", "ca_file"), _json),
}
