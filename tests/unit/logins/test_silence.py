# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers are silent: what counts as a sign of life, and what is said once."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from life import PERL

MINUTE, HOUR, DAY = 60, 3600, 86_400
LOGS = f"{Path(__file__).parent}/*.py"  # there is a file
Step = dict[str, Any]


def log(server: str) -> str:
    return LOGS.replace("*", server)


def hear(*paths: str, of: tuple[str, ...] = (), wait: int = 0) -> Step:
    """Let bytes come in these logs, of which those that are understood name these servers."""
    return {"hear": {path: list(of) for path in paths}, "wait": wait}


def days(number: int, *paths: str, of: tuple[str, ...] = ()) -> list[Step]:
    """Let bytes come every half an hour."""
    return [hear(*paths, of=of, wait=30 * MINUTE) for _ in range(48 * number)]


def said(*steps: Step, **options: Any) -> list[tuple[int, str]]:
    """Return what was said in these steps, and after how many seconds."""
    return told(*steps, **options)[0]


def told(
    *steps: Step, expected: tuple[str, ...] = (), files: str = LOGS
) -> tuple[list[tuple[int, str]], int]:
    """Return the same, and how many servers are known at the end."""
    items = [["OpenVPN", [files], list(expected)]]
    command = ["perl", "-w", *PERL, str(Path(__file__).with_name("silence.pl"))]
    done = subprocess.run(
        command,
        input=json.dumps([items, list(steps)]),
        capture_output=True,
        text=True,
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    events, known = json.loads(done.stdout)
    assert {title for _, _, title, _ in events} <= {"OpenVPN"}
    return [(after, f"{what} {who}") for after, what, _, who in events], known


def test_a_server_that_became_silent_is_said_once_and_cleared_by_the_next_byte() -> None:
    heard = log("vpn1")
    quiet = [*days(4, heard), hear(heard, wait=10 * HOUR), hear(heard, wait=HOUR)]
    silent, again = said(*quiet)
    # A few days were heard, so more is awaited: 14 days by 5, of 30 minutes, by 1.5.
    assert silent == (4 * DAY + 126 * MINUTE, "silent vpn1")
    assert again == (4 * DAY + 10 * HOUR, "heard vpn1")


def test_it_is_not_said_before_three_days_are_known() -> None:
    heard = log("vpn1")
    assert said(*days(3, heard)[:-1], {"wait": 10 * DAY}) == []
    assert len(said(*days(3, heard), hear(heard), {"wait": 10 * DAY})) == 1


def test_it_takes_an_hour_at_least() -> None:
    heard = log("vpn1")
    often = [hear(heard, wait=5 * MINUTE) for _ in range(12 * 24 * 4)]
    assert said(*often, {"wait": 55 * MINUTE}) == []
    assert said(*often, {"wait": 56 * MINUTE}) == [(4 * DAY + 56 * MINUTE, "silent vpn1")]


def test_what_was_while_nobody_looked_is_no_silence() -> None:
    heard = log("vpn1")
    assert said(*days(4, heard), {"away": 2 * DAY}, {"wait": HOUR}) == []
    assert said(*days(4, heard), {"away": 3 * DAY}, {"wait": 2 * HOUR})[0][1] == "silent vpn1"
    assert said(*days(4, heard), {"away": -2 * DAY}, {"wait": HOUR}) == []


def test_a_log_is_of_the_server_that_alone_is_named_in_it() -> None:
    heard = log("198.51.100.1")
    first = days(2, heard)
    found = said(*first, *days(1, heard, of=("vpn1",)), *days(1, heard), {"wait": DAY})
    assert [text for _, text in found] == ["silent vpn1"]


def test_a_log_of_several_is_of_whoever_sends_it_and_each_is_known_by_its_lines() -> None:
    heard = log("relay")
    both = [
        step
        for _ in range(4 * 24)
        for step in (hear(heard, of=("vpn1",), wait=HOUR), hear(heard, of=("vpn2",)))
    ]
    found = said(*both, *days(1, heard, of=("vpn1",))[:12], {"wait": 6 * HOUR})
    assert [text for _, text in found] == ["silent vpn2", "silent relay", "silent vpn1"]


def test_a_log_that_a_second_server_comes_into_is_not_false_about_the_first() -> None:
    heard = log("relay")
    alone = days(4, heard, of=("vpn1",))
    assert said(*alone, hear(heard, of=("vpn2",)), *days(2, heard)) == []


def test_one_file_without_a_server_in_its_path_is_known_by_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "openvpn.log"
    file.touch()
    both = [hear(str(file), of=("vpn1", "vpn2"), wait=HOUR) for _ in range(100)]
    only = [hear(str(file), of=("vpn1",), wait=HOUR) for _ in range(20)]
    found = said(*both, *only, files=str(file))
    assert [text for _, text in found] == ["silent vpn2"]


def test_a_server_that_is_expected_and_never_came_is_said_after_a_weekday() -> None:
    heard = log("vpn1")
    missing = said(*days(2, heard), expected=("vpn1", "vpn2"))
    assert missing == [(DAY + MINUTE, "absent vpn2")]
    found = said(*days(2, heard), hear(log("vpn2")), expected=("vpn1", "vpn2"))
    assert found[1:] == [(2 * DAY, "heard vpn2")]


def test_a_weekend_does_not_count_for_a_server_that_never_came() -> None:
    monday = 3 * DAY
    assert said({"away": 4 * DAY, "wait": monday}, expected=("vpn1",)) == []
    found = said({"away": 4 * DAY, "wait": monday + MINUTE}, expected=("vpn1",))
    assert found == [(4 * DAY + monday + MINUTE, "absent vpn1")]


def test_a_server_that_is_expected_by_its_directory_has_this_name() -> None:
    heard = log("198.51.100.1")
    steps = [*days(4, heard, of=("vpn1",)), {"wait": DAY}]
    assert [text for _, text in said(*steps, expected=("198.51.100.1",))] == ["silent 198.51.100.1"]
    assert [text for _, text in said(*steps, expected=("vpn1",))] == ["silent vpn1"]


def test_an_expected_server_that_came_once_is_said_a_weekday_later() -> None:
    heard = log("vpn1")
    assert said(hear(heard, wait=DAY), expected=("vpn1",)) == []
    found = said(hear(heard, wait=DAY + MINUTE), expected=("vpn1",))
    assert found == [(DAY + MINUTE, "silent vpn1")]


def test_a_source_without_a_file_is_said_after_an_hour(tmp_path: Path) -> None:
    glob = f"{tmp_path}/*/openvpn.log"
    assert said({"wait": HOUR}, files=glob) == []
    assert said({"wait": HOUR + MINUTE}, files=glob) == [(HOUR + MINUTE, f"missing {glob}")]
    (tmp_path / "vpn1").mkdir()
    found = said({"wait": 2 * HOUR}, hear(f"{tmp_path}/vpn1/openvpn.log"), files=glob)
    assert found[1] == (2 * HOUR, f"found {glob}")
    (tmp_path / "vpn1/openvpn.log.1").touch()
    assert said({"wait": 2 * HOUR}, files=glob) == []


def test_a_source_without_a_file_any_more_is_said_at_once(tmp_path: Path) -> None:
    """Within two minutes, because the first look is a minute after the last at most."""
    glob, file = f"{tmp_path}/*/openvpn.log", tmp_path / "vpn1/openvpn.log"
    file.parent.mkdir()
    file.touch()
    gone = {"wait": MINUTE, "moves": [str(file), f"{tmp_path}/away"]}
    back = {"wait": MINUTE, "moves": [f"{tmp_path}/away", str(file)]}
    assert said({"wait": 2 * MINUTE}, gone, {"wait": HOUR}, back, files=glob) == [
        (3 * MINUTE, f"missing {glob}"),
        (HOUR + 3 * MINUTE, f"found {glob}"),
    ]


def test_made_up_names_do_not_grow_without_a_limit() -> None:
    flood = [
        hear("/var/log/o.log", of=tuple(f"s{n}" for n in range(first, first + 600)))
        for first in (0, 600)
    ]
    assert told(*flood, files="/var/log/o.log")[1] == 1000
