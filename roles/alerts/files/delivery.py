# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delivery: one thread for each channel tries what waits, until it is delivered or refused.

Waiting doubles with each try, with jitter, up to five minutes. There are two kinds: a delivery
that failed waits itself, and a channel that is down waits as a whole, so that there is one probe
and no herd.
"""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

from channel import Answer, Channel, Result
from journal import log
from outbox import DELIVERED, LONGEST_WAIT, REFUSED, WAITING, Delivery, Outbox

LOOK_AGAIN = 1.0  # seconds; `retry` writes to the outbox from outside

# So many different alerts that fail in a row mean that the channel is down.
FAILED_IN_A_ROW = 3

# So often an alert may fail while others get through, before it is put aside.
FAILED_ALONE = 5


def wait_after(tries: int) -> float:
    """Return the seconds to wait after `tries` tries: 1, 2, 4, ... 300, less up to half."""
    longest: float = min(2.0 ** (min(tries, 30) - 1), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)


class Postman:
    """Delivers what waits for one channel."""

    def __init__(self, channel: Channel, outbox: Outbox) -> None:
        self._channel = channel
        self._outbox = outbox
        self._failures = 0  # tries since the last delivery that say that the channel is down
        self._down_until = 0.0  # time.monotonic()
        self._failed: set[int] = set()  # alerts that failed since the last delivery
        self._delivered = 0
        # alert number → how often it failed alone, and _delivered when it failed last
        self._alone: dict[int, tuple[int, int]] = {}

    def deliver_next(self) -> bool:
        """Try one delivery. Returns whether there was one."""
        if time.monotonic() < self._down_until:
            return False
        delivery = self._outbox.next(self._channel.name)
        if delivery is None:
            return False
        self._outbox.begin(delivery, wait_after(delivery.attempts + 1))
        answer = self._try(delivery)
        state = self._judge(delivery, answer)
        self._outbox.end(delivery, state, answer.reason, answer.known_as)
        self._report(delivery, state, answer)
        return True

    def _try(self, delivery: Delivery) -> Answer:
        try:
            return self._channel.deliver(
                delivery.alert, delivery.recipient, self._outbox.known_as(delivery)
            )
        except Exception as error:  # our own mistake about this alert must not stop the others
            return Answer(Result.FAILED, f"{type(error).__name__}: {error}")

    def _judge(self, delivery: Delivery, answer: Answer) -> str:
        """Return the new state of the delivery, and learn about the channel."""
        number = delivery.number
        if answer.result is Result.DELIVERED:
            self._alone.pop(number, None)
            self._failures = 0
            self._failed.clear()
            self._delivered += 1
            return DELIVERED
        if answer.result is Result.REFUSED or (
            answer.result is Result.FAILED and self._failed_alone(number)
        ):
            self._alone.pop(number, None)
            self._failed.discard(number)
            return REFUSED
        if answer.result is Result.FAILED:
            self._failed.add(number)
        if answer.result is Result.DOWN or len(self._failed) >= FAILED_IN_A_ROW:
            self._failures += 1
            self._down_until = time.monotonic() + wait_after(self._failures)
        return WAITING

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
    postman = Postman(channel, Outbox(path))
    while not stop.is_set():
        if not postman.deliver_next():
            channel.close()
            wake.wait(LOOK_AGAIN)
            wake.clear()
    channel.close()
