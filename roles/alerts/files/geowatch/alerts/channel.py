# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a channel is: something that takes an alert for one recipient and answers."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from geowatch.alerts.alert import Alert


class Result(Enum):
    """What came of one try."""

    DELIVERED = "delivered"  # the other side said that it has the alert
    REFUSED = "refused"  # it will never take this alert: put it aside
    FAILED = "failed"  # it did not take this alert now: perhaps the alert, perhaps the channel
    LATER = "later"  # it asks to come back with this alert
    DOWN = "down"  # no alert can get through now


@dataclass(frozen=True)
class Answer:
    """The result of one try, and the reason in one line that is fit for the journal."""

    result: Result
    reason: str = ""
    known_as: str = ""  # what the other side calls the alert


class Channel(Protocol):
    """One way out. Only one thread uses a channel."""

    name: str

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Try once. Never raises for what the network does.

        `known_as` is what the other side calls the alert that a note is about, if it is known.
        """

    def close(self) -> None:
        """Give the connection back; the next try opens a new one."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Verify by the certificates in this file, or by the system's."""
    if ca_file:
        os.stat(ca_file)  # ssl does not say which file is missing
    return ssl.create_default_context(cafile=ca_file or None)


@contextmanager
def cut_after(seconds: float, connection: socket.socket | None) -> Iterator[None]:
    """Cut the connection when the block takes longer, and raise TimeoutError.

    A socket's own timeout is for each of its reads: who sends a byte now and then is never late.
    """
    if connection is None:
        raise ConnectionError("not connected")
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise TimeoutError("timed out") from error
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError("timed out")
