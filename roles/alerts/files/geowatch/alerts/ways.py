# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways out: which channels there are, who is reached by them, and which alert goes where."""

from __future__ import annotations

from collections.abc import Iterator

from geowatch.alerts.alert import Alert, own_recipients
from geowatch.alerts.channel import Channel
from geowatch.alerts.config import Config


def channels(config: Config) -> Iterator[Channel]:
    """Yield a new channel for each that is configured."""
    # Imported where it is used: the libraries of both take 15 MB.
    if config.alerta:
        from geowatch.alerts.alerta import Alerta

        yield Alerta(config.alerta, config.timeout)
    if config.email:
        from geowatch.alerts.mail import Mail

        yield Mail(config.email, config.timeout)


def recipients(config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that the configuration names."""
    if config.alerta:
        yield "alerta", ""
    if config.email:
        yield from (("mail", recipient) for recipient in config.email.to)


def due(alert: Alert, config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that `alert` goes to."""
    for channel, recipient in recipients(config):
        if channel != "mail" or alert["mail"]:
            yield channel, recipient
    if config.email and alert["mail"]:
        may = config.email.more
        own = (each for each in own_recipients(alert) if each not in config.email.to)
        yield from (("mail", recipient) for recipient in own if recipient in may)


def strangers(alert: Alert, config: Config) -> list[str]:
    """Return whom `alert` names and the configuration does not: they get nothing."""
    if not config.email:
        return []
    known = {*config.email.to, *config.email.more}
    return [each for each in own_recipients(alert) if each not in known]
