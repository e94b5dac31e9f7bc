# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench in small: that it runs, that every login comes out, that the tables have their rows."""

from __future__ import annotations

from collections.abc import Iterator

import earlier
import footprint
import latency
import many_logs
import noise
import peers
import pytest
import run
import sender
import storm
from bench import Bench, Sizes, new_bench
from report import flowing, number, table
from unit import command_line

SIZES = Sizes(
    logins=[20],
    naive_logins=2,
    noise_lines=2_000,
    rule_lines=2_000,
    latency_logins=3,
    noise_rate=100,
    logs=[20],
    repeats=1,
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with new_bench(SIZES) as bench:
        yield bench


def test_storm(bench: Bench) -> None:
    # Without verb 1: there a login counts only after ten seconds.
    body = storm.compare(bench, [(20, True)]).body
    rows = (
        "naive recipe, 2 logins",
        *(f"SEC alone, 3 events a login, {rule}" for rule in storm.FLOORS),
        *("ours, 20 logins, verb 3", f"{earlier.COMMIT}, 20 logins, verb 3"),
    )
    missing = [row for row in rows if f"| {row} |" not in body]
    # A shallow clone has no earlier version, and then the page says so.
    assert missing == ([] if bench.earlier else rows[-1:])
    assert (earlier.MISSING in flowing(body)) == bool(missing)


def test_sender(bench: Bench) -> None:
    assert "| 20 alerts |" in sender.measure(bench).body


def test_noise(bench: Bench) -> None:
    body = noise.compare(bench, {peers.PERL_LOOP: peers.perl_loop}).body
    rows = ["ours", "ours, OpenVPN's lines only", "ours, with all 8 sources", peers.PERL_LOOP]
    assert all(f"| {row} |" in body for row in rows)


def test_footprint(bench: Bench) -> None:
    body = footprint.measure(bench).body
    services = (*footprint.SERVICES, "together", "geowatch-alerts with Apprise")
    assert all(f"| {row} |" in body for row in services)


def test_latency(bench: Bench) -> None:
    body = latency.measure(bench).body
    assert all(f"\n| {row}" in body for row in ("naive recipe, idle", "ours, idle", "ours, during"))


def test_many_logs(bench: Bench) -> None:
    assert "\n| 20 |" in many_logs.measure(bench).body


def test_a_page_is_made_of_sections() -> None:
    page = run.results("run.py storm", "| CPU |\n", ["## Storm\n\nmany\nlogins\n\n| a |\n| b |"])
    assert page.endswith("| CPU |\n\n## Storm\n\nmany logins\n\n| a |\n| b |\n")


def test_numbers_have_three_digits() -> None:
    assert [number(each) for each in (0.12345, 12.345, 1234.5, 123_456)] == [
        "0.123",
        "12.3",
        "1,230",
        "123,000",
    ]


def test_text_flows_around_tables() -> None:
    assert flowing("a\nb\n\n" + table(["x"], [["1"]])) == "a b\n\n| x |\n| --- |\n| 1 |"


def test_a_unit_starts_its_command() -> None:
    assert command_line("[Service]\nExecStart=/bin/a -b \\\n    --c=*.d\n") == [
        *("/bin/a", "-b", "--c=*.d")
    ]
