# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each type of channel has to be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from urllib.parse import unquote, urlsplit


class BadConfiguration(ValueError):
    """The message names the key that is wrong."""


PLAIN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,62}[0-9A-Za-z])?")
"""A name of a user that can be a part of a mail address."""


class Settings:
    """Of one channel of some type."""

    rings: ClassVar[bool] = False
    """Whether it wakes people. If so, it gets what is for them, and only so much in an hour."""

    def recipients(self) -> list[str]:
        """Return who is reached by it."""
        return [""]

    def secrets(self) -> tuple[str, ...]:
        """Return what the other side may say back to us, and nobody may read."""
        return ()


@dataclass(frozen=True)
class WebSettings(Settings):
    """Something that takes HTTP. An empty `ca_file` means the system's certificates."""

    url: str
    key: str
    ca_file: str

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise BadConfiguration("url is not an http or https address")
        # In a header a line end would be refused later, with the key in the message.
        if not (self.key.isascii() and self.key.isprintable()):
            raise BadConfiguration("key has characters that no key has")

    def secrets(self) -> tuple[str, ...]:
        """Return the key, and what follows a word such as Bearer in it."""
        query = urlsplit(self.url).query
        return self.key, self.key.rpartition(" ")[2], query


@dataclass(frozen=True)
class AlertaConfig(WebSettings):
    """Where Alerta's API is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if " " in self.key:
            raise BadConfiguration("key has characters that no key has")


@dataclass(frozen=True)
class EmailConfig(Settings):
    """Where mail goes out. An empty `username` means no login."""

    rings = True

    to: list[str]
    sender: str
    server: str
    port: int
    tls: Literal["starttls", "implicit", "none"]
    username: str
    password: str
    ca_file: str
    hello: str = ""  # our full name
    more: list[str] = field(default_factory=list)  # who else may get mail, where an alert says so
    people: dict[str, str] = field(default_factory=dict)  # addresses of users, see address_of
    person_advice: str = ""  # what a user is told to do

    def __post_init__(self) -> None:
        if not self.to:
            raise BadConfiguration("to is empty")
        if self.tls not in ("starttls", "implicit", "none"):
            raise BadConfiguration("tls is none of starttls, implicit, none")
        if self.tls == "none" and self.username:
            raise BadConfiguration("username: a login needs TLS")
        if not (self.username + self.password).isascii():
            raise BadConfiguration("username, password: only ASCII can be sent")

    def secrets(self) -> tuple[str, ...]:
        """Return the password, and the login as it is sent."""
        return self.password, f"\0{self.username}\0{self.password}"

    def recipients(self) -> list[str]:
        return self.to

    def is_told_all(self, recipient: str) -> bool:
        """Return whether it is the address of somebody who watches."""
        return recipient in self.to or recipient in self.more

    def address_of(self, user: str) -> str:
        """Return the address of a user; empty if there is none.

        That of `*` is for all others, with the name in it: only where that is a plain word, because
        strangers choose names.
        """
        if (known := self.people.get(user.lower())) is not None:
            return known
        return self.people.get("*", "").replace("{user}", user) if PLAIN.fullmatch(user) else ""


@dataclass(frozen=True)
class AlertmanagerConfig(WebSettings):
    """Where Alertmanager is. The key is the whole header Authorization."""


@dataclass(frozen=True)
class AppriseConfig(Settings):
    """An address as Apprise has them. It says which service it is, and what lets us in there."""

    rings = True

    url: str

    def secrets(self) -> tuple[str, ...]:
        """Return the address and all of its parts: each service has its token elsewhere."""
        rest = self.url.partition("://")[2]
        parts = {unquote(part) for part in re.split(r"[/?&=:@,]", rest)}
        return self.url, rest, *sorted((part for part in parts if len(part) > 3), key=len)[::-1]


@dataclass(frozen=True)
class JsonConfig(WebSettings):
    """Where alerts are posted. Without a `url` they go into a file."""

    def __post_init__(self) -> None:
        if self.url:
            super().__post_init__()


@dataclass(frozen=True)
class DeadManConfig(Settings):
    """Who rings when nobody calls any more. Whoever knows the address can call in our place."""

    url: str

    def secrets(self) -> tuple[str, ...]:
        """Return the address and its parts behind the host."""
        path = self.url.partition("://")[2].partition("/")[2]
        return self.url, path, *(part for part in re.split(r"[/?&=]", path) if len(part) > 3)


TYPES: dict[str, type[Settings]] = {
    "alerta": AlertaConfig,
    "alertmanager": AlertmanagerConfig,
    "apprise": AppriseConfig,
    "dead_man": DeadManConfig,
    "email": EmailConfig,
    "json": JsonConfig,
}
