# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerta's HTTP API. Status codes and body: https://docs.alerta.io/api/reference.html"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from geowatch.alerts.alert import NOTE, Alert
from geowatch.alerts.channel import Answer, Result, cut_after, tls_context
from geowatch.alerts.config import AlertaConfig

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

# Answered with 403, as an alert is that Alerta does not want. This one is about our key.
NO_SCOPE = "Missing required scope"


class Alerta:
    """The channel to one Alerta. It uses no proxy and no netrc, which would see or replace the key.

    `timeout` is for a whole answer: one that trickles in would hold up the others for ever.
    """

    name = "alerta"

    def __init__(self, config: AlertaConfig, timeout: float) -> None:
        self._config = config
        self._path = urlsplit(config.url).path.rstrip("/") + "/alert"
        self._timeout = timeout
        self._connection: HTTPConnection | None = None

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Post the alert once, or add the note to the alert that is `known_as`."""
        if alert["severity"] == NOTE:
            return self._note(alert, known_as)
        if alert["severity"] not in SEVERITIES:
            return Answer(Result.REFUSED, f"Alerta knows no severity {alert['severity']}")
        return self._send("POST", self._path, body(alert))

    def close(self) -> None:
        """Close the kept connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _note(self, alert: Alert, known_as: str) -> Answer:
        """Tell the alert. One that never was there, or that was deleted, cannot be told."""
        if not UUID.fullmatch(known_as):
            return Answer(Result.DELIVERED)
        answer = self._send("PUT", f"{self._path}/{known_as}/note", {"note": alert["text"]})
        if answer.reason.startswith("HTTP 404"):
            return Answer(Result.DELIVERED)
        return answer

    def _send(self, method: str, path: str, data: dict[str, Any]) -> Answer:
        try:
            if self._connection is None or self._connection.sock is None:
                self._connection = self._connect()
        except (HTTPException, OSError, ValueError) as error:
            return Answer(Result.DOWN, _reason(error))
        try:
            return self._ask(self._connection, method, path, data)
        # Perhaps it is this alert that Alerta has no answer to.
        except (HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(Result.FAILED, _reason(error))

    def _connect(self) -> HTTPConnection:
        url = urlsplit(self._config.url)
        connection: HTTPConnection
        if url.scheme == "https":
            connection = HTTPSConnection(
                url.hostname or "",
                url.port,
                timeout=self._timeout,
                context=tls_context(self._config.ca_file),
            )
        else:
            connection = HTTPConnection(url.hostname or "", url.port, timeout=self._timeout)
        connection.connect()
        return connection

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, data: dict[str, Any]
    ) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._config.key:
            headers["Authorization"] = f"Key {self._config.key}"
        with cut_after(self._timeout, connection.sock):
            connection.request(method, path, json.dumps(data), headers)
            response = connection.getresponse()
            content = response.read(LONGEST_ANSWER)
        if not response.isclosed():
            self.close()
        if response.length:
            return Answer(Result.FAILED, f"HTTP {response.status}, but the answer is not whole")
        return _answer(response.status, content)


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
    if status == HTTPStatus.FORBIDDEN and NO_SCOPE in reason:
        return Answer(Result.DOWN, reason)
    if 400 <= status < 500 and status not in DOWN:
        return Answer(Result.REFUSED, reason)
    return Answer(Result.FAILED if status >= 500 else Result.DOWN, reason)


def _reason(error: BaseException) -> str:
    """Name what happened at the bottom: connection refused, a bad certificate, a timeout."""
    while error.__context__ and not isinstance(error, TimeoutError):
        error = error.__context__
    return f"{type(error).__name__}: {error}"[:500]
