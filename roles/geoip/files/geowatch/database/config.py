# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of the updater, a JSON file that the role writes. It holds keys.

Only root can read that file: systemd opens it and hands it over as standard input. (Not as a
credential: some containers cannot have any.) The role checks what people wrote; messages here never
repeat a value.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


class BadConfiguration(ValueError):
    """The file is not what this version of the role writes."""


@dataclass(frozen=True)
class MaxMindAccount:
    """Who we are for MaxMind, and where its download service is."""

    account_id: int
    license_key: str
    host: str


@dataclass(frozen=True)
class Download:
    """A database that is kept up to date: an edition of MaxMind's, or a URL."""

    name: str
    """``country`` or ``asn``; the file is NAME.mmdb."""
    edition: str
    url: str
    """``%Y`` and ``%m`` stand for the year and the month."""
    checksum: str
    """SHA-256 of what is downloaded, or the URL of a file that says it; may be empty."""


@dataclass(frozen=True)
class Config:
    """All that the updater needs to know."""

    account: MaxMindAccount | None
    """None where the databases come from URLs."""
    downloads: list[Download]
    proxy: str
    """URL, perhaps with a password; may be empty."""
    allow_older: bool
    digest: str
    """Another one for every other configuration; says nothing about it."""


def parse(content: bytes) -> Config:
    """Return what the content of the file says. Raises ``BadConfiguration``."""
    try:
        data = json.loads(content)
        account, downloads = data.pop("account"), data.pop("downloads")
        return Config(
            account=account and MaxMindAccount(**account),
            downloads=[Download(**download) for download in downloads],
            # Cut short: it is stored where others may read it, and must not give a key away.
            digest=hashlib.sha256(content).hexdigest()[:12],
            **data,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadConfiguration(
            "the configuration on standard input is not what this version's role writes "
            f"({type(error).__name__}); run the playbook again"
        ) from None
