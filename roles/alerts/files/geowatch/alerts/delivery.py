# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivery: one thread for each channel tries what waits, until it is delivered or refused.

Waiting doubles with each try, with jitter, up to five minutes. There are two kinds: a delivery
that failed waits itself, and a channel that is down waits as a whole, so that there is one probe
and no herd. A recipient whom nothing reaches waits as a whole, too, and holds up no other.
"""

from __future__ import annotations

import random
import threading
import time

from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Channel, Forgetful, Result, blanked
from geowatch.alerts.config import ChannelConfig
from geowatch.alerts.journal import log
from geowatch.alerts.outbox import DELIVERED, LONGEST_WAIT, REFUSED, WAITING, Delivery, Outbox
from geowatch.alerts.pace import Pace, summary
from geowatch.alerts.patience import Stopped, patiently
from geowatch.alerts.trouble import Troubles
from geowatch.alerts.wanted import FOLLOWS
from geowatch.alerts.wording import worded

LOOK_AGAIN = 1.0  # seconds; `retry` writes to the outbox from outside

REMIND = 60.0  # seconds

# So many different alerts that fail in a row mean that nothing gets through to this recipient.
FAILED_IN_A_ROW = 3

# So often an alert may fail while others get through, before it is put aside.
FAILED_ALONE = 5

# So often an alert is sent to who takes all of it and never says so. It has arrived, most likely.
MOST_UNSURE = 10


def wait_after(tries: int) -> float:
    """Return the seconds to wait after `tries` tries: 1, 2, 4, ... 300, less up to half."""
    longest: float = min(2.0 ** (min(tries, 30) - 1), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)


class _Way:
    """The way to a channel, or to one recipient: open, or closed for a while."""

    def __init__(self) -> None:
        self._failures = 0  # tries since the last delivery that say that nothing gets through
        self._closed_until = 0.0  # time.monotonic()
        self._failed: set[int] = set()  # alerts that failed since the last delivery

    @property
    def is_open(self) -> bool:
        """Whether something may be tried."""
        return time.monotonic() >= self._closed_until

    def worked(self) -> None:
        self._failures = 0
        self._failed.clear()

    def failed(self, number: int) -> bool:
        """Note that an alert did not get through. Returns whether nothing seems to get through."""
        self._failed.add(number)
        if len(self._failed) < FAILED_IN_A_ROW:
            return False
        self.close()
        return True

    def forget(self, number: int) -> None:
        """It was the alert."""
        self._failed.discard(number)

    def close(self) -> None:
        """Wait until the next try, longer each time."""
        self._failures += 1
        self._closed_until = time.monotonic() + wait_after(self._failures)


class Postman:
    """Delivers what waits for one channel."""

    def __init__(
        self,
        config: ChannelConfig,
        channel: Channel,
        outbox: Outbox,
        troubles: Troubles,
        per_hour: int = 0,
        stop: threading.Event | None = None,
    ) -> None:
        self._config = config
        self._channel = channel
        self._outbox = outbox
        self._troubles = troubles
        self._pace = Pace(per_hour if config.settings.rings else 0)
        self._stop = stop or threading.Event()
        self._way = _Way()
        self._ways: dict[str, _Way] = {}  # to recipients
        self._next: list[Delivery] = []  # what goes out in one message
        self._delivered: dict[str, int] = {}  # by recipient
        # alert number and recipient → how often it failed alone, and _delivered when it failed last
        self._alone: dict[tuple[int, str], tuple[int, int]] = {}
        self._unsure: dict[tuple[int, str], int] = {}
        self._next_reminder = 0.0  # time.monotonic()

    def deliver_next(self) -> bool:
        """Try one message. Returns whether there was one. Raises patience.Stopped."""
        together = self._next or patiently(self._begin, self._stop)
        self._next = []
        if not together:
            return False
        first = together[0]
        answer = self._try(together)
        state, in_vain = self._judge(first, answer)
        why = answer.reason
        if state == DELIVERED and len(together) > 1:
            why = f"in one message with {len(together) - 1} others"

        def end() -> None:
            # One commit for the end of this one and the beginning of the next: half the time in a
            # storm is spent waiting for the disk.
            with self._outbox.transaction():
                for each in together:
                    known_as = answer.known_as if each is first else ""
                    self._outbox.end(
                        each, state, why, known_as, due_now=in_vain, with_others=each is not first
                    )
                if not self._stop.is_set():
                    self._next = self._pick()

        patiently(end, self._stop)
        for each in together:
            self._report(each, state, why)
        self._tell(first, state, answer)
        return True

    def remind(self) -> None:
        """Tell a channel that forgets what is not over, once in a while."""
        if not isinstance(self._channel, Forgetful) or time.monotonic() < self._next_reminder:
            return
        self._next_reminder = time.monotonic() + REMIND
        known = self._outbox.known(self._config.name, self._channel.stays)
        if known and self._way.is_open:
            self._channel.close()  # or it talks to the one before
            self._channel.remind(known)

    def _begin(self) -> list[Delivery]:
        # Nothing is written where nothing is due.
        if not self._way.is_open or self._outbox.next(self._config.name, self._closed()) is None:
            return []
        with self._outbox.transaction():
            return self._pick()

    def _pick(self) -> list[Delivery]:
        """Return what is tried next, and count the try. Call it in a transaction."""
        if not self._way.is_open:
            return []
        while (first := self._outbox.next(self._config.name, self._closed())) is not None:
            if together := self._pace.together(self._outbox, first):
                for each in together:
                    self._outbox.begin(each, wait_after(each.attempts + 1))
                return together
        return []

    def _closed(self) -> list[str]:
        return [recipient for recipient, way in self._ways.items() if not way.is_open]

    def _try(self, together: list[Delivery]) -> Answer:
        first = together[0]
        try:
            alert = summary([each.alert for each in together])
            known_as = self._outbox.known_as(first)
            if self._is_of_another(alert) and not known_as:
                return Answer(Result.DELIVERED, "of an alert that it never had")
            if len(together) == 1:
                alert = worded(alert, self._config.template)
            answer = self._channel.deliver(alert, first.recipient, known_as)
        except Exception as error:  # our own mistake about this alert must not stop the others
            answer = Answer(Result.FAILED, f"{type(error).__name__}: {error}")
        reason = blanked(answer.reason, self._channel.secrets)
        return Answer(answer.result, reason, answer.known_as)

    def _is_of_another(self, alert: Alert) -> bool:
        """Return whether it is about another alert, which may not have been for this channel."""
        picks = not (self._config.settings.rings or self._config.wanted.is_all)
        return picks and alert["severity"] in FOLLOWS

    def _judge(self, delivery: Delivery, answer: Answer) -> tuple[str, bool]:
        """Return the new state of the delivery, and learn about the channel.

        The second answer is whether the alert has no part in that it was not delivered.
        """
        key = number, recipient = delivery.number, delivery.recipient
        way = self._ways.setdefault(recipient, _Way())
        if answer.result is Result.DELIVERED:
            self._forget(key)
            self._way.worked()
            way.worked()
            self._delivered[recipient] = self._delivered.get(recipient, 0) + 1
            return DELIVERED, False
        if (
            answer.result is Result.REFUSED
            or (answer.result is Result.FAILED and self._failed_alone(key))
            or (answer.result is Result.UNSURE and self._is_enough(key))
        ):
            self._forget(key)
            way.forget(number)
            return REFUSED, False
        if answer.result is Result.DOWN:
            self._way.close()
            return WAITING, True
        return WAITING, way.failed(number)

    def _forget(self, key: tuple[int, str]) -> None:
        self._alone.pop(key, None)
        self._unsure.pop(key, None)

    def _is_enough(self, key: tuple[int, str]) -> bool:
        self._unsure[key] = self._unsure.get(key, 0) + 1
        return self._unsure[key] >= MOST_UNSURE

    def _failed_alone(self, key: tuple[int, str]) -> bool:
        """Return whether others got through each time between too many failures of this one."""
        so_far = self._delivered.get(key[1], 0)
        times, delivered = self._alone.get(key, (0, so_far))
        if so_far > delivered:
            times += 1
        self._alone[key] = times, so_far
        return times >= FAILED_ALONE

    def _report(self, delivery: Delivery, state: str, why: str) -> None:
        to = " ".join(filter(None, (delivery.channel, delivery.recipient)))
        alert = f"{delivery.alert['event']} {delivery.alert['id']}"
        if state == REFUSED:
            log.error("%s: refused %s: %s", to, alert, why)
        elif state == WAITING:
            log.warning("%s: %s waits: %s", to, alert, why)
        else:
            log.info("%s: delivered %s", to, alert)

    def _tell(self, delivery: Delivery, state: str, answer: Answer) -> None:
        """Tell who rings through another channel."""
        way = delivery.channel, delivery.recipient
        if state == DELIVERED:
            self._troubles.worked(*way)
        elif state == REFUSED:
            self._troubles.put_aside(*way, delivery.alert["event"], answer.reason)
        else:
            whole = answer.result is Result.DOWN
            self._troubles.failed(way[0], "" if whole else way[1], answer.reason)


def deliver(
    channel: Channel,
    postman: Postman,
    wake: threading.Event,
    stop: threading.Event,
) -> None:
    """Let a postman work until `stop`. `wake` is set when there is more."""
    try:
        while not stop.is_set():
            if not postman.deliver_next():
                postman.remind()
                channel.close()
                wake.wait(LOOK_AGAIN)
                wake.clear()
    except Stopped:
        pass
    channel.close()
