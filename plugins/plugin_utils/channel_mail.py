# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How mail goes out, as people write it and as ``send_alerts.py`` needs it. Messages never hold
a password."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

# One mail address, as text that is safe in a header and in an SMTP command.
_ADDRESS = r"[!#-'*+./0-9=?A-Z^-~-]+@[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?"
_SENDER = re.compile(rf'{_ADDRESS}|[^<>"@,;\r\n]*<{_ADDRESS}>')
_SERVER = re.compile(r"[0-9A-Za-z._-]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")

_PORTS = {"implicit": 465, "starttls": 587, "none": 25}
_OTHER_TLS = {
    465: (
        "starttls",
        "expects encryption from the first byte. Set {0} to true, or use another port",
    ),
    587: ("implicit", "expects STARTTLS. Leave {0} out, or use another port"),
}


def mail(
    item: Mapping[str, object], where: Callable[[str], str], placeholder: re.Pattern[str]
) -> dict[str, object]:
    """Return how mail goes out. ``where`` is how a person calls a key."""

    def written(key: str) -> str:
        return str(item.get(key) or "")

    def wrong(key: str, value: object, what: str) -> ValueError:
        return ValueError(f"{where(key)} is {json.dumps(value)}, which is {what}")

    to = item.get("to")
    to = [to] if isinstance(to, str) else list(to) if isinstance(to, (list, tuple)) else []
    for address in to or [""]:
        if not re.fullmatch(_ADDRESS, str(address)):
            raise ValueError(
                f"{where('to')} has {json.dumps(address)}, which is not a mail address. "
                "Write only the address, such as security@example.org"
            )
    if not _SENDER.fullmatch(written("from")):
        fix = "Write it like geowatch@example.org or geowatch <geowatch@example.org>"
        raise wrong("from", written("from"), f"not a mail address. {fix}")
    if not _SERVER.fullmatch(written("server")):
        fix = "Write a name or an address, such as mail.example.org; the port goes into "
        raise wrong("server", written("server"), f"not a host. {fix}{where('port')}")
    tls = _tls(item, where)
    port = item.get("port", _PORTS[tls])
    if not re.fullmatch("[0-9]{1,5}", str(port)) or not 0 < int(str(port)) < 65536:
        fix = f"Use 587 (STARTTLS), 465 ({where('implicit_tls')}), or leave it out"
        raise wrong("port", port, f"not a port. {fix}")
    port = int(str(port))
    other, advice = _OTHER_TLS.get(port, ("", ""))
    if tls == other:
        raise ValueError(
            f"{where('port')} is {port}, where a server {advice.format(where('implicit_tls'))}"
        )
    return {
        "to": list(dict.fromkeys(map(str, to))),
        "sender": written("from"),
        "server": written("server"),
        "port": port,
        "tls": tls,
        "ca_file": written("ca_file"),
        **_login(written("username"), written("password"), tls, where, placeholder),
    }


def _tls(item: Mapping[str, object], where: Callable[[str], str]) -> str:
    starttls, implicit = (
        str(item.get(key, default)).lower() in ("true", "yes", "on", "1")
        for key, default in (("starttls", None), ("implicit_tls", None))
    )
    if starttls and implicit:
        raise ValueError(
            f"{where('starttls')} and {where('implicit_tls')} are both true, but a connection is "
            "encrypted from the start or later. Leave one of them out"
        )
    if implicit:
        return "implicit"
    return "starttls" if starttls or item.get("starttls") is None else "none"


def _login(
    username: str,
    password: str,
    tls: str,
    where: Callable[[str], str],
    placeholder: re.Pattern[str],
) -> dict[str, object]:
    if bool(username) != bool(password):
        raise ValueError(
            f"{where('username')} and {where('password')} (not shown) go together, but only one of "
            "them is set. Set both, or neither where the server asks for no login"
        )
    if not re.fullmatch("[ -~]*", password) or placeholder.match(password):
        raise ValueError(
            f"{where('password')} (its value is not shown) is a placeholder or has characters that "
            "are not ASCII. Set it to the password that the mail server knows, from a vault"
        )
    if tls == "none" and username:
        raise ValueError(
            f"{where('starttls')} is false, so {where('password')} would cross the network "
            f"unencrypted. Set {where('starttls')} or {where('implicit_tls')} to true, or leave "
            "username and password out"
        )
    return {"username": username, "password": password}
