# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a replay: in which order, from which place, of which server, and of which year."""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rule_cases import ROLES

sys.path.insert(0, str(ROLES / "logins/files"))

import replay as program
from geowatch.logins.correlate import ReplayError

RULE = r"""
type=Single
ptype=RegExp
pattern=^(?<line>.*login.*)$
context=[LOG]
desc=every line of the log
action=lcall %ok $+{_inputsrc} $+{line} -> ( sub { my ($path, $line) = @_; \
    my ($stamp) = Times::stamp_at(\$line, 0); \
    Replay::found('seen', Inputs::place() =~ s/\t/:/r, Inputs::server_of($path), \
        Times::utc($stamp // '', 'Europe/Helsinki', $path), $line) } )

type=Single
ptype=RegExp
pattern=^(?<line>.*odd.*)$
context=[LOG]
desc=what nobody understands
action=lcall %ok $+{line} -> ( sub { Replay::found('not_understood', 'no form', @_) } )
"""

Lines = Callable[..., list[list[str]]]


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """Give a function from logs, by their paths, to what the rules saw of their lines."""
    rules, work = tmp_path / "rules", tmp_path / "work"
    rules.mkdir()
    work.mkdir()
    (rules / "10.sec").write_text(RULE)
    (rules / "inputs.tsv").write_text(
        "file\tLOG\tnow\t/logs/*/vpn.log\nword\tLOG\tlogin\nword\tLOG\todd\n"
    )

    def run(logs: dict[str, str], changed: datetime | None = None) -> list[list[str]]:
        last = int((changed or datetime.now(UTC)).timestamp())
        rows = "".join(f"{path}\t{last}\tEurope/Helsinki\n" for path in logs)
        (work / "logs").write_text(rows)
        for number, text in enumerate(logs.values()):
            (work / f"log.{number}").write_text(text)
        options = argparse.Namespace(roles=ROLES, rules=rules)
        shutil.rmtree(work / "rules", ignore_errors=True)
        program._correlate(options, work, ["cat"], "LOG")
        return list(program._found(work, "seen"))

    return run


def test_logs_are_one_in_the_order_of_their_times(lines: Lines) -> None:
    first = "2026-07-01 10:00:00 login 1\nnothing\n2026-07-01 10:00:02 login 3\nlogin 4\n"
    second = "2026-07-01T07:00:01Z login 2\n2026-07-01T07:00:03Z login 5\n"
    found = lines({"/first": first, "/second": second})
    assert [each[3][-1] for each in found] == ["1", "2", "3", "4", "5"]
    assert [each[0] for each in found] == [
        *("/first:1", "/second:1", "/first:3", "/first:4", "/second:2")
    ]


@pytest.mark.parametrize(
    "head",
    [
        "{}",
        "<29>{}",
        "<29>1 {}",
        "  {}",
        "\x1b[32m{}",
        "vpn  | {}",
        "[pod/vpn] {}",
        "openvpn.log:{}",
        '{{"log": "x", "time": "{}"}}',
        '{{"@timestamp":"{}","message":"x"}}',
    ],
)
@pytest.mark.parametrize("stamp", ["2026-07-01T07:00:01+00:00", "2026-07-01 10:00:01"])
def test_the_time_is_found_behind_what_is_put_in_front(lines: Lines, head: str, stamp: str) -> None:
    first = "2026-07-01T07:00:00Z login 1\n2026-07-01T07:00:02Z login 3\n"
    second = head.format(stamp) + " login 2\n"
    found = lines({"/first": first, "/second": second})
    assert [each[3][-1] for each in found] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "name",
    [
        *("vpn.log", "vpn.log.1", "vpn.log.2.gz", "vpn.log-20260701.xz", "vpn.log.gz"),
        *("vpn.log-20260701", "vpn.log.1.zst", "vpn.log.10.bz2"),
    ],
)
def test_a_rotated_log_is_of_the_server_of_its_directory(lines: Lines, name: str) -> None:
    assert lines({f"/logs/vpn1/{name}": "login\n"})[0][1] == "vpn1"
    assert lines({f"/elsewhere/vpn1/{name}": "login\n"})[0][1] == ""


def stamp(time: datetime) -> str:
    return time.strftime("%b %e %H:%M:%S")


def test_last_years_file_is_of_one_year(lines: Lines) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    times = [now - timedelta(days=7), now + timedelta(days=8)]
    found = lines({"/log": "".join(f"{stamp(time)} login\n" for time in times)})
    assert [int(each[2][:4]) for each in found] == [time.year - 1 for time in times]


def test_a_file_ends_when_it_was_changed_last(lines: Lines) -> None:
    changed = datetime(2022, 3, 1, tzinfo=UTC)
    text = "Dec 30 10:00:00 login\nJan  1 10:00:00 login\nFeb  1 10:00:00 login\n"
    found = lines({"/log": text}, changed=changed)
    assert [each[2] for each in found] == [
        *("2021-12-30T08:00:00.000Z", "2022-01-01T08:00:00.000Z", "2022-02-01T08:00:00.000Z")
    ]


def test_a_file_that_lost_its_date_ends_now(lines: Lines) -> None:
    time = datetime.now(UTC) - timedelta(days=7)
    found = lines({"/log": f"{stamp(time)} login\n"}, changed=datetime(1970, 1, 2, tzinfo=UTC))
    assert found[0][2][:4] == str(time.year)


def test_what_became_of_each_log_is_counted(lines: Lines, tmp_path: Path) -> None:
    lines({"/empty": "", "/log": "nothing\n2026-07-01 10:00:00 login\nodd\tline\n2026-07-01 odd\n"})
    found = [vars(each) for each in program._inputs(tmp_path / "work")]
    counts = {"lines": 0, "signs": 0, "timeless": 0, "connected": 0, "not_understood": 0}
    assert found == [
        {"path": "/empty", **counts},
        {"path": "/log", **counts, "lines": 4, "signs": 3, "timeless": 2, "not_understood": 2},
    ]
    assert [
        json.loads(json.dumps(each)) for each in program._not_understood(tmp_path / "work")
    ] == [
        {"line": "odd\tline", "log": "/log", "number": 3, "why": "no form"},
        {"line": "2026-07-01 odd", "log": "/log", "number": 4, "why": "no form"},
    ]


def options(*logs: str) -> argparse.Namespace:
    return argparse.Namespace(logs=[Path(log) for log in logs], zone="")


@pytest.mark.parametrize("missing", ["sec", "geoip2"])
def test_what_is_missing_is_said_with_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None if missing == "sec" else "/usr/bin/sec")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    advice = "apt install sec" if missing == "sec" else "pipx inject ansible-core geoip2"
    with pytest.raises(ReplayError, match=advice):
        program._check(options("/log"))


@pytest.mark.parametrize(
    ("logs", "complaint"),
    [
        (["/log", "/x/../log"], "twice"),
        (["/odd\tname"], "control character"),
    ],
)
def test_odd_logs_are_refused(
    logs: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: True)
    with pytest.raises(ReplayError, match=complaint):
        program._check(options(*logs))
