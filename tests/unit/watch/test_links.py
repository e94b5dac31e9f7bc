# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each link says whether it works, and what repairs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from geowatch.watch.links import look
from healthy import LOG, Healthy

BREAKS: dict[str, tuple[Callable[[Healthy], object], str, str]] = {
    "the syslog daemon is stopped": (lambda line: line.runs("rsyslog"), "syslog", "rsyslog"),
    "a log cannot be read": (
        lambda line: line.read_logs(8, f"closed\t{LOG}"),
        "log",
        f"{LOG} cannot be read",
    ),
    "a glob matches no file": (
        lambda line: line.read_logs(8, "glob\t/var/log/vpn/*.log"),
        "log",
        "no file matches /var/log/vpn/*.log",
    ),
    "the correlator is stopped": (
        lambda line: line.runs("geowatch-sec"),
        "correlator",
        "does not run",
    ),
    "the lookup is stopped": (lambda line: line.runs("geowatch-geoip"), "lookup", "does not run"),
    "the sender is stopped": (lambda line: line.runs("geowatch-alerts"), "sender", "does not run"),
    "the database is gone": (
        lambda line: line.path("/var/lib/geowatch/database/country.mmdb").unlink(),
        "database",
        "there is none",
    ),
    "the database is another": (
        lambda line: line.write("/var/lib/geowatch/database/country.mmdb", "another"),
        "database",
        "it is not GeoLite2-Country",
    ),
    "the database is old": (
        lambda line: line.write(
            "/var/lib/geowatch/geoip/health", "id\ttime\tlogs1\tcountry\tstale\ttext\n"
        ),
        "database",
        "stale",
    ),
    "a rule is emptied": (
        lambda line: line.write("/etc/geowatch/sec/50-judge.sec"),
        "in force",
        "/etc/geowatch/sec/50-judge.sec: not what was deployed",
    ),
    "a rule is gone": (
        lambda line: line.path("/etc/geowatch/sec/50-judge.sec").unlink(),
        "in force",
        "not what was deployed",
    ),
    "a rule came from elsewhere": (
        lambda line: line.write("/etc/geowatch/sec/99-mine.sec", "rule"),
        "in force",
        "99-mine.sec: not what was deployed",
    ),
    "a rule is wrong": (
        lambda line: line.path("/var/lib/geowatch/sec/in_force").unlink(),
        "in force",
        "geowatch-sec has not loaded",
    ),
    "mail waits": (
        lambda line: line.sent(2, waiting=3, since=1.0, error="refused"),
        "channel mail ops@example.org",
        "3 wait since",
    ),
    "mail is refused": (
        lambda line: line.sent(2, refused=1),
        "channel mail ops@example.org",
        "1 refused",
    ),
    "nobody watches": (
        lambda line: line.write("/var/lib/geowatch/watch/links.json", '{"at": 1}'),
        "watch",
        "looked",
    ),
}


def test_on_a_healthy_host_every_link_works(line: Healthy) -> None:
    assert {name: each.text for name, each in line.found().items() if not each.works} == {}
    assert list(line.found()) == [
        *("syslog", "log", "correlator", "lookup", "database", "in force", "sender"),
        *("channel mail ops@example.org", "watch"),
    ]


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_named_with_its_repair(line: Healthy, what: str) -> None:
    break_, link, text = BREAKS[what]
    break_(line)
    assert line.broken() == [link]
    assert text in line.found()[link].text
    assert line.found()[link].repair


@pytest.mark.parametrize(
    ("link", "move"),
    [
        ("correlator", lambda line: line.read_logs(4)),
        ("lookup", lambda line: line.looked_up(2)),
        ("sender", lambda line: line.sent(0)),
    ],
)
def test_how_far_behind(line: Healthy, link: str, move: Callable[[Healthy], None]) -> None:
    before = line.found()[link]
    assert before.behind == 0
    move(line)
    assert line.found()[link].behind in (2, 4)
    assert line.found()[link].at != before.at


def test_what_waits_for_others_like_it_is_no_trouble(line: Healthy) -> None:
    line.sent(2, waiting=3, since=1.0)
    assert line.broken() == []


def test_a_line_without_its_end_is_not_behind(line: Healthy) -> None:
    with line.path(LOG).open("a") as log:
        log.write("thre")
    assert line.found()["correlator"].behind == 0


def test_what_waits_in_a_rotated_queue_file_counts(line: Healthy) -> None:
    queue = line.path("/var/lib/geowatch/sec/connections")
    line.looked_up(2)
    queue.rename(queue.with_name("connections.1"))
    queue.write_text("cc\n")
    assert line.found()["lookup"].behind == 5


def test_a_copy_of_what_was_read_is_not_behind(line: Healthy) -> None:
    log = line.path(LOG)
    log.rename(log.with_name("before"))
    log.write_text("one\ntwo\n")
    assert line.found()["correlator"].behind == 0


def test_where_cgroups_cannot_be_seen_that_is_said(line: Healthy) -> None:
    shutil.rmtree(line.path("/sys"))
    assert line.found()["correlator"].works is None
    assert "cannot be seen" in line.found()["correlator"].text


def test_a_host_without_a_syslog_daemon_has_no_such_link(line: Healthy) -> None:
    line.path("/etc/systemd/system/syslog.service").unlink()
    assert "syslog" not in line.found()


def test_what_may_not_be_read_is_no_answer(line: Healthy, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, *_args: object, **_options: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", denied)
    found = {each.link: each for each in look(line.host)}
    assert found["log"].works is None
    assert "run it as root" in found["log"].text


def test_while_rooms_are_deployed_nobody_can_tell(line: Healthy) -> None:
    line.path("/var/lib/geowatch/sec/in_force").unlink()
    line.path("/etc/geowatch/watch/sec.json").touch()
    assert line.found()["in force"].works is None


def test_what_cannot_be_understood_is_broken(line: Healthy) -> None:
    line.write("/var/lib/geowatch/sec/offsets.tsv", "file\t1\n")
    assert line.broken() == ["log"]
    line.write("/var/lib/geowatch/sec/offsets.tsv", "file\t1\tx\ty\t/var/log/a\n")
    assert "correlator" in line.broken()


def test_it_sees_the_same_files_as_the_deployment(line: Healthy) -> None:
    line.path("/etc/geowatch/sec/linked.sec").symlink_to("50-judge.sec")
    line.path("/etc/geowatch/sec/directory.sec").mkdir()
    line.deploy()
    assert line.broken() == []
