# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program itself: as a service that is killed, and as a command for people."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from alert_lines import line
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from geowatch.alerts.outbox import Outbox
from waiting import DEADLINE, wait_for

ROLES = Path(__file__).parents[3] / "roles"
PROGRAM = ROLES / "alerts" / "files" / "send_alerts.py"
OPS, BOSS = "ops@example.org", "boss@example.org"


class Host:
    """A log server in a directory: queue file, configuration, outbox and the service."""

    def __init__(self, directory: Path) -> None:
        self.queue_file = directory / "alerts"
        self.journal = directory / "journal"
        self._config_file = directory / "send_alerts.json"
        self._environment = {**os.environ, "PYTHONPATH": str(ROLES / "runtime" / "files")}
        self._service: subprocess.Popen[bytes] | None = None
        self.config: dict[str, Any] = {
            "queue_file": str(self.queue_file),
            "outbox": str(directory / "outbox.sqlite"),
            "environment": "Production",
            "origin": "geowatch/log1",
            "timeout": 5,
            "keep_days": 30,
            "outbox_megabytes": 500,
            "watched_directories": [],
            "channels": [],
        }
        self.store_config()

    def store_config(self) -> None:
        self._config_file.write_text(json.dumps(self.config))

    def use(self, name: str, type_: str, **settings: object) -> dict[str, Any]:
        """Have this channel, too. Returns what the configuration says of it."""
        channel: dict[str, Any] = {"name": name, "type": type_, **settings}
        self.config["channels"].append(channel)
        self.store_config()
        return channel

    def use_alerta(self, alerta: FakeAlerta) -> None:
        self.use("alerta", "alerta", url=alerta.url, key="s3cret-key", ca_file="")

    def use_mail(self, server: FakeMail, **changes: object) -> None:
        settings = {
            "to": [OPS, BOSS],
            "sender": "geowatch@example.org",
            "server": "localhost",
            "port": server.port,
            "tls": "starttls",
            "username": "geowatch",
            "password": "open sesame",
            "ca_file": str(server.certificate),
        }
        self.use("mail", "email", **(settings | changes))

    def write(self, *lines: bytes) -> None:
        with self.queue_file.open("ab") as queue_file:
            queue_file.write(b"".join(line + b"\n" for line in lines))

    def start(self) -> None:
        with self.journal.open("ab") as journal:
            self._service = subprocess.Popen(
                [sys.executable, str(PROGRAM), "run", "--config", str(self._config_file)],
                stdout=journal,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )

    def end(self, how: signal.Signals) -> int:
        assert self._service is not None
        self._service.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        assert self._service is not None
        return self._service.wait(DEADLINE)

    def kill(self) -> None:
        if self._service is not None and self._service.poll() is None:
            self.end(signal.SIGKILL)

    def call(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the commands for people."""
        return subprocess.run(
            [sys.executable, str(PROGRAM), command, "--config", str(self._config_file), *arguments],
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=DEADLINE,
            check=False,
        )

    def listed(self, *arguments: str) -> list[dict[str, Any]]:
        listed = self.call("list", "--format", "json", *arguments).stdout
        return [json.loads(text) for text in listed.splitlines()]

    def states(self) -> list[str]:
        return [each["state"] for item in self.listed() for each in item["deliveries"]]

    def logged(self) -> str:
        return self.journal.read_text()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.kill()


# The service


def test_an_alert_reaches_alerta_and_every_recipient(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.start()
    host.write(line(1), line(2, mail=b"no_mail"))
    wait_for(lambda: host.states() == ["delivered"] * 4, "two alerts, four deliveries")
    assert len(alerta.posts) == 2
    assert sorted(mail.recipients for mail in mail_server.mails) == [[BOSS], [OPS]]
    assert "<2>critical OpenVPNUnexpectedCountry bob@vpn1: bob logged in" in host.logged()
    assert host.end(signal.SIGTERM) == 0


def test_a_note_follows_its_alert_to_alerta_alone(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.write(line(1), line(2, severity=b"note", mail=b"no_mail", text=b"The session ended"))
    host.start()
    wait_for(lambda: host.states() == ["delivered"] * 4, "an alert, two mails and a note")
    assert alerta.headers[1]["method"] == "PUT"
    assert alerta.posts[1] == {"note": "The session ended"}
    assert len(mail_server.mails) == 2


def test_an_alert_of_its_own_recipients_reaches_them_after_a_restart_too(
    host: Host, mail_server: FakeMail
) -> None:
    host.use_mail(mail_server, more=["own@example.org", "other@example.org"])
    own = (b"mail_to=own@example.org,no address,eve@example.net,own@example.org," + OPS.encode(),)
    mail_server.stop()
    host.write(line(1, attributes=own), line(2, mail=b"no_mail", attributes=own))
    host.start()
    wait_for(lambda: host.states() == ["waiting"] * 3, "three deliveries")
    host.kill()
    mail_server.start()
    host.start()
    wait_for(lambda: host.states() == ["delivered"] * 3, "three deliveries")
    assert "is not for eve@example.net: they are not configured" in host.logged()
    wanted = sorted([[BOSS], [OPS], ["own@example.org"]])
    assert sorted(mail.recipients for mail in mail_server.mails) == wanted


def test_without_a_channel_alerts_are_recorded_and_logged(host: Host) -> None:
    host.write(line(severity=b"informational"))
    host.start()
    wait_for(host.listed, "an alert in the outbox")
    assert host.listed()[0]["deliveries"] == []
    assert "<6>informational OpenVPNUnexpectedCountry bob@vpn1: bob" in host.logged()
    assert " recorded" in host.call("list").stdout


def test_a_kill_between_intake_and_delivery_loses_nothing(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda _: "hang"
    host.use_alerta(alerta)
    host.write(line(1), line(2))
    host.start()
    wait_for(lambda: alerta.posts, "the first post")
    host.end(signal.SIGKILL)
    assert host.states() == ["waiting", "waiting"]
    host.queue_file.unlink()  # only the outbox knows the alerts now
    alerta.answer = lambda _: 201
    alerta.release.set()
    host.start()
    wait_for(lambda: host.states() == ["delivered"] * 2, "both delivered")
    assert alerta.ids() == [f"{number:032x}" for number in (1, 1, 2)]


def test_many_kills_under_load_lose_nothing_and_keep_the_order(
    host: Host, alerta: FakeAlerta
) -> None:
    number = itertools.count(1)
    alerta.answer = lambda _: 503 if len(alerta.posts) % 40 == 0 else 201
    host.use_alerta(alerta)
    for round_ in range(1, 7):
        host.start()
        host.write(*(line(next(number), resource=b"user%d" % (n % 5)) for n in range(40)))
        goal = 20 * round_
        wait_for(lambda: len(set(alerta.ids())) > goal, "half of the alerts")  # noqa: B023
        host.end(signal.SIGKILL)
    host.start()
    wait_for(lambda: set(host.states()) == {"delivered"}, "all of them")
    assert len(host.states()) == 240
    assert all(item["seen"] == 1 for item in host.listed())
    first = list(dict.fromkeys(alerta.ids()))
    assert Counter(first) == Counter(f"{number:032x}" for number in range(1, 241))
    accepted: dict[str, list[str]] = {}
    for position, post in enumerate(alerta.posts, 1):
        if position % 40:
            mine = accepted.setdefault(post["resource"], [])
            if post["attributes"]["geowatch_id"] not in mine:
                mine.append(post["attributes"]["geowatch_id"])
    assert all(mine == sorted(mine) for mine in accepted.values())


@pytest.mark.parametrize("trouble", [500, 503, 401, 429, "hang", b"garbage\r\n\r\n"])
def test_alerta_in_trouble_loses_nothing(host: Host, alerta: FakeAlerta, trouble: object) -> None:
    alerta.answer = lambda _: trouble
    host.config["timeout"] = 0.3
    host.use_alerta(alerta)
    host.write(line(1))
    host.start()
    wait_for(lambda: len(alerta.posts) > 1, "a second try")
    assert host.states() == ["waiting"]
    alerta.answer = lambda _: 201
    alerta.release.set()
    wait_for(lambda: host.states() == ["delivered"], "the delivery")


def test_a_hanging_alerta_does_not_hold_up_the_mail(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    alerta.answer = lambda _: "hang"
    host.config["timeout"] = DEADLINE
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.start()
    host.write(line(1))
    wait_for(lambda: len(mail_server.mails) == 2, "both mails")
    assert host.states().count("waiting") == 1


def test_a_refused_alert_is_put_aside_and_can_be_retried(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda body: 422 if body["resource"] == "bad" else 201
    host.use_alerta(alerta)
    host.start()
    host.write(line(1, resource=b"bad"), line(2))
    wait_for(lambda: host.states() == ["refused", "delivered"], "one refused, one delivered")
    assert "<3>alerta: refused OpenVPNUnexpectedCountry" in host.logged()
    assert re.search(r" bad\n    refused: alerta: HTTP 422 said so\n", host.call("list").stdout)
    assert [item["resource"] for item in host.listed("--state", "refused")] == ["bad"]
    alerta.answer = lambda _: 201
    assert host.call("retry", f"{1:032x}").stdout == "deliveries that wait again: 1\n"
    wait_for(lambda: host.states() == ["delivered"] * 2, "the second try")


def test_one_refused_recipient_does_not_cost_the_other_its_mail(
    host: Host, mail_server: FakeMail
) -> None:
    mail_server.rcpt[OPS] = "550 5.1.1 no such user"
    host.use_mail(mail_server)
    host.start()
    host.write(line())
    wait_for(lambda: sorted(host.states()) == ["delivered", "refused"], "one of each")
    (item,) = host.listed("--state", "refused")
    assert item["deliveries"][0]["recipient"] == OPS


def test_an_unknown_severity_is_refused_by_alerta_alone(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.start()
    host.write(line(severity=b"information"))
    wait_for(lambda: sorted(host.states()) == ["delivered", "delivered", "refused"], "the mails")


def test_a_malformed_line_is_put_aside_and_the_next_one_delivered(
    host: Host, alerta: FakeAlerta
) -> None:
    host.use_alerta(alerta)
    host.write(b"\xff\x00\x1b[31m bad", line())
    host.start()
    wait_for(lambda: len(alerta.posts) == 1, "the good line")
    (item,) = host.listed("--state", "refused")
    assert item["line"] == "\\xff\x00\x1b[31m bad"
    assert "<3>put aside a malformed line: 1 fields" in host.logged()
    assert "\x1b" not in host.logged()
    assert "malformed line" in host.call("list").stdout


def test_the_same_line_again_is_counted(host: Host, alerta: FakeAlerta) -> None:
    host.use_alerta(alerta)
    host.start()
    host.write(line(1), line(1), line(2))
    wait_for(lambda: len(alerta.posts) == 2, "two alerts")
    assert [item["seen"] for item in host.listed()] == [2, 1]


def test_a_recipient_that_is_gone_is_put_aside_at_the_start(
    host: Host, mail_server: FakeMail
) -> None:
    mail_server.stop()
    host.use_mail(mail_server)
    host.write(line())
    host.start()
    wait_for(lambda: host.states() == ["waiting"] * 2, "two mails wait")
    host.end(signal.SIGKILL)
    host.config["channels"][0]["to"] = [OPS]
    host.store_config()
    host.start()
    wait_for(lambda: host.states() == ["refused", "waiting"], "one put aside")


def test_an_outbox_that_cannot_be_written_ends_the_service_with_a_reason(
    host: Host, alerta: FakeAlerta
) -> None:
    host.use_alerta(alerta)
    Path(host.config["outbox"]).mkdir()
    host.start()
    assert host.wait() == 1
    assert "<3>send_alerts.py: the outbox cannot be used: " in host.logged()


def test_a_channel_that_breaks_ends_the_service(host: Host, alerta: FakeAlerta) -> None:
    """Systemd starts it again; half a service would be silent."""
    alerta.answer = lambda _: "hang"
    host.use_alerta(alerta)
    host.write(line())
    host.start()
    wait_for(lambda: alerta.posts, "the first post")
    with sqlite3.connect(host.config["outbox"]) as outbox:
        outbox.execute("DROP TABLE delivery")
    alerta.release.set()
    assert host.wait() == 1
    assert "the outbox cannot be used" in host.logged()


def test_a_full_outbox_drops_the_quiet_and_old_and_says_so(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    """Alerta is away for a month."""
    alerta.answer = lambda _: 503
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.config["outbox_megabytes"] = 1
    host.store_config()
    host.write(line(0, resource=b"loud"))
    quiet = (line(n, mail=b"no_mail", resource=b"%d" % n) for n in range(1, 3000))
    host.write(*quiet)
    host.start()

    def subjects() -> list[str]:
        return [str(message_from_bytes(mail.content)["Subject"]) for mail in mail_server.mails]

    said = "[critical] The outbox is full: "
    wait_for(lambda: any(each.startswith(said) for each in subjects()), "a mail about it")
    wait_for(lambda: "the outbox is full: dropped " in host.logged(), "a line in the journal")
    wait_for(lambda: "2999" in [item["resource"] for item in host.listed()], "the last line")
    assert Path(host.config["outbox"]).stat().st_size < 2_000_000
    resources = [item["resource"] for item in host.listed()]
    assert "loud" in resources
    assert "1" not in resources


def test_a_queue_file_that_was_rotated_away_unread_is_said(host: Host, alerta: FakeAlerta) -> None:
    host.use_alerta(alerta)
    host.write(line(1))
    host.start()
    wait_for(lambda: host.states() == ["delivered"], "the first one")
    host.end(signal.SIGTERM)
    host.queue_file.rename(f"{host.queue_file}.kept")  # so that its inode is not used again
    host.write(line(2))
    host.start()
    wait_for(lambda: len(alerta.posts) == 3, "the second one, and one about the gap")
    assert {post["event"] for post in alerta.posts[1:]} == {
        "OpenVPNUnexpectedCountry",
        "GeowatchLinesLost",
    }


def test_no_secret_is_shown(host: Host, alerta: FakeAlerta, mail_server: FakeMail) -> None:
    alerta.answer = lambda _: 401
    host.use_alerta(alerta)
    host.use_mail(mail_server, password="wrong-sesame")
    host.write(line())
    host.start()
    wait_for(lambda: "HTTP 401" in host.logged() and "SMTP 535" in host.logged(), "two refusals")
    shown = host.logged() + host.call("list").stdout + host.call("list", "--format", "json").stdout
    assert "s3cret" not in shown
    assert "sesame" not in shown


# The commands


def test_check_takes_a_good_configuration_and_names_what_is_wrong(host: Host) -> None:
    assert host.call("check").returncode == 0
    host.use("pager", "alerta", url="alerta", key="s3cret-key", ca_file="")
    checked = host.call("check")
    assert checked.returncode == 1
    assert "channels, pager: url" in checked.stderr
    assert "s3cret" not in checked.stderr


def test_list_says_that_there_is_no_outbox(host: Host) -> None:
    listed = host.call("list")
    assert listed.returncode == 1
    assert "the outbox cannot be used" in listed.stderr


def test_retry_wants_to_know_what(host: Host) -> None:
    assert host.call("retry").returncode == 2


def test_list_is_for_a_terminal(host: Host) -> None:
    """The newest first, not wider than a terminal, and nothing in it that a terminal obeys."""
    host.write(line(1), line(2, resource=b"\x1b[2J\xe2\x80\xae" + b"x" * 200))
    host.start()
    wait_for(lambda: len(host.listed()) == 2, "two alerts")
    shown = host.call("list").stdout
    head, newest, _recorded, oldest, _end = shown.splitlines()
    assert ("\\x1b[2J" in newest) or ("\\u001b[2J" in newest)
    assert "bob@vpn1" in oldest
    assert max(map(len, shown.splitlines())) <= 100
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert host.call("list", "--since", "2030-01-01").stdout.splitlines() == [head]
    assert "bob@vpn1" in host.call("list", "--since", "1h").stdout
    assert "write 30m, 12h" in host.call("list", "--since", "soon").stderr


def test_a_person_gives_up_or_closes_with_a_word_why(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda body: 422 if body.get("resource") == "bad" else 201
    host.use_alerta(alerta)
    host.start()
    host.write(line(1, resource=b"bad"), line(2), line(3, severity=b"note"))
    wait_for(lambda: host.states() == ["refused", "delivered", "delivered"], "what comes of them")
    assert "--why" in host.call("drop", f"{1:032x}").stderr
    assert host.call("drop", f"{1:032x}"[:31] + "1", "--why", "a test").stdout.endswith(": 1\n")
    (dropped,) = host.listed("--state", "dropped")
    assert dropped["deliveries"][0]["error"] == "a test"
    close = ("close", "--event", "OpenVPNUnexpectedCountry", "--country", "DE", "--why", "a trip")
    assert host.call(*close).stdout == "alerts to be closed: 2\n"
    wait_for(lambda: alerta.headers[-1]["path"].endswith("/status"), "the word to Alerta")
    assert alerta.posts[-1]["status"] == "closed"
    assert alerta.posts[-1]["text"].startswith("a trip (")
    assert host.call("close", "--event", "Other", "--why", "a trip").returncode == 1


def test_status_says_what_each_channel_does(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda body: 503 if body["resource"] == "late" else 201
    host.use_alerta(alerta)
    host.start()
    host.write(line(1))
    wait_for(lambda: host.states() == ["delivered"], "the first one")
    host.write(line(2, resource=b"late"))
    wait_for(lambda: "HTTP 503" in host.logged(), "the second one")
    status = host.call("status").stdout
    assert re.search(r"^alerta: last delivery .*, 1 wait since .*, 0 put aside$", status, re.M)
    assert "    it says: HTTP 503 said so\n" in status


def test_the_service_says_which_configuration_it_loaded(host: Host) -> None:
    host._environment["GEOWATCH_DIGEST"] = "d1gest"
    host.start()
    in_force = Path(host.config["outbox"]).with_name("in_force")
    wait_for(in_force.exists, "the digest")
    assert in_force.read_text() == "d1gest"


def test_a_queue_file_that_cannot_be_read_is_said(host: Host, alerta: FakeAlerta) -> None:
    host.use_alerta(alerta)
    host.queue_file.mkdir()  # even root cannot read that
    host.start()
    wait_for(lambda: alerta.posts, "an alert about it")
    assert alerta.posts[0]["event"] == "GeowatchQueueUnreadable"
    host.queue_file.rmdir()
    host.write(line(1))
    wait_for(lambda: len(alerta.posts) == 3, "the end of it, and the alert")
    assert {post["severity"] for post in alerta.posts[1:]} == {"cleared", "critical"}


def test_retry_fails_where_it_finds_nothing_of_that_name(host: Host) -> None:
    Outbox(Path(host.config["outbox"]), create=True)
    assert host.call("retry", "no-such-id").returncode == 1
    assert host.call("retry", "--all").returncode == 0


def test_render_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    file = tmp_path / "alerts"
    file.write_bytes(line(text="Jörg\u202e".encode()) + b"\n")
    rendered = subprocess.run(
        [sys.executable, "-sSEB", str(PROGRAM), "render", str(file), "--origin", "geowatch/replay"],
        capture_output=True,
        env={"LC_ALL": "C"},
        check=True,
        timeout=DEADLINE,
    )
    (alert,) = map(json.loads, rendered.stdout.decode().splitlines())
    assert alert["environment"] == "Production"
    assert alert["origin"] == "geowatch/replay"
    assert alert["text"] == "Jörg\\u202e"
    assert rendered.stderr == b""


def test_render_names_the_malformed_line_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "alerts"
    file.write_bytes(line(1) + b"\nbad\n" + line(2) + b"\n")
    rendered = subprocess.run(
        [sys.executable, str(PROGRAM), "render", str(file)],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert rendered.returncode == 1
    assert len(rendered.stdout.splitlines()) == 2
    assert rendered.stderr == f"{file}, line 2: 1 fields, expected 10 and raw=\n"
