# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary names the first link where it was not seen, rings once, and is cleared by the next."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from geowatch.watch import canary, journey
from geowatch.watch.finding import Finding
from geowatch.watch.host import Host
from geowatch.watch.links import look

LINKS = ("syslog", "log", "correlator", "lookup", "database", "rules", "sender", "channel alerta")
FILES = {"correlator": "sec/connections", "lookup": "geoip/located", "rules": "sec/alerts"}


class Line:
    """A line in a directory, whose links pass on what they get; one may be broken."""

    def __init__(self, root: Path) -> None:
        self.host = Host(root)
        self.broken = ""
        self.stopped = threading.Event()
        self.sent: list[str] = []
        for room in ("sec", "geoip", "alerts", "watch/urgent", "database"):
            self.host.state(room).mkdir(parents=True)
        self.host.path("/etc/geowatch/watch").mkdir(parents=True)
        for path in FILES.values():
            self.host.state(path).write_text("of an earlier time\n")
        self.host.state("database", "country.mmdb").touch()
        self.host.state("geoip", "example").write_text("198.51.100.1")
        self.own = self.host.state("watch", "canary.log")
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        nonce = self.host.state("watch", "canary")
        while not self.stopped.wait(0.01):
            sent = self.own.read_text().splitlines() if self.own.exists() else []
            if len(sent) > len(self.sent):
                self.sent = sent
                assert nonce.read_text().strip() in sent[-1]
                self._pass_on(*sent[-1].split(": ")[1].split())

    def _pass_on(self, nonce: str, ip: str) -> None:
        reason = "no_database" if self.broken == "database" else "found"
        for link, path in FILES.items():
            if self.broken == link:
                return
            with self.host.state(path).open("a") as file:
                file.write(f"{nonce}\t{ip}\tFI\t{reason}\n")
        if self.broken != "sender":
            why = "HTTP 401" if self.broken == "channel alerta" else ""
            told = {"id": nonce, "channels": {"alerta": why, "shipped": ""}}
            new = self.host.state("alerts", "new")
            new.write_text(json.dumps(told))
            new.rename(self.host.state("alerts", "canary.json"))

    def fly(self, patience: float = 30) -> int:
        return canary.main([f"--patience={patience}"], self.host)

    def said(self) -> list[list[str]]:
        """Return event, severity, mail and resource of what was said."""
        path = self.host.state("watch", "alerts")
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split("\t")[2:5] for line in lines]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.stopped.set()


CLEARED = ["GeowatchCanary", "cleared", "no_mail"]
LOST = ["GeowatchCanaryLost", "critical", "mail"]
FOUND = ["GeowatchCanaryLost", "cleared", "mail"]


def test_one_that_arrives_says_when_it_was_where(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    assert line.fly() == 0
    assert line.sent[0].endswith(" 198.51.100.1")
    said = capsys.readouterr().out.splitlines()
    assert [each[:20].strip() for each in said[:-1]] == [*LINKS, "channel shipped"]
    assert said[-1] == "The canary arrived everywhere"
    assert line.said() == [CLEARED]
    # From now on that line is nothing, whoever sends it again.
    assert not line.host.state("watch", "canary").exists()
    assert [each.works for each in look(line.host) if each.link == "canary"] == [True]


def test_what_it_passes_between_two_looks_is_told_in_its_order(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.stopped.set()
    on_its_way = journey.Journey(line.host, "nonce", line.own)
    look = journey.Seen.look

    def look_and_pass(seen: journey.Seen) -> bool:
        found = look(seen)
        for path in (line.own, *map(line.host.state, FILES.values())):
            with path.open("a") as file:
                file.write("nonce\t198.51.100.1\tFI\tfound\n")
        return found

    monkeypatch.setattr(journey.Seen, "look", look_and_pass)
    for _look in range(3):
        on_its_way.look()
    assert tuple(on_its_way.times) == LINKS[:6]


@pytest.mark.parametrize("link", LINKS[2:])
def test_the_first_link_that_lacks_it_is_named_once_and_cleared_by_the_next(
    line: Line, capsys: pytest.CaptureFixture[str], link: str
) -> None:
    assert line.fly() == 0
    line.broken = link
    assert [line.fly(0.5), line.fly(0.5)] == [1, 1]
    said = capsys.readouterr().out.splitlines()
    assert f" did not get to {link}" in said[-1]
    assert ("HTTP 401" in said[-1]) == (link == "channel alerta")
    urgent = list(line.host.state("watch", "urgent").iterdir())
    if link == "sender":  # nobody reads the queue file
        assert [each.name for each in urgent] == ["canary"]
        assert urgent[0].read_text().split("\t")[2:5] == LOST
    else:
        assert (line.said(), urgent) == ([CLEARED, LOST], [])
    assert [each.works for each in look(line.host) if each.link == "canary"] == [False]
    line.broken = ""
    assert line.fly() == 0
    assert line.said()[-2:] == [CLEARED, FOUND]
    assert list(line.host.state("watch", "urgent").iterdir()) == []
    assert line.fly() == 0
    assert line.said()[-2:] == [FOUND, CLEARED]


def test_another_link_is_said_again(line: Line) -> None:
    line.broken = "rules"
    line.fly(0.5)
    line.broken = "lookup"
    line.fly(0.5)
    assert line.said() == [LOST, LOST]


def by_syslog(line: Line) -> Path:
    """Have a syslog daemon, which does not write. Returns its log."""
    for path in (canary.DAEMON, canary.SNIPPET, canary.BY_SYSLOG):
        line.host.path(path).parent.mkdir(parents=True)
    for path in (canary.DAEMON, canary.SNIPPET):
        line.host.path(path).touch()
    return line.host.path(canary.BY_SYSLOG)


def test_a_syslog_daemon_that_does_not_write_is_named(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, sent = by_syslog(line), []
    monkeypatch.setattr("syslog.syslog", lambda _priority, text: sent.append(text))
    assert line.fly(0.2) == 1
    assert "did not get to syslog" in capsys.readouterr().out
    assert not log.exists()
    assert sent[0].endswith(" 198.51.100.1")


def test_where_the_syslog_daemon_was_removed_it_does_without(line: Line) -> None:
    by_syslog(line)
    line.host.path(canary.DAEMON).unlink()
    assert line.fly() == 0
    assert line.sent[0].endswith(" 198.51.100.1")


def test_a_log_that_the_correlator_may_not_read_is_named(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = by_syslog(line)

    def refuse(path: Path, _position: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # Root may read everything; Molecule's scenario oncall takes the rights of the file.
    monkeypatch.setattr(journey, "QueueReader", refuse)
    monkeypatch.setattr("syslog.syslog", lambda *_: None)
    assert line.fly(0.2) == 1
    assert f"did not get to log: {log} may not be read" in capsys.readouterr().out


def test_a_database_that_is_gone_is_named_while_lookups_go_on(
    line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    line.host.state("database", "country.mmdb").unlink()
    assert line.fly(0.5) == 1
    assert "did not get to database: there is no database" in capsys.readouterr().out


def test_without_an_address_it_comes_from_nowhere(line: Line) -> None:
    line.host.state("geoip", "example").unlink()
    line.fly()
    assert line.sent[0].endswith(f" {canary.UNKNOWN}")


def test_rules_that_are_not_those_deployed_are_named(
    line: Line, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line.broken = "correlator"
    findings = [
        Finding("correlator", True, "it runs"),
        Finding("in force", False, "50-judge-logins.sec: not what was deployed", "the playbook"),
    ]
    monkeypatch.setattr(canary, "look", lambda _host: findings)
    assert line.fly(0.5) == 1
    assert "did not get to rules: 50-judge-logins.sec" in capsys.readouterr().out


def test_when_none_was_sent_for_long_the_timer_is_what_is_broken(line: Line) -> None:
    line.fly()
    file = line.host.state("watch", "canary.json")
    known = json.loads(file.read_text())
    file.write_text(json.dumps(known | {"at": time.time() - 8000}))
    (found,) = (each for each in look(line.host) if each.link == "canary")
    assert (found.works, found.told) == (False, False)
    assert "geowatch-canary.timer" in found.repair


def test_its_own_log_begins_anew(line: Line) -> None:
    line.stopped.set()
    line.own.write_bytes(b"x\n" * (1 << 20))
    assert line.fly(0.2) == 1
    assert line.own.stat().st_size < 200
