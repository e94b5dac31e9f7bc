# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role refuses what cannot work, by the name of the variable and with the fix.

All cases run in one play: each is a host.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from preflight import preflight

ROLE = Path(__file__).parents[3] / "roles" / "alerts"
DEFAULT = {"alerts_origin": "geowatch/log1.example.org", "alerts_try": False}
EMAIL = {"to": ["ops@example.org"], "from": "geowatch@example.org", "server": "mail.example.org"}
LOGIN = {"username": "geowatch", "password": "s3cret"}


def email(**changes: object) -> dict[str, object]:
    return {"alerts_email": {**EMAIL, **changes}}


ALERTA = {"type": "alerta", "url": "https://alerta.example.org/api", "key": "s3cr"}
KNOWN = {"OpenVPN": ["UnexpectedCountry", "LogLost"], "SSH": ["FailedLogins"]}


def channels(*items: object) -> dict[str, object]:
    return {"alerts_channels": list(items)}


def known(**conditions: object) -> dict[str, object]:
    """Return one channel with conditions, where somebody says which events there are."""
    item = {"name": "pager", **ALERTA, **conditions}
    return channels(item) | {"__alerts_known_events": KNOWN}


GOOD: dict[str, dict[str, object]] = {
    "nothing is set": {},
    "alerta": {"alerts_alerta_url": "https://alerta.example.org/api", "alerts_alerta_key": "s3cr"},
    "alerta without a key": {"alerts_alerta_url": "http://localhost:8080"},
    "alerta at an address": {"alerts_alerta_url": "http://[2001:db8::1]:8080/api"},
    "a dead man's switch": {"alerts_dead_man_url": "https://hc.example.org/p/s3cr?x=1&y="},
    "mail": email(),
    "mail with a name": email(**{"from": "geowatch on log1 <geowatch@example.org>"}),
    "mail to an address": email(server="2001:db8::25", port=2525),
    "mail with a plus": email(to=["ops+vpn@example.org", "o'neil@example.org"]),
    "mail with a login": email(**LOGIN),
    "mail with a login and TLS": email(**LOGIN, starttls=False, implicit_tls=True),
    "mail without TLS": email(starttls=False),
    "mail with TLS from the start": email(implicit_tls=True, port="465"),
    "mail with text for no": email(implicit_tls="false", starttls="no"),
    "channels": channels(
        {"name": "pager", **ALERTA, "min_severity": "major", "users": ["anna", "*@example.org"]},
        {"name": "boss", "type": "email", **EMAIL, "events": "UnexpectedCountry"},
    ),
    "apprise": channels({"name": "team", "type": "apprise", "url": "ntfys://s3cr@ntfy.org/vpn"}),
    "alertmanager and json": channels(
        {"name": "prom", "type": "alertmanager", "url": "http://localhost:9093/am"},
        {"name": "siem", "type": "json", "url": "https://siem/in", "authorization": "Bearer s3cr"},
        {"name": "shipped", "type": "json", "sources": ["*"]},
    ),
    "all kinds of conditions": known(
        events=["UnexpectedCountry", "SSHFailedLogins", "Geowatch*", "*lost"],
        servers=["vpn?.example.org"],
        template="{severity}: {user} from {country_name}",
    ),
    "an event of a source": known(sources=["ssh"], events=["SSHFailedLogins"]),
}

BAD: dict[str, tuple[dict[str, object], list[str]]] = {
    "url without scheme": (
        {"alerts_alerta_url": "alerta.example.org"},
        ['alerts_alerta_url is "alerta.example.org"', "https://"],
    ),
    "a dead man's switch without an address": (
        {"alerts_dead_man_url": "s3cret-token"},
        ["alerts_dead_man_url (its value is not shown)", "https://"],
    ),
    "a dead man's switch from an example": (
        {"alerts_dead_man_url": "https://hc.example.org/<s3cret>"},
        ["alerts_dead_man_url (its value is not shown)"],
    ),
    "a channel with the name of the dead man's switch": (
        {
            "alerts_dead_man_url": "https://hc.example.org/s3cret",
            **channels({"name": "dead-man", **ALERTA}),
        },
        ["name is 'dead-man'", "alerts_dead_man_url make the channels"],
    ),
    "url of another scheme": ({"alerts_alerta_url": "ftp://x"}, ['alerts_alerta_url is "ftp://x"']),
    "url with a login": (
        {"alerts_alerta_url": "https://geowatch:s3cret@alerta.example.org"},
        ["alerts_alerta_url", "alerts_alerta_key"],
    ),
    "key is a placeholder": ({"alerts_alerta_key": "CHANGE_ME"}, ["alerts_alerta_key", "write:"]),
    "key with a line end": ({"alerts_alerta_key": "s3cret\n"}, ["alerts_alerta_key", "line ends"]),
    "no environment": ({"alerts_alerta_environment": ""}, ["alerts_alerta_environment", '""']),
    "origin of two lines": ({"alerts_origin": "a\nb"}, ["alerts_origin", '"a\\nb"']),
    "no time": ({"alerts_timeout": 0}, ["alerts_timeout is 0"]),
    "no days": ({"alerts_keep_days": -1}, ["alerts_keep_days is -1"]),
    "no recipient": (email(to=[]), ["alerts_email.to", "security@example.org"]),
    "recipient without host": (email(to=["ops"]), ['alerts_email.to has "ops"']),
    "recipient with a header": (email(to=["a@example.org\nBcc: b@c"]), ["alerts_email.to"]),
    "two in one": (email(to=["a@example.org, b@example.org"]), ["alerts_email.to"]),
    "sender": (email(**{"from": "geowatch"}), ['alerts_email.from is "geowatch"']),
    "sender with a header": (email(**{"from": "a\nBcc: <b@c.org>"}), ["alerts_email.from"]),
    "server with a port": (email(server="mail:25"), ['alerts_email.server is "mail:25"', ".port"]),
    "port": (email(port=65536), ["alerts_email.port is 65536"]),
    "port 0": (email(port=0), ["alerts_email.port is 0"]),
    "both kinds of TLS": (email(starttls=True, implicit_tls=True), ["alerts_email.implicit_tls"]),
    "STARTTLS on 465": (email(port=465), ["alerts_email.port is 465", "implicit_tls to true"]),
    "TLS at once on 587": (
        email(port="587", implicit_tls=True),
        ["alerts_email.port is 587", "implicit_tls out"],
    ),
    "no mail at all": ({"alerts_messages_per_hour": 0}, ["alerts_messages_per_hour is 0"]),
    "password alone": (email(password="s3cret"), ["alerts_email.username"]),
    "username alone": (email(username="geowatch"), ["alerts_email.password"]),
    "password not ASCII": (email(username="x", password="s3crét"), ["alerts_email.password"]),
    "password is a placeholder": (email(username="x", password="<password>"), ["placeholder"]),
    "an old name": ({"alerts_mails_per_hour": 3}, ["is now alerts_messages_per_hour"]),
    "no list of channels": ({"alerts_channels": "pager"}, ["alerts_channels", "is no list"]),
    "no channel": (channels("pager"), ["alerts_channels, item 1", "is no dictionary"]),
    "channel without a name": (channels(ALERTA), ["item 1: name is null", "small letters"]),
    "channel of a bad name": (channels({"name": "../x", **ALERTA}), ["name is '../x'"]),
    "two of a name": (
        channels({"name": "a", **ALERTA}, {"name": "a", **ALERTA}),
        ["item 2: name is 'a', as another channel's"],
    ),
    "the name of a short form": (
        {**email(), **channels({"name": "mail", **ALERTA})},
        ["name is 'mail'", "alerts_dead_man_url make the channels alerta, mail and dead-man"],
    ),
    "channel of no type": (
        channels({"name": "a", "type": "alrta"}),
        ["the type of the channel 'a' is 'alrta'. Did you mean alerta?"],
    ),
    "key that is none": (
        channels({"name": "a", **ALERTA, "event": ["x"]}),
        ["the channel 'a': 'event' is not a key. Did you mean events?"],
    ),
    "channel without url": (channels({"name": "a", "type": "alerta"}), ["'a': has no url"]),
    "channel with a login in its url": (
        channels({"name": "a", **ALERTA, "url": "https://me:s3cret@alerta.example.org"}),
        ['url is "https://***@alerta.example.org"', "goes into key"],
    ),
    "mail of a channel": (
        channels({"name": "a", "type": "email", **EMAIL, "port": 0}),
        ["item 1: the channel 'a': port is 0"],
    ),
    "alertmanager without url": (
        channels({"name": "a", "type": "alertmanager"}),
        ["'a': has no url"],
    ),
    "alertmanager with a login in its url": (
        channels({"name": "a", "type": "alertmanager", "url": "http://me:s3cret@localhost:9093"}),
        ['"http://***@localhost:9093"', "goes into authorization"],
    ),
    "a header of two lines": (
        channels({"name": "a", "type": "json", "url": "http://x", "authorization": "s3cret\nX: y"}),
        ["authorization (its value is not shown) has line ends"],
    ),
    "who is let in nowhere": (
        channels({"name": "a", "type": "json", "authorization": "s3cret"}),
        ["has authorization, but no url"],
    ),
    "no address of a service": (
        channels({"name": "a", "type": "apprise", "url": "ntfy.example.org/s3cret"}),
        ["url (its value is not shown) is no address as Apprise has them", "ntfy://"],
    ),
    "a service with a blank": (
        channels({"name": "a", "type": "apprise", "url": "ntfy://x/s3cr et"}),
        ["url (its value is not shown)"],
    ),
    "words for programs": (
        channels({"name": "a", "type": "json", "template": "{user}"}),
        ["'template' is not a key"],
    ),
    "no severity": (known(min_severity="warn"), ["min_severity is 'warn'. Did you mean warning?"]),
    "nothing wanted": (known(events=[]), ["events: [] matches nothing", "remove the key"]),
    "nobody wanted": (known(users=[""]), ["users: '' matches no name"]),
    "no event": (
        known(events=["UnexpectedContry"]),
        ["'UnexpectedContry' is no event", "Did you mean UnexpectedCountry?", "docs/alerts.md"],
    ),
    "an event of another source": (
        known(sources=["SSH"], events=["LogLost"]),
        ["events: 'LogLost' is no event of SSH, so this would never match"],
    ),
    "no source": (known(sources=["sshd"]), ["'sshd' is no source. Did you mean SSH?"]),
    "no word": (
        known(template="{usr} came"),
        ["template: {usr} is nothing that an alert has. Did you mean user?"],
    ),
    "password in clear": (email(**LOGIN, starttls=False), ["alerts_email.starttls", "unencrypted"]),
}


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run every case; return the failed results by case, and the whole output."""
    directory = tmp_path_factory.mktemp("preflight")
    cases = GOOD | {name: variables for name, (variables, _complaint) in BAD.items()}
    hosts = {name.replace(" ", "_"): DEFAULT | variables for name, variables in cases.items()}
    return preflight(ROLE, hosts, directory)


@pytest.mark.parametrize("case", GOOD)
def test_what_can_work_is_taken(play: dict[str, Any], case: str) -> None:
    assert case.replace(" ", "_") not in play["failed"]


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_work_is_refused_with_the_fix(play: dict[str, Any], case: str) -> None:
    message = play["failed"][case.replace(" ", "_")]
    for words in BAD[case][1]:
        assert words in message


def test_no_secret_is_shown(play: dict[str, Any]) -> None:
    assert "s3cr" not in play["output"]
