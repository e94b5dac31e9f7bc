# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delivery: one thread for each channel tries what waits, until it is delivered or refused.

Waiting doubles with each try, with jitter, up to five minutes. There are two kinds: a delivery
that failed waits itself, and a channel that is down waits as a whole, so that there is one probe
and no herd. A recipient for whom the other side wants everything later waits as a whole, too.
"""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

from geowatch.alerts.channel import Answer, Channel, Result
from geowatch.alerts.journal import log
from geowatch.alerts.outbox import DELIVERED, LONGEST_WAIT, REFUSED, WAITING, Delivery, Outbox
from geowatch.alerts.patience import Stopped, patiently

LOOK_AGAIN = 1.0  # seconds; `retry` writes to the outbox from outside

# So many different alerts that fail in a row mean that the channel is down.
FAILED_IN_A_ROW = 3

# So often an alert may fail while others get through, before it is put aside.
FAILED_ALONE = 5


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
        """Note a delivery."""
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
        self, channel: Channel, outbox: Outbox, stop: threading.Event | None = None
    ) -> None:
        self._channel = channel
        self._outbox = outbox
        self._stop = stop or threading.Event()
        self._way = _Way()
        self._ways: dict[str, _Way] = {}  # to recipients
        self._next: Delivery | None = None
        self._delivered = 0
        # alert number → how often it failed alone, and _delivered when it failed last
        self._alone: dict[int, tuple[int, int]] = {}

    def deliver_next(self) -> bool:
        """Try one delivery. Returns whether there was one. Raises patience.Stopped."""
        delivery = self._next or patiently(self._pick, self._stop)
        self._next = None
        if delivery is None:
            return False
        answer = self._try(delivery)
        state, in_vain = self._judge(delivery, answer)

        def end() -> None:
            # One commit for the end of this one and the beginning of the next: half the time in a
            # storm is spent waiting for the disk.
            with self._outbox.transaction():
                self._outbox.end(delivery, state, answer.reason, answer.known_as, due_now=in_vain)
                if not self._stop.is_set():
                    self._next = self._pick()

        patiently(end, self._stop)
        self._report(delivery, state, answer)
        return True

    def _pick(self) -> Delivery | None:
        if not self._way.is_open:
            return None
        closed = [recipient for recipient, way in self._ways.items() if not way.is_open]
        delivery = self._outbox.next(self._channel.name, closed)
        if delivery is not None:
            self._outbox.begin(delivery, wait_after(delivery.attempts + 1))
        return delivery

    def _try(self, delivery: Delivery) -> Answer:
        try:
            return self._channel.deliver(
                delivery.alert, delivery.recipient, self._outbox.known_as(delivery)
            )
        except Exception as error:  # our own mistake about this alert must not stop the others
            return Answer(Result.FAILED, f"{type(error).__name__}: {error}")

    def _judge(self, delivery: Delivery, answer: Answer) -> tuple[str, bool]:
        """Return the new state of the delivery, and learn about the channel.

        The second answer is whether the alert has no part in that it was not delivered.
        """
        number, way = delivery.number, self._ways.setdefault(delivery.recipient, _Way())
        if answer.result is Result.DELIVERED:
            self._alone.pop(number, None)
            self._way.worked()
            way.worked()
            self._delivered += 1
            return DELIVERED, False
        if answer.result is Result.REFUSED or (
            answer.result is Result.FAILED and self._failed_alone(number)
        ):
            self._alone.pop(number, None)
            self._way.forget(number)
            return REFUSED, False
        if answer.result is Result.DOWN:
            self._way.close()
            return WAITING, True
        return WAITING, (way if answer.result is Result.LATER else self._way).failed(number)

    def _failed_alone(self, number: int) -> bool:
        """Return whether others got through each time between too many failures of this one."""
        times, delivered = self._alone.get(number, (0, self._delivered))
        if self._delivered > delivered:
            times += 1
        self._alone[number] = times, self._delivered
        return times >= FAILED_ALONE

    def _report(self, delivery: Delivery, state: str, answer: Answer) -> None:
        to = " ".join(filter(None, (delivery.channel, delivery.recipient)))
        alert = f"{delivery.alert['event']} {delivery.alert['id']}"
        if state == REFUSED:
            log.error("%s: refused %s: %s", to, alert, answer.reason)
        elif state == WAITING:
            log.warning("%s: %s waits: %s", to, alert, answer.reason)
        else:
            log.info("%s: delivered %s", to, alert)


def deliver(channel: Channel, path: Path, wake: threading.Event, stop: threading.Event) -> None:
    """Deliver what is in the outbox `path` until `stop`. `wake` is set when there is more."""
    postman = Postman(channel, Outbox(path), stop)
    try:
        while not stop.is_set():
            if not postman.deliver_next():
                channel.close()
                wake.wait(LOOK_AGAIN)
                wake.clear()
    except Stopped:
        pass
    channel.close()
