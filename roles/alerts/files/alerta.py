# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerta's HTTP API. Status codes and body: https://docs.alerta.io/api/reference.html"""

from __future__ import annotations

import json
import re
import ssl
from http import HTTPStatus
from typing import Any

import requests
from alert import NOTE, Alert
from channel import Answer, Result
from config import AlertaConfig
from urllib3.exceptions import HTTPError

# https://docs.alerta.io/api/alert.html#alert-severities. Any other one is answered with 500.
SEVERITIES = (
    "security",
    "critical",
    "major",
    "minor",
    "warning",
    "indeterminate",
    "informational",
    "normal",
    "ok",
    "cleared",
    "debug",
    "trace",
    "unknown",
)

# These say nothing about the alert: a wrong key or a proxy must not put alerts aside.
DOWN = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

# What Alerta calls an alert. It becomes a part of an address.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

LONGEST_ANSWER = 1 << 20  # bytes


class Alerta:
    """The channel to one Alerta."""

    name = "alerta"

    def __init__(self, config: AlertaConfig, timeout: float) -> None:
        self._url = config.url.rstrip("/") + "/alert"
        self._timeout = timeout
        self._session = requests.Session()
        # No proxy, no netrc: they would see or replace the key.
        self._session.trust_env = False
        self._session.verify = config.ca_file or ssl.get_default_verify_paths().capath
        if config.key:
            self._session.headers["Authorization"] = f"Key {config.key}"

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Post the alert once, or add the note to the alert that is `known_as`."""
        if alert["severity"] == NOTE:
            return self._note(alert, known_as)
        if alert["severity"] not in SEVERITIES:
            return Answer(Result.REFUSED, f"Alerta knows no severity {alert['severity']}")
        return self._send("POST", self._url, body(alert))

    def close(self) -> None:
        """Close the kept connection."""
        self._session.close()

    def _note(self, alert: Alert, known_as: str) -> Answer:
        """Tell the alert. One that never was there, or that was deleted, cannot be told."""
        if not UUID.fullmatch(known_as):
            return Answer(Result.DELIVERED)
        answer = self._send("PUT", f"{self._url}/{known_as}/note", {"note": alert["text"]})
        if answer.reason.startswith("HTTP 404"):
            return Answer(Result.DELIVERED)
        return answer

    def _send(self, method: str, url: str, data: dict[str, Any]) -> Answer:
        try:
            with self._session.request(
                method,
                url,
                json=data,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(LONGEST_ANSWER, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as error:
            return Answer(Result.DOWN, _reason(error))
        return _answer(response.status_code, content)


def body(alert: Alert) -> dict[str, Any]:
    """Return what Alerta's API takes for `alert`."""
    attributes = alert["attributes"] | {"geowatch_id": alert["id"]}
    # Alerta's plugin remote_ip, on by default, writes the address that we post from into `ip`.
    if "ip" in attributes:
        attributes["client_ip"] = attributes["ip"]
    return {
        "environment": alert["environment"],
        "resource": _storable(alert["resource"]),
        "event": alert["event"],
        "severity": alert["severity"],
        "service": [_storable(alert["service"])],
        "group": _storable(alert["group"]),
        "value": _storable(alert["value"]),
        "text": alert["text"],
        "origin": alert["origin"],
        "createTime": alert["time"],
        "attributes": {name: _storable(value) for name, value in attributes.items()},
        "rawData": _storable(alert["raw"]),
    }


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL, so Alerta would answer 500 for ever."""
    return text.replace("\0", "\\x00")


def _answer(status: int, content: bytes) -> Answer:
    """Say what Alerta's answer means for the alert."""
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        data = {}
    reason = f"HTTP {status} {data.get('message', '')}".rstrip()[:500]
    if 200 <= status < 300:
        # A login page answers 200 too. Only Alerta says that it has the alert.
        if data.get("status") == "ok":
            return Answer(Result.DELIVERED, known_as=str(data.get("id", "")))
        return Answer(Result.FAILED, f"HTTP {status}, but not Alerta's answer")
    if 400 <= status < 500 and status not in DOWN:
        return Answer(Result.REFUSED, reason)
    return Answer(Result.FAILED if status >= 500 else Result.DOWN, reason)


def _reason(error: BaseException) -> str:
    """Name what happened at the bottom: connection refused, a bad certificate, a timeout."""
    while error.__context__:
        error = error.__context__
    return f"{type(error).__name__}: {error}"[:500]
