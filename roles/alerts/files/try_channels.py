# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the way of each channel once, without sending anything.

Reads the channels as JSON, as send_alerts.py gets them, and prints a sentence for each that does
not work. Runs on a host where nothing is installed yet.
"""

from __future__ import annotations

import json
import smtplib
import socket
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

PATIENCE = 30.0  # seconds; some mail servers let strangers wait before they greet
NO_ALERT = "/alert/00000000-0000-0000-0000-000000000000"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes the key nowhere else."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Say that there is nothing to follow."""


def context(ca_file: str) -> ssl.SSLContext:
    """Return what verifies certificates, of small private authorities too."""
    made = ssl.create_default_context(cafile=ca_file or None)
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return made


def try_alerta(channel: dict[str, Any]) -> str:
    """Ask for an alert that is not there. Returns what is wrong."""
    request = urllib.request.Request(channel["url"].rstrip("/") + NO_ALERT)
    if channel["key"]:
        request.add_header("Authorization", f"Key {channel['key']}")
    try:
        opener(channel).open(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode(errors="replace")
        if error.code in (401, 403):
            return f"the key is refused ({error.code}: {said.strip()})"
        try:
            known = error.code == 404 and "status" in json.loads(said)
        except ValueError:
            known = False
        return "" if known else f"{error.code}, which is no answer of Alerta's API"
    return "what answers there is not Alerta's API"


def opener(channel: dict[str, Any]) -> urllib.request.OpenerDirector:
    """Return what goes there itself, and nowhere else."""
    tls = urllib.request.HTTPSHandler(context=context(channel["ca_file"]))
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect, tls)


def try_email(channel: dict[str, Any]) -> str:
    """Greet the mail server, and log in where that is wanted. Returns what is wrong."""
    connection: smtplib.SMTP
    where = channel["server"], channel["port"]
    if channel["tls"] == "implicit":
        tls = context(channel["ca_file"])
        connection = smtplib.SMTP_SSL(*where, timeout=PATIENCE, context=tls)
    else:
        connection = smtplib.SMTP(*where, timeout=PATIENCE)
    with connection:
        if channel["tls"] == "starttls":
            connection.starttls(context=context(channel["ca_file"]))
        connection.ehlo_or_helo_if_needed()
        if channel["username"]:
            connection.login(channel["username"], channel["password"])
    return ""


def try_alertmanager(channel: dict[str, Any]) -> str:
    """Ask how it is. Returns what is wrong."""
    request = urllib.request.Request(channel["url"].rstrip("/") + "/api/v2/status")
    if channel["key"]:
        request.add_header("Authorization", channel["key"])
    try:
        with opener(channel).open(request, timeout=PATIENCE) as answer:
            known = "versionInfo" in json.loads(answer.read(1_000_000))
    except urllib.error.HTTPError as error:
        return f"{error.code}, which is no answer of Alertmanager's API"
    return "" if known else "what answers there is not Alertmanager's API"


def try_address(channel: dict[str, Any]) -> str:
    """Connect, and encrypt. Returns what is wrong."""
    url = urllib.parse.urlsplit(channel["url"])
    encrypted = url.scheme == "https"
    where = url.hostname or "", url.port or (443 if encrypted else 80)
    with socket.create_connection(where, PATIENCE) as connection:
        if encrypted:
            tls = context(channel.get("ca_file", ""))
            tls.wrap_socket(connection, server_hostname=url.hostname).close()
    return ""


TRIES = {
    "alerta": try_alerta,
    "alertmanager": try_alertmanager,
    "dead_man": try_address,
    "email": try_email,
    "json": try_address,
}

# How those in short form are called.
SHORT = {
    "alerta": "alerts_alerta_url",
    "mail": "alerts_email",
    "dead-man": "alerts_dead_man_url",
}


def main() -> None:
    for channel in json.load(sys.stdin):
        if channel["type"] not in TRIES or channel.get("url") == "":
            continue
        try:
            wrong = TRIES[channel["type"]](channel)
        except smtplib.SMTPAuthenticationError as error:
            wrong = f"the login is refused ({error.smtp_code})"
        except (OSError, smtplib.SMTPException, ValueError) as error:
            wrong = str(error) or type(error).__name__
        for secret in filter(None, (channel.get("key"), channel.get("password"))):
            wrong = wrong.replace(secret, "***")
        if wrong:
            name = SHORT.get(channel["name"], f"the channel {channel['name']}")
            print(f"{name}: {' '.join(wrong.split()).rstrip('.')}.")


if __name__ == "__main__":
    main()
