# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of the queue file `alerts`, and the alerts that they are."""

from __future__ import annotations

from typing import Any

from geowatch.alerts.alert import Alert, parse


def line(
    number: int = 1,
    *,
    resource: bytes = b"bob@vpn1",
    severity: bytes = b"critical",
    mail: bytes = b"mail",
    text: bytes = b"bob logged in from Germany",
    attributes: tuple[bytes, ...] = (b"user=bob", b"ip=198.51.100.7", b"advice=Call bob."),
    raw: bytes = b"May  4 03:02:01 vpn1 openvpn[7]: bob",
) -> bytes:
    """Return a line of the queue file `alerts`, without its newline."""
    fields = (
        b"%032x" % number,
        b"2026-05-04T03:02:01.123Z",
        b"OpenVPNUnexpectedCountry",
        severity,
        mail,
        resource,
        b"logins",
        b"OpenVPN",
        b"DE",
        text,
        *attributes,
        b"raw=" + raw,
    )
    return b"\t".join(fields)


def alert(number: int = 1, **fields: Any) -> Alert:
    """Return the alert of such a line."""
    return parse(line(number, **fields), "Production", "geowatch/log1")
