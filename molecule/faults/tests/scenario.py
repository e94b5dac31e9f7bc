# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: counted logins, and what became of each one."""

from __future__ import annotations

import json
import os
import random
import subprocess
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import requests
import testinfra
from eventually import eventually

DIRECTORY = Path(__file__).parents[1]
ALERT_SERVER, LOG_SERVER = HOSTS = ["faulty-alert-server", "faulty-log-server"]
UNITS = ["geowatch-sec", "geowatch-geoip", "geowatch-alerts"]

alert_server, log_server = (testinfra.get_host(f"podman://{name}") for name in HOSTS)

SEED = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
"""Of all that is random. Set FAULTS_SEED to have the same moments again."""

RUN = uuid.uuid4().hex[:4]
"""Part of all names, so that each run has its own."""

RECIPIENTS = ["gone@example.org", "security@example.org"]


@dataclass
class Logins:
    """Users NAME-0, NAME-1 and so on who log in, and what had become of them at the last look."""

    title: str
    name: str
    each: int = 1
    """How often each of them logs in, from one place: Alerta counts, and there is one mail."""
    refused: set[str] = field(default_factory=set)
    """Recipients that get nothing; Alerta is ""."""
    held: bool = False
    """Whether they came late, and what would have rung rings once, as a backlog."""
    torn: bool = False
    """Whether rsyslog lost lines or parts of them, so that some who are logged have no verdict."""
    logged: list[str] = field(default_factory=list)
    located: dict[str, list[str]] = field(default_factory=dict)
    alerts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    in_alerta: list[dict[str, Any]] = field(default_factory=list)
    mails: list[tuple[str, str, str]] = field(default_factory=list)  # Message-ID, recipient, user

    def look(self) -> None:
        """Ask everybody."""
        seen = json.loads(log_server.check_output("trace.py %s", self.name))
        self.logged, self.located, self.alerts = seen["logged"], seen["located"], seen["alerts"]
        if set(self.logged) - self.alerts.keys():
            return  # the others cannot have more
        try:
            self.in_alerta = ask_alerta(f"{self.name}-")
        except requests.RequestException:  # it has just been started
            self.in_alerta = []
        self.mails = mails_about(self.name)

    def _mails_due(self) -> set[tuple[str, str]]:
        return {
            (user, recipient)
            for user, alerts in self.alerts.items()
            for alert in alerts
            if alert["event"] == "OpenVPNUnexpectedCountry" and not self.held
            for recipient in RECIPIENTS
            if recipient not in self.refused
        }

    def missing(self) -> dict[str, list[str]]:
        """Return who is missing where."""
        logged = set(self.logged)
        due_in_alerta = logged if "" not in self.refused else set()
        in_alerta: Counter[str] = Counter()
        for alert in self.in_alerta:
            in_alerta[alert["attributes"]["user"]] += 1 + alert["duplicateCount"]
        mailed = {(user, recipient) for _message, recipient, user in self.mails}
        if self.torn:
            return {}
        missing = {
            "located": {
                each for each in logged if len(set(self.located.get(each, []))) < self.each
            },
            "alerts": {each for each in logged if len(self.alerts.get(each, [])) < self.each},
            "alerta": {each for each in due_in_alerta if in_alerta[each] < self.each},
            "mail": {f"{user} to {to}" for user, to in self._mails_due() - mailed},
            # It may have arrived, but we do not know it yet, and will send it again.
            "told": {
                user
                for user, alerts in self.alerts.items()
                for alert in alerts
                if any(
                    state == "waiting" and recipient not in self.refused
                    for recipient, state in alert["states"]
                )
            },
        }
        return {where: sorted(who) for where, who in missing.items() if who}

    def more_than_one(self) -> dict[str, list[str]]:
        """Return who has too many verdicts, alerts or mails; the same one again does not count."""
        alerta = Counter(alert["attributes"]["user"] for alert in self.in_alerta)
        mails = Counter((user, to) for _message, to, user in set(self.mails))
        more = {
            "located": [
                f"{user}: {ids}" for user, ids in self.located.items() if len(set(ids)) > self.each
            ],
            "alerts": [
                f"{user}: {alerts}"
                for user, alerts in self.alerts.items()
                if len(alerts) > self.each
            ],
            "alerta": [user for user, count in alerta.items() if count > 1],
            "mail": [f"{user} to {to}" for (user, to), count in mails.items() if count > 1],
        }
        return {where: sorted(who) for where, who in more.items() if who}

    def arrive(self) -> None:
        """Wait until each login has its verdict, and each alert is where it belongs."""

        def arrived() -> bool:
            self.look()
            return not self.missing()

        eventually(arrived)
        assert not self.missing()
        assert not self.more_than_one()

    def summary(self) -> tuple[str | int, ...]:
        """Return a row of the report."""
        again = sum(len(ids) - len(set(ids)) for ids in self.located.values())
        return (
            self.title,
            len(self.logged),
            len(self.located),
            again,
            len(self.in_alerta),
            sum(alert["duplicateCount"] for alert in self.in_alerta),
            len(set(self.mails)),
            len(self.mails) - len(set(self.mails)),
        )


HEAD = ("fault", "logins", "verdicts", "twice", "in Alerta", "again", "mails", "again")
everybody: list[Logins] = []
"""All logins of this run, for the report and for a last look."""

remarks: list[str] = []
"""What else the report says."""


@contextmanager
def logging_in(
    title: str, count: int, *flags: str, name: str = "u", **options: str | float
) -> Iterator[Logins]:
    """Let so many users log in while the block runs. Flags and options are those of log_in.py."""
    logins = Logins(title, f"{name}{RUN}{len(everybody)}", 2 if "--twice" in flags else 1)
    everybody.append(logins)
    options_given = [f"--{option}={value}" for option, value in options.items()]
    command = [
        "podman",
        "exec",
        LOG_SERVER,
        "log_in.py",
        logins.name,
        str(count),
        *flags,
        *options_given,
    ]
    process = subprocess.Popen(command)
    try:
        yield logins
    finally:
        process.wait()  # whether it ends well is told by who is logged


def log_in(title: str, count: int, *flags: str, name: str = "u", **options: str | float) -> Logins:
    """Let so many users log in, and return when all is logged."""
    with logging_in(title, count, *flags, name=name, **options) as logins:
        pass
    return logins


@contextmanager
def misbehaving(channel: str, how: str) -> Iterator[None]:
    """Let the front before Alerta or the mail server misbehave for the time of the block."""
    alert_server.check_output("echo %s >/run/front/%s", how, channel)
    try:
        yield
    finally:
        alert_server.check_output("rm /run/front/%s", channel)


@dataclass(frozen=True)
class Asked:
    """One request to the front."""

    at: float
    channel: str
    misbehaviour: str
    at_once: int


def asked(channel: str) -> list[Asked]:
    """Return all requests to one channel so far."""
    lines = alert_server.check_output("cat /run/front/asked.tsv").splitlines()
    fields = [line.split("\t") for line in lines]
    every = [Asked(float(at), what, how, int(many)) for at, what, how, many in fields]
    return [each for each in every if each.channel == channel]


@cache
def _alerta_key() -> str:
    return (DIRECTORY / "../../.cache/secrets/alerta_key").read_text().strip()


def ask_alerta(resource: str) -> list[dict[str, Any]]:
    """Return what Alerta's API has about the resources that are called like this."""
    where = "{{ .NetworkSettings.Networks.geowatch.IPAddress }}"
    command = ["podman", "inspect", "--format", where, ALERT_SERVER]
    address = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    answer = requests.get(
        f"http://{address}:8080/alerts",
        params=f"page-size=10000&resource=~{resource}",
        headers={"Authorization": f"Key {_alerta_key()}"},
        timeout=30,
    )
    answer.raise_for_status()
    alerts: list[dict[str, Any]] = answer.json()["alerts"]
    return alerts


MAILS = """
import email, email.policy, json, subprocess, sys
command = ["grep", "-rl", f"{sys.argv[1]}-", "/home/mailbox/mails/new"]  # a Subject may be folded
mails = []
for path in subprocess.run(command, capture_output=True, text=True).stdout.splitlines():
    with open(path, "rb") as file:
        mail = email.message_from_binary_file(file, policy=email.policy.default)
    about = mail["Subject"].split(": ")[-1].partition(",")[0]
    mails.append((mail["Message-ID"], mail["To"], about))
print(json.dumps(mails))
"""


def mails_about(name: str) -> list[tuple[str, str, str]]:
    """Return Message-ID, recipient and user of the mails that arrived about the users called so."""
    mails = json.loads(alert_server.check_output("python3 -c %s %s", MAILS, name))
    return [(message, to, user) for message, to, user in mails]


def mailed(event: str) -> str:
    """Return the mails about this event that arrived, as they are."""
    found = alert_server.run("grep --recursive --files-with-matches %s /home/mailbox", event).stdout
    return "".join(alert_server.check_output("cat %s", path) for path in found.splitlines())


def in_journal(unit: str, text: str, since: str) -> bool:
    """Return whether the unit's journal says it since that moment, see moment()."""
    command = "journalctl --unit=%s --since=@%s --grep=%s --quiet"
    return bool(log_server.run(command, unit, since, text).stdout.strip())


def moment() -> str:
    """Return the present moment of the log server."""
    return str(log_server.check_output("date +%s"))


def _runs(unit: str) -> bool:
    return bool(log_server.service(unit).is_running)


def assert_all_run() -> None:
    """All units run, or come back by themselves."""
    for unit in [*UNITS, "rsyslog"]:
        assert eventually(partial(_runs, unit)), unit
