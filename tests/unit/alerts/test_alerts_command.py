# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program itself: as a service that is killed, and as a command for people."""

from __future__ import annotations

import itertools
import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from email import message_from_bytes
from pathlib import Path

import pytest
from alert_lines import line
from alerts_host import BOSS, OPS, PROGRAM, Host
from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from geowatch.alerts.outbox import Outbox
from waiting import DEADLINE, wait_for

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


def test_who_logged_in_is_asked_and_told_no_more_than_that(
    host: Host, mail_server: FakeMail
) -> None:
    people = {"anna": "anna.k@example.org", "ops": OPS, "*": "{user}@example.org"}
    host.use_mail(mail_server, people=people, person_advice="Tell us.")
    of = {
        1: b"Anna",
        2: b"bob.b",
        3: b"x@example.net>,eve",
        4: b"",
        5: b"ops",  # gets it already
    }
    for number, user in of.items():
        known = (b"user=" + user, b"policy=secret", b"mail_to=user", b"advice=for who watches")
        alert = line(number, resource=b"%d" % number, attributes=known)
        host.write(alert.replace(b"UnexpectedCountry", b"Event%d" % number))
    host.start()
    wait_for(lambda: host.states() == ["delivered"] * 12, "two mails each, and two more")
    to = {mail.recipients[0]: mail.content for mail in mail_server.mails}
    assert to.keys() == {OPS, BOSS, "anna.k@example.org", "bob.b@example.org"}
    asked = to["bob.b@example.org"]
    assert b"Was it you?" in asked and b"Tell us." in asked
    assert b"secret" not in asked and b"who watches" not in asked and b"log line" not in asked
    logged = host.logged()
    assert "is not for the user 'x@example.net>,eve': they are not configured" in logged
    assert "is not for the user ''" in logged


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


def test_channels_says_what_each_channel_does(host: Host, alerta: FakeAlerta) -> None:
    alerta.answer = lambda body: 503 if body["resource"] == "late" else 201
    host.use_alerta(alerta)
    host.use("siem", "json", url="", key="", ca_file="", users=["nobody"])
    host.start()
    host.write(line(1))
    wait_for(lambda: host.states() == ["delivered"], "the first one")
    host.write(line(2, resource=b"late"))
    wait_for(lambda: "HTTP 503" in host.logged(), "the second one")
    wait_for(lambda: "last error" in host.channels().stdout, "its end")
    said = host.channels("list").stdout
    assert re.search(r"^alerta: last delivery .*, 1 wait since .*, 0 put aside$", said, re.M)
    assert re.search(r"^    last error .*: HTTP 503 said so$", said, re.M)
    assert "\nsiem: last delivery never, 0 wait, 0 put aside\n" in said
    alerta.answer = lambda _: 201
    wait_for(lambda: host.states() == ["delivered"] * 2, "both")
    assert "0 wait, 0 put aside\n    last error" in host.channels().stdout


def test_channels_test_says_what_came_back(
    host: Host, alerta: FakeAlerta, mail_server: FakeMail
) -> None:
    host.use_alerta(alerta)
    host.use_mail(mail_server)
    host.use("siem", "json", url="", key="", ca_file="")
    host.use("chat", "apprise", url=f"json://127.0.0.1:{alerta.url.split(':')[2]}")
    tested = host.channels("test", "alerta")
    assert (tested.stdout, tested.returncode) == ("alerta: delivered\n", 0)
    assert alerta.posts[0]["event"] == "GeowatchTest"
    assert alerta.posts[0]["severity"] == "informational"
    mail_server.rcpt[BOSS] = "550 5.1.1 no such user"
    tested = host.channels("test", "mail")
    said = f"mail {OPS}: delivered\nmail {BOSS}: refused: SMTP 550 5.1.1 no such user\n"
    assert (tested.stdout, tested.returncode) == (said, 1)
    assert host.channels("test", "siem").stdout == "siem: delivered\n"
    assert "This is a test of the channel siem" in (host.directory / "siem.jsonl").read_text()
    assert host.channels("test", "chat").stdout == "chat: delivered\n"
    assert "This is a test of the channel chat" in alerta.posts[-1]["message"]
    alerta.answer = lambda _: 401
    tested = host.channels("test", "alerta")
    assert (tested.stdout, tested.returncode) == ("alerta: down: HTTP 401 said so\n", 1)
    tested = host.channels("test", "pager")
    assert "no channel 'pager'. There are: alerta, mail, siem, chat" in tested.stderr


@pytest.mark.parametrize("answer", ["hang", "drip"])
@pytest.mark.parametrize("kind", ["alerta", "chat"])
def test_channels_test_waits_for_nobody_who_hangs(
    host: Host, alerta: FakeAlerta, kind: str, answer: str
) -> None:
    host.config["timeout"] = DEADLINE
    host.use_alerta(alerta)
    host.use("chat", "apprise", url=f"json://127.0.0.1:{alerta.url.split(':')[2]}?rto=60")
    alerta.answer = lambda _: answer
    tested = host.channels("test", kind)  # it would be killed after a while
    assert tested.returncode == 1
    assert tested.stdout.startswith(f"{kind}: ")


def test_the_service_says_which_configuration_it_loaded(host: Host) -> None:
    host._environment["GEOWATCH_DIGEST"] = "d1gest"
    host.start()
    in_force = Path(host.config["outbox"]).with_name("in_force")
    wait_for(in_force.exists, "the digest")
    assert in_force.read_text() == "d1gest\n"


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
