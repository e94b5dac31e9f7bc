# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways out: which channels there are, who is reached by them, and which alert goes where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geowatch.alerts.alert import CLOSE, NOTE, Alert, is_for_its_user, own_recipients, shown
from geowatch.alerts.channel import Channel
from geowatch.alerts.config import ChannelConfig, Config
from geowatch.alerts.settings import (
    AlertaConfig,
    AlertmanagerConfig,
    AppriseConfig,
    BadConfiguration,
    DeadManConfig,
    EmailConfig,
    JsonConfig,
)


def channels(config: Config) -> Iterator[tuple[ChannelConfig, Channel]]:
    """Yield a new channel for each that is configured."""
    for each in config.channels:
        try:
            yield each, opened(each, config.outbox.parent, config.timeout)
        except BadConfiguration as error:
            raise BadConfiguration(f"channels, {each.name}: {error}") from None


def opened(config: ChannelConfig, directory: Path, timeout: float) -> Channel:
    """Return a new channel. Files of its own are in `directory`."""
    # Imported where it is used: the libraries of some take 15 MB.
    match config.settings:
        case AlertaConfig():
            from geowatch.alerts.alerta import Alerta

            return Alerta(config.settings, timeout)
        case AlertmanagerConfig():
            from geowatch.alerts.alertmanager import Alertmanager

            return Alertmanager(config.settings, timeout)
        case AppriseConfig():
            from geowatch.alerts.chat import Chat

            return Chat(config.settings, timeout, brief=bool(config.template))
        case DeadManConfig():
            from geowatch.alerts.dead_man import DeadMan

            return DeadMan(config.settings, timeout)
        case JsonConfig():
            from geowatch.alerts.siem import File, Post

            if config.settings.url:
                return Post(config.settings, timeout)
            return File(directory / f"{config.name}.jsonl")
        case EmailConfig():
            from geowatch.alerts.mail import Mail

            return Mail(config.settings, timeout)
    raise NotImplementedError(type(config.settings).__name__)


def recipients(config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that the configuration names."""
    for each in config.channels:
        yield from ((each.name, recipient) for recipient in each.recipients())


def due(alert: Alert, config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that `alert` goes to."""
    for each in config.channels:
        if each.takes(alert):
            yield from ((each.name, recipient) for recipient in each.recipients())
    if alert["mail"] and alert["severity"] not in (NOTE, CLOSE):
        for each, mail in config.of_type(EmailConfig):
            named = [to for to in own_recipients(alert) if to in mail.more]
            if (person := to_ask(alert, mail)) and person not in named:
                named.append(person)
            # Who gets it already gets it once.
            others = (to for to in named if not (to in mail.to and each.takes(alert)))
            yield from ((each.name, recipient) for recipient in others)


def to_ask(alert: Alert, mail: EmailConfig) -> str:
    """Return the address of who logged in, if the alert is for them, too."""
    return mail.address_of(alert["attributes"].get("user", "")) if is_for_its_user(alert) else ""


def strangers(alert: Alert, config: Config) -> list[str]:
    """Return whom `alert` names and the configuration does not: they get nothing."""
    mails = [mail for _each, mail in config.of_type(EmailConfig)]
    if not mails:
        return []
    known = {to for mail in mails for to in (*mail.to, *mail.more)}
    unknown = [each for each in own_recipients(alert) if each not in known]
    if is_for_its_user(alert) and not any(to_ask(alert, mail) for mail in mails):
        unknown.append(f"the user {shown(alert['attributes'].get('user', ''))!r}")
    return unknown
