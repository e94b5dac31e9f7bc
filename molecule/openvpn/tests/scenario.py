# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: logins, and what Alerta and the mail server got."""

from __future__ import annotations

import base64
import email
import email.policy
import subprocess
import uuid
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import requests
import testinfra
from eventually import eventually

DIRECTORY = Path(__file__).parents[1]
HOSTS = ["alert-server", "log-server", "vpn-gateway", "vpn-gateway-13"]

alert_server, log_server = (testinfra.get_host(f"podman://{name}") for name in HOSTS[:2])
gateways = HOSTS[2:]
vpn_gateway = testinfra.get_host(f"podman://{gateways[0]}")

FINLAND, BRAZIL, NOWHERE = "198.51.100.10", "198.51.100.130", "198.18.0.10"
FINLAND_6, BRAZIL_6, NOWHERE_6 = "2001:db8:f1::10", "2001:db8:b::10", "2001:db8:dead::10"


def new_name(pattern: str) -> str:
    """Return `pattern` with {} filled in, so that each run has names of its own."""
    return pattern.replace("{}", uuid.uuid4().hex[:6])


def log_in(name: str, address: str, gateway: str = gateways[0], **options: str) -> bool:
    """Log in to the VPN with a real client, and out again. Options are those of log_in.py.

    Returns False if the server rejected a password. Without one, that is an error.
    """
    arguments = [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]
    command = ["podman", "exec", gateway, "log_in.py", *arguments, "--", name, address]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "AUTH_FAILED" in done.stderr and "password" in options:
        return False
    assert done.returncode == 0, done.stderr
    return True


@cache
def _alerta() -> tuple[str, str]:
    """Return Alerta's address and a key."""
    where = "{{ .NetworkSettings.Networks.geowatch.IPAddress }}"
    command = ["podman", "inspect", "--format", where, "alert-server"]
    address = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    key = (DIRECTORY / "../../.cache/secrets/alerta_key").read_text().strip()
    return f"http://{address}:8080", key


def _ask_alerta(path: str, query: str = "") -> dict[str, Any]:
    url, key = _alerta()
    answer = requests.get(
        f"{url}/{path}", params=query, headers={"Authorization": f"Key {key}"}, timeout=30
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def notes_of(alert: dict[str, Any]) -> list[str]:
    """Return the texts of the notes that Alerta has about this alert."""
    return [note["text"] for note in _ask_alerta(f"alert/{alert['id']}/notes")["notes"]]


def alerts_now(whom: str, attribute: str = "user") -> list[dict[str, Any]]:
    """Return what Alerta's API has about this user, or this one of another attribute."""
    alerts = _ask_alerta("alerts", "page-size=10000&show-raw-data=true")["alerts"]
    return [alert for alert in alerts if alert["attributes"].get(attribute) == whom]


def alerts_of(user: str) -> list[dict[str, Any]]:
    """Wait until Alerta has an alert about this user, and return all there are."""

    def look() -> list[dict[str, Any]]:
        try:
            return alerts_now(user)
        except (requests.ConnectionError, requests.HTTPError):  # Alerta has just been started
            return []

    return eventually(look)


def mails_now(user: str) -> list[EmailMessage]:
    """Return the mails about this user that arrived."""
    script = "for mail in /home/mailbox/mails/new/*; do base64 --wrap=0 $mail; echo; done"
    mails = []
    for line in alert_server.check_output(script).split():
        mail = email.message_from_bytes(base64.b64decode(line), policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        mails.append(mail)
    ends = tuple(f": {user}, {gateway}" for gateway in gateways)
    return [mail for mail in mails if mail["Subject"].endswith(ends)]


def text_of(mail: EmailMessage) -> str:
    """Return what a person reads."""
    plain = mail.get_body(("plain",))
    assert isinstance(plain, EmailMessage)
    return str(plain.get_content())


def mails_of(user: str) -> list[EmailMessage]:
    """Wait until a mail about this user arrived, and return all there are."""
    return eventually(lambda: mails_now(user))
