# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alerta's HTTP API. Status codes and body: https://docs.alerta.io/api/reference.html"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from geowatch.alerts.alert import CLOSE, NOTE, Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.config import AlertaConfig
from geowatch.alerts.connection import connect, cut_after, tls_context
from geowatch.alerts.severities import QUIET, SEVERITIES, Severities, understood

# Alerta says these of the way to it, and not of the alert: a wrong key must put no alert aside.
NOT_THE_ALERT = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

# A proxy says these of one request. It may be another proxy next time.
TOO_LARGE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_URI_TOO_LONG})

# What Alerta calls an alert. It becomes a part of an address.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Answered with 500, and of this very alert.
NO_SEVERITY = re.compile(r"Severity (?:\(.*\) )?is not one of")

# Answered with 403, as an alert is that Alerta does not want. This one is about our key.
NO_SCOPE = "Missing required scope"

LONGEST_ANSWER = 1 << 20  # bytes
LEARN_AGAIN = 3600.0  # seconds; somebody may have changed Alerta's severities


class Alerta:
    """The channel to one Alerta. It uses no proxy and no netrc, which would see or replace the key.

    `timeout` is for a whole answer: one that trickles in would hold up the others for ever.
    """

    name = "alerta"
    per_hour = 0

    def __init__(self, config: AlertaConfig, timeout: float) -> None:
        self._config = config
        self._path = urlsplit(config.url).path.rstrip("/")
        self._timeout = timeout
        self._connection: HTTPConnection | None = None
        self._severities = Severities()
        self._learn_after = 0.0  # time.monotonic()
        self.secrets: tuple[str, ...] = (config.key,)

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Post the alert once, or add the note to the alert that is `known_as`, or close that."""
        if alert["severity"] == NOTE:
            return self._tell("note", {"note": alert["text"]}, known_as)
        if alert["severity"] == CLOSE:
            return self._tell("status", {"status": "closed", "text": alert["text"]}, known_as)
        if alert["severity"] not in SEVERITIES:
            return Answer(Result.REFUSED, f"Alerta knows no severity {alert['severity']}")
        return self._send("POST", f"{self._path}/alert", lambda: body(alert, self._severities))

    def close(self) -> None:
        """Close the kept connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tell(self, what: str, data: dict[str, str], known_as: str) -> Answer:
        """Tell the alert. One that never was there, or that was deleted, cannot be told."""
        if not UUID.fullmatch(known_as):
            return Answer(Result.DELIVERED)
        answer = self._send("PUT", f"{self._path}/alert/{known_as}/{what}", lambda: data)
        # With a word behind it, it is Alerta's own.
        if answer.reason.startswith("HTTP 404 "):
            return Answer(Result.DELIVERED)
        return answer

    def _send(self, method: str, path: str, data: Callable[[], Mapping[str, Any]]) -> Answer:
        try:
            if time.monotonic() >= self._learn_after:
                self._learn()
            connection = self._connected()
        except (HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(Result.DOWN, _reason(error))
        try:
            response, content = self._ask(connection, method, path, json.dumps(data()))
        # Perhaps it is this alert that Alerta has no answer to.
        except (HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(Result.LATER, _reason(error))
        if response.length:
            return Answer(Result.LATER, f"HTTP {response.status}, but the answer is not whole")
        return _answer(response.status, content)

    def _learn(self) -> None:
        """Ask Alerta for its severities. Where it does not say, they are as they were."""
        connection = self._connected()
        self._learn_after = time.monotonic() + LEARN_AGAIN
        try:
            response, content = self._ask(connection, "GET", f"{self._path}/config")
        except (HTTPException, OSError, ValueError):
            self.close()
        else:
            if response.status == HTTPStatus.OK:
                self._severities = understood(content) or self._severities

    def _connected(self) -> HTTPConnection:
        if self._connection is None or self._connection.sock is None:
            url = urlsplit(self._config.url)
            kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
            context = tls_context(self._config.ca_file) if url.scheme == "https" else None
            connection = kind(url.hostname or "", url.port, timeout=self._timeout)
            connection.sock = connect(connection.host, connection.port, self._timeout, context)
            self._connection = connection
        return self._connection

    def _ask(
        self, connection: HTTPConnection, method: str, path: str, data: str | None = None
    ) -> tuple[HTTPResponse, bytes]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._config.key:
            headers["Authorization"] = f"Key {self._config.key}"
        with cut_after(self._timeout, connection.sock):
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            content = response.read(LONGEST_ANSWER)
        if not response.isclosed():
            self.close()
        return response, content


def body(alert: Alert, severities: Severities | None = None) -> dict[str, Any]:
    """Return what Alerta's API takes for `alert`."""
    attributes = alert["attributes"] | {"geowatch_id": alert["id"]}
    # Alerta's plugin remote_ip, on by default, writes the address that we post from into `ip`.
    if "ip" in attributes:
        attributes["client_ip"] = attributes["ip"]
    # Alerta would forget it after a day, seen or not.
    stays = {} if alert["severity"] in QUIET else {"timeout": 0}
    return stays | {
        "environment": alert["environment"],
        "resource": _storable(alert["resource"]),
        "event": alert["event"],
        "severity": (severities or Severities()).name(alert["severity"]),
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
    """Say what Alerta's answer means for the alert, or that of who stands before it."""
    try:
        data = json.loads(content)
    except ValueError:
        data = None
    own = isinstance(data, dict) and data.get("status") in ("ok", "error")
    said = data if own else {}
    reason = f"HTTP {status} {said.get('message', '')}".rstrip()
    if 200 <= status < 300:
        # A login page answers 200 too. Only Alerta says that it has the alert.
        if said.get("status") == "ok":
            return Answer(Result.DELIVERED, known_as=str(said.get("id", "")))
        return Answer(Result.DOWN, f"HTTP {status}, but not Alerta's answer")
    if not own:
        return Answer(Result.LATER if status in TOO_LARGE else Result.DOWN, reason)
    return Answer(_meaning(status, reason), reason)


def _meaning(status: int, reason: str) -> Result:
    """Say what an error in Alerta's own words means for the alert."""
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Result.REFUSED if NO_SEVERITY.search(reason) else Result.FAILED
    if status == HTTPStatus.FORBIDDEN:
        return Result.DOWN if NO_SCOPE in reason else Result.FAILED
    if 400 <= status < 500 and status not in NOT_THE_ALERT:
        return Result.REFUSED
    return Result.DOWN


def _reason(error: BaseException) -> str:
    """Name what happened at the bottom: connection refused, a bad certificate, a timeout."""
    while error.__context__ and not isinstance(error, TimeoutError):
        error = error.__context__
    return f"{type(error).__name__}: {error}"
