# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any service that Apprise knows: https://github.com/caronc/apprise

It says whether a message was taken, and little else. So one address is one service, its own
retries are off, and what failed is tried again by our outbox.
"""

from __future__ import annotations

import logging
import threading

from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.letter import facts, subject
from geowatch.alerts.plain import plain
from geowatch.alerts.settings import AppriseConfig, BadConfiguration

try:
    import apprise
except ImportError as error:
    raise BadConfiguration(f"Apprise is not installed: {error}") from None

LONGEST = 1800  # characters; most services take 2,000

KINDS = {
    "critical": apprise.NotifyType.FAILURE,
    "major": apprise.NotifyType.FAILURE,
    "minor": apprise.NotifyType.WARNING,
    "warning": apprise.NotifyType.WARNING,
    "cleared": apprise.NotifyType.SUCCESS,
}


# What it says of a try is in the result. Anywhere else nobody would take the token out of it.
logging.getLogger("apprise").propagate = False


class _Try:
    """One message on its way, in a thread of its own: a service may never come to an end."""

    def __init__(self, service: apprise.Apprise, alert: Alert, title: str, body: str) -> None:
        self.what = alert["id"], alert["event"]
        self.answer: Answer | None = None
        kind = KINDS.get(alert["severity"], apprise.NotifyType.INFO)
        self._thread = threading.Thread(
            target=self._send, args=(service, title, body, kind), daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float) -> Answer | None:
        """Return the answer, if there is one in time."""
        self._thread.join(seconds)
        return self.answer

    def _send(
        self, service: apprise.Apprise, title: str, body: str, kind: apprise.NotifyType
    ) -> None:
        try:
            result = service.notify(
                body=body, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
            )
            said = [each.message for each in result.logs() if each.level in ("WARNING", "ERROR")]
            why = " ".join(said) or "the service did not take it"
            self.answer = Answer(Result.DELIVERED) if result else Answer(Result.FAILED, why)
        except Exception as error:  # of a service that nobody here knows
            self.answer = Answer(Result.FAILED, f"{type(error).__name__}: {error}")


class Chat:
    """The channel to one service. With `brief`, it says the sentence of the alert and no more."""

    def __init__(self, settings: AppriseConfig, timeout: float, *, brief: bool = False) -> None:
        self.secrets = settings.secrets()
        self._timeout = timeout
        self._brief = brief
        self._under_way: _Try | None = None
        self._taken_late: set[tuple[str, str]] = set()
        asset = apprise.AppriseAsset(
            app_id="geowatch",
            app_desc="geowatch",
            app_url="",
            image_url_mask="",
            image_url_logo="",
            async_mode=False,
            default_service_retry=0,
            secure_logging=True,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        self._service = apprise.Apprise(asset=asset)
        if not self._service.add(settings.url):
            raise BadConfiguration("url is one that no service of Apprise takes")

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Send one message. One that was taken too late for its answer is not sent again."""
        what = alert["id"], alert["event"]
        if (before := self._under_way) is not None:
            if before.answer is None:
                return Answer(Result.DOWN, "no answer yet to the message before")
            if before.answer.result is Result.DELIVERED:
                self._taken_late.add(before.what)
            self._under_way = None
        if what in self._taken_late:
            self._taken_late.remove(what)
            return Answer(Result.DELIVERED)
        this = _Try(self._service, alert, plain(subject(alert)), self._body(alert))
        if (answer := this.wait(self._timeout)) is None:
            self._under_way = this
            return Answer(Result.DOWN, f"no answer within {self._timeout:g} s")
        return answer

    def close(self) -> None:
        """It keeps no connection."""

    def _body(self, alert: Alert) -> str:
        lines = [alert["text"]]
        if not self._brief:
            if advice := alert["attributes"].get("advice"):
                lines.append(f"What to do: {advice}")
            lines += [f"{name}: {value}" for name, value in facts(alert)]
        text = "\n".join(map(plain, lines))
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
