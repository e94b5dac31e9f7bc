# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the watch has to say, as a line of a queue file with alerts."""

from __future__ import annotations

import socket
import time

BROKEN = "GeowatchLinkBroken"


def line(
    event: str, severity: str, link: str, text: str, *, mail: bool = False, **known: str
) -> bytes:
    """Return the line about a link on this host; see "Lines in queue files" in docs/design.md."""
    now, server = time.time(), socket.gethostname()
    fields = [
        f"{int(now * 1e6):x}-{link.replace(' ', '-')}"[:64],
        time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z",
        event,
        severity,
        "mail" if mail else "no_mail",
        f"{link}@{server}",
        "logins",
        "geowatch",
        "",
        text,
    ]
    fields += [f"{name}={value}" for name, value in ({"server": server} | known).items()]
    return "\t".join([*map(_clean, fields), "raw="]).encode("utf-8", "replace")


def _clean(field: str) -> str:
    """Return the field without what ends one. A name in it may come from a log."""
    return "".join("?" if ord(each) < 32 or ord(each) == 127 else each for each in field)
