# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries the way to Alerta and to the mail server once, without sending anything.

Reads the channels as JSON, and prints a sentence for each that does not work. Runs on a host where
nothing is installed yet.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import sys
import urllib.error
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


def try_alerta(url: str, key: str, ca_file: str) -> str:
    """Ask for an alert that is not there. Returns what is wrong."""
    request = urllib.request.Request(url.rstrip("/") + NO_ALERT)
    if key:
        request.add_header("Authorization", f"Key {key}")
    tls = urllib.request.HTTPSHandler(context=context(ca_file))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect, tls)
    try:
        opener.open(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError as error:
        said = error.read(2000).decode(errors="replace")
        if error.code in (401, 403):
            return f"alerts_alerta_key is refused ({error.code}: {said.strip()})."
        try:
            known = error.code == 404 and "status" in json.loads(said)
        except ValueError:
            known = False
        return (
            "" if known else f"alerts_alerta_url: {error.code}, which is no answer of Alerta's API."
        )
    return "alerts_alerta_url: what answers there is not Alerta's API."


def try_mail(server: str, port: int, tls: str, login: list[str], ca_file: str) -> str:
    """Greet the mail server, and log in where that is wanted. Returns what is wrong."""
    connection: smtplib.SMTP
    if tls == "implicit":
        connection = smtplib.SMTP_SSL(server, port, timeout=PATIENCE, context=context(ca_file))
    else:
        connection = smtplib.SMTP(server, port, timeout=PATIENCE)
    with connection:
        if tls == "starttls":
            connection.starttls(context=context(ca_file))
        connection.ehlo_or_helo_if_needed()
        if any(login):
            connection.login(*login)
    return ""


def main() -> None:
    """Try what is configured."""
    channels = json.load(sys.stdin)
    for name, attempt in (("alerta", try_alerta), ("email", try_mail)):
        if name not in channels:
            continue
        try:
            wrong = attempt(**channels[name])
        except smtplib.SMTPAuthenticationError as error:
            wrong = f"alerts_email: the login is refused ({error.smtp_code})."
        except (OSError, smtplib.SMTPException, ValueError) as error:
            variable = "alerts_alerta_url" if name == "alerta" else "alerts_email"
            wrong = f"{variable}: {str(error).rstrip('.')}."
        for secret in channels["secrets"]:
            wrong = wrong.replace(secret, "***") if secret else wrong
        if wrong:
            print(" ".join(wrong.split()))


if __name__ == "__main__":
    main()
