# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service: from the queue file `alerts` through the outbox to the channels, until SIGTERM."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from contextlib import suppress

from geowatch import notify
from geowatch.alerts.channel import Channel
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.delivery import Postman, deliver
from geowatch.alerts.intake import Intake
from geowatch.alerts.journal import log
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.patience import Stopped, patiently
from geowatch.alerts.settings import BadConfiguration
from geowatch.alerts.status import Arrivals, Status
from geowatch.alerts.trouble import Troubles
from geowatch.alerts.ways import channels, due, recipients
from geowatch.journal import log_to_journal

POLL = 0.025  # seconds; most of the time from the log line to Alerta is spent here
PRUNE = 3600.0  # seconds
LAST_TRY = 5.0  # seconds; a try that is under way at the end may finish, or it is made twice


def run(config: Config) -> int:
    """Take in and deliver until SIGTERM."""
    log_to_journal()
    outbox = Outbox(config.outbox, create=True)
    if set_aside := outbox.refuse_others(
        list(recipients(config)), lambda alert: due(alert, config)
    ):
        log.warning("%d deliveries have no recipient any more: put aside", set_aside)
    troubles = Troubles(config)
    troubles.remember(outbox)

    stop, wakes, threads = threading.Event(), [], []
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.excepthook = lambda failure: log.critical("%s", explain(failure.exc_value))
    for thread, wake in _postmen(config, troubles, stop):
        thread.start()
        threads.append(thread)
        wakes.append(wake)
    names = ", ".join(thread.name for thread in threads) or "the journal alone"
    log.info("reading %s, delivering to %s", " and ".join(map(str, config.queue_files)), names)
    notify.in_force(config.outbox.parent)

    intake, next_prune, status = Intake(config, outbox, troubles), time.monotonic(), Status(config)
    arrivals = Arrivals(config, outbox)

    def meanwhile(error: Exception) -> None:
        notify.alive()
        intake.meanwhile(error)

    notify.ready()
    with suppress(Stopped):
        while not stop.is_set():
            notify.alive()
            status.write()
            arrivals.write(intake.canary)
            if time.monotonic() >= next_prune:
                patiently(intake.tidy, stop, meanwhile)
                next_prune = time.monotonic() + PRUNE
            if patiently(intake.take, stop, meanwhile):
                for wake in wakes:
                    wake.set()
            else:
                stop.wait(POLL)
            if not all(thread.is_alive() for thread in threads):
                return 1  # systemd starts us again
    for wake, thread in zip(wakes, threads, strict=True):
        wake.set()
        thread.join(LAST_TRY)
    return 0


def _postmen(
    config: Config, troubles: Troubles, stop: threading.Event
) -> list[tuple[threading.Thread, threading.Event]]:
    """Return a thread for each channel that is configured, and what wakes it."""
    postmen = []
    for each, channel in channels(config):
        wake = threading.Event()
        args = (each, channel, config, troubles, wake, stop)
        postmen.append((threading.Thread(None, _deliver, each.name, args, daemon=True), wake))
    return postmen


def _deliver(
    each: ChannelConfig,
    channel: Channel,
    config: Config,
    troubles: Troubles,
    wake: threading.Event,
    stop: threading.Event,
) -> None:
    """Be the thread of one channel. Each opens the outbox for itself."""
    outbox, per_hour = Outbox(config.outbox), config.messages_per_hour
    deliver(channel, Postman(each, channel, outbox, troubles, per_hour, stop), wake, stop)


def explain(error: BaseException | None) -> str:
    """Return one line for what stops us."""
    if isinstance(error, sqlite3.Error):
        return f"the outbox cannot be used: {error}"
    if isinstance(error, BadConfiguration):
        return f"the configuration cannot be used: {error}"
    return f"{type(error).__name__}: {error}"
