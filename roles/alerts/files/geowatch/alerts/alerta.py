# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerta's HTTP API. Status codes and body: https://docs.alerta.io/api/reference.html"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from geowatch.alerts.alert import CLOSE, NOTE, Alert, is_sign_of_life
from geowatch.alerts.channel import Answer, Result, blanked
from geowatch.alerts.journal import log
from geowatch.alerts.settings import AlertaConfig
from geowatch.alerts.severities import QUIET, SEVERITIES, Severities, understood
from geowatch.alerts.web import ERRORS, NOT_THE_ALERT, TOO_LARGE, Web, reason

# What Alerta calls an alert. It becomes a part of an address.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Answered with 500, and of this very alert.
NO_SEVERITY = re.compile(r"Severity (?:\(.*\) )?is not one of")

# Answered with 403, as an alert is that Alerta does not want. This one is about our key.
NO_SCOPE = "Missing required scope"

HEARTBEAT = 7500  # seconds; two canaries are an hour apart, and one heartbeat may get lost

LEARN_AGAIN = 3600.0  # seconds; somebody may have changed Alerta's severities


class Alerta:
    """The channel to one Alerta."""

    def __init__(self, settings: AlertaConfig, timeout: float) -> None:
        self._web = Web(settings, "Key ", timeout)
        self._severities = Severities()
        self._learn_after = 0.0  # time.monotonic()
        self.secrets: tuple[str, ...] = settings.secrets()

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Post the alert once, or add the note to the alert that is `known_as`, or close that."""
        if alert["severity"] == NOTE:
            return self._tell("note", {"note": alert["text"]}, known_as)
        if alert["severity"] == CLOSE:
            return self._tell("status", {"status": "closed", "text": alert["text"]}, known_as)
        if alert["severity"] not in SEVERITIES:
            return Answer(Result.REFUSED, f"Alerta knows no severity {alert['severity']}")
        try:
            self._learn()
        except ERRORS as error:
            self.close()
            return Answer(Result.DOWN, reason(error))
        answer = self._send("POST", "/alert", body(alert, self._severities))
        if answer.result is Result.DELIVERED and is_sign_of_life(alert):
            self._heartbeat(alert)
        return answer

    def close(self) -> None:
        self._web.close()

    def _heartbeat(self, alert: Alert) -> None:
        """Say that we live. Where that is not taken, alerts go on: it is never tried again."""
        data = {"origin": alert["origin"], "tags": ["geowatch"], "timeout": HEARTBEAT}
        answer = self._send("POST", "/heartbeat", data)
        if answer.result is not Result.DELIVERED:
            log.error("Alerta takes no heartbeat: %s", blanked(answer.reason, self.secrets))

    def _tell(self, what: str, data: dict[str, str], known_as: str) -> Answer:
        """Tell the alert. One that never was there, or that was deleted, cannot be told."""
        if not UUID.fullmatch(known_as):
            return Answer(Result.DELIVERED)
        answer = self._send("PUT", f"/alert/{known_as}/{what}", data)
        # With a word behind it, it is Alerta's own.
        if answer.reason.startswith("HTTP 404 "):
            return Answer(Result.DELIVERED)
        return answer

    def _send(self, method: str, path: str, data: Mapping[str, Any]) -> Answer:
        answer = self._web.send(method, self._web.path + path, json.dumps(data))
        return answer if isinstance(answer, Answer) else _answer(*answer)

    def _learn(self) -> None:
        """Ask Alerta for its severities. Where it does not say, they are as they were."""
        if time.monotonic() < self._learn_after:
            return
        self._web.connect()
        self._learn_after = time.monotonic() + LEARN_AGAIN
        try:
            status, content, _whole = self._web.ask("GET", f"{self._web.path}/config")
        except ERRORS:
            self.close()
        else:
            if status == HTTPStatus.OK:
                self._severities = understood(content) or self._severities


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
    says = f"HTTP {status} {said.get('message', '')}".rstrip()
    if 200 <= status < 300:
        # A login page answers 200 too. Only Alerta says that it has the alert.
        if said.get("status") == "ok":
            return Answer(Result.DELIVERED, known_as=str(said.get("id", "")))
        return Answer(Result.DOWN, f"HTTP {status}, but not Alerta's answer")
    if not own:
        return Answer(Result.LATER if status in TOO_LARGE else Result.DOWN, says)
    return Answer(_meaning(status, says), says)


def _meaning(status: int, says: str) -> Result:
    """Say what an error in Alerta's own words means for the alert."""
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return Result.REFUSED if NO_SEVERITY.search(says) else Result.FAILED
    if status == HTTPStatus.FORBIDDEN:
        return Result.DOWN if NO_SCOPE in says else Result.FAILED
    if 400 <= status < 500 and status not in NOT_THE_ALERT:
        return Result.REFUSED
    return Result.DOWN
