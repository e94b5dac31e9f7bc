# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a line means, and of whom: names are known, or the line has one reading."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from life import PERL

# Each message: what it means, what its pattern is for, its text, its pattern,
# and what is given with it.
SOURCE: dict[str, Any] = {
    "title": "VPN",
    "program": "^vpn$",
    "any_program": 0,
    "timezone": "UTC",
    "server": "name",
    "files": ["/var/log/x.log"],
    "clients": {
        "peer": r"(?<ip>\d+(?:\.\d+){3}):(?<port>\d+)",
        "name_ends": "/",
        "peer_ends": " ",
    },
    "names": {"a-1": "anna"},
    "wrappers": [{"pattern": r"^run (?<pid>\d+): (?<message>.*)$", "quoted": ""}],
    "messages": [
        ["connected", "line", "hello ", r"^hello (?<user>.*) at (?<ip>[\d.]+):(?<port>\d+)$", {}],
        ["seen", "named", "again", r"^again.*$", {}],
        ["ended", "client", "gone", r"^gone$", {}],
        ["nothing", "client", "says ", r"^says .*$", {}],
    ],
}

HEAD = "2027-01-15T08:00:00Z vpn1 vpn[1]: "
A, B = "198.51.100.1:1", "203.0.113.2:2"

Found = dict[str, Any] | None


def understood(
    *lines: str, known: tuple[tuple[str, str], ...] = (), spoken: bool = False
) -> list[Found]:
    """Return what the lines mean where these clients are in: each a name and a place.

    Or else which servers spoke in them, asked twice.
    """
    daemon = {"server": "vpn1", "program": "vpn", "pid": "1"}
    clients = [{**daemon, "user": user, "place": place} for user, place in known]
    command = ["perl", "-w", *PERL, str(Path(__file__).with_name("source.pl"))]
    done = subprocess.run(
        command, input=json.dumps([[SOURCE, clients, lines]]), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: list[list[Found]] = json.loads(done.stdout)
    return found[spoken]


def short(line: str, *known: tuple[str, str]) -> tuple[str, ...]:
    """Return what a line means, and the name and the place of its client."""
    (found,) = understood(line, known=known)
    return (found["means"], found["user"] or "", found["place"]) if found else ()


def test_a_name_may_stand_for_somebody() -> None:
    (found,) = understood(f"{HEAD}hello a-1 at {A}")
    assert found is not None
    assert (found["user"], found["logged_as"]) == ("anna", "a-1")
    assert short(f"{HEAD}a-1/{B} again", ("anna", A)) == ("seen", "anna", B)


def test_a_message_says_all_that_its_line_does() -> None:
    line = f"{HEAD}hello anna b at {A}"
    (found,) = understood(line)
    assert found == {
        **{"means": "connected", "user": "anna b", "ip": "198.51.100.1", "port": "1", "place": A},
        **{"time": "2027-01-15T08:00:00.000Z", "odd_time": "", "server": "vpn1", "program": "vpn"},
        **{"source": "VPN", "daemon": "VPN vpn1 vpn[1]", "connects": 1, "raw": line, "key": None},
    }


@pytest.mark.parametrize(
    ("line", "means"),
    [
        (f"{HEAD}{A} gone", ("ended", "", A)),
        (f"{HEAD}{A} again", ()),  # somebody whose name it knows has it in front
        (f"{HEAD}anna/{A} again", ("seen", "anna", A)),
        (f"{HEAD}anna/{A} says gone", ()),
        (f"{HEAD}gone", ()),
        (f"{HEAD}anna/{A} is gone", ()),
        (f"{HEAD}anna/\x01{A} gone", ()),
        ("", ()),
    ],
)
def test_a_client_whose_name_nobody_knows(line: str, means: tuple[str, ...]) -> None:
    assert short(line) == means


NESTED = f"anna/{A} says x"


@pytest.mark.parametrize(
    ("known", "means"),
    [
        ((), ()),  # the shortest
        (((NESTED, B),), ("ended", NESTED, B)),
        ((("anna", A),), ()),  # she says so
        ((("anna", A), (NESTED, B)), ("ended", NESTED, B)),  # the longest
        ((("berta", A),), ()),
    ],
    ids=["nobody", "the long name", "the short name", "both", "another"],
)
def test_the_longest_name_that_is_known_counts(
    known: tuple[tuple[str, str], ...], means: tuple[str, ...]
) -> None:
    assert short(f"{HEAD}{NESTED}/{B} gone", *known) == means


def test_a_known_name_at_another_place_moved() -> None:
    assert short(f"{HEAD}anna/{B} again", ("anna", A)) == ("seen", "anna", B)


def test_a_line_of_a_known_name_where_it_is_or_a_move_of_a_longer_one_is_unclear() -> None:
    line = f"{HEAD}anna/{A} again/{B} again"
    long = (f"anna/{A} again", "192.0.2.1:3")
    assert short(line, long) == ("seen", long[0], B)
    assert short(line, long, ("anna", A)) == ("unclear", long[0], B)
    # Nothing that anna's server says begins so.
    line = f"{HEAD}anna/{A} x/{B} again"
    long = (f"anna/{A} x", "192.0.2.1:3")
    assert short(line, long, ("anna", A)) == ("seen", long[0], B)


def test_a_login_with_two_readings_is_unclear() -> None:
    line = f"{HEAD}anna/{A} again/{B} again"
    (found,) = understood(line)
    assert found is not None
    assert (found["means"], found["raw"]) == ("unclear", line)
    assert short(line, ("anna", A)) == ("seen", "anna", A)


def test_a_name_may_look_like_a_message() -> None:
    name = f"hello anna at {B}"
    assert short(f"{HEAD}{name}/{A} gone") == ("ended", name, A)
    assert short(f"{HEAD}hello {name} at {A}") == ("connected", name, A)


@pytest.mark.parametrize(
    ("line", "means"),
    [
        (f"anna/{A} again", ("seen", "anna", A)),
        (f"an na/{A} again", ()),  # "an" could be the rest of a header
        (f"an na/{A} gone", ("ended", "an na", A)),
        (f"2027-01-15T08:00:00Z an na/{A} again", ("seen", "an na", A)),
        (f"hello an na at {A}", ("connected", "an na", A)),
    ],
)
def test_a_line_without_a_header(line: str, means: tuple[str, ...]) -> None:
    assert short(line) == means


@pytest.mark.parametrize("name", ["vpn1 other: x", 'LDAP user "x', "no user ('x"])
def test_an_unknown_name_that_looks_like_what_another_program_quotes(name: str) -> None:
    for line in (f"2027-01-15T08:00:00Z {name}/{A} again", f"{HEAD}{name}/{A} again"):
        assert short(line) == ("unclear", name, A)
    assert short(f"{HEAD}{name}/{A} again", (name, A)) == ("seen", name, A)
    assert short(f"{HEAD}o'neil/{A} again") == ("seen", "o'neil", A)


def test_a_wrapping_says_which_daemon_it_is() -> None:
    (found,) = understood(f"{HEAD}run 7: {A} gone")
    assert found is not None
    assert (found["means"], found["daemon"]) == ("ended", "VPN vpn1 [7]")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{HEAD}hello anna", "no message has this form"),
        (f"{HEAD}hello {'a' * 32_000} at {A}", "the line is too long"),
        ('{"hello ": 1}', "it has no shape that is known"),
    ],
    ids=["form", "length", "shape"],
)
def test_a_line_that_may_be_a_login_is_not_understood(line: str, why: str) -> None:
    (found,) = understood(line)
    assert found is not None
    assert (found["means"], found["why"], found["raw"]) == ("not_understood", why, line)


def test_the_servers_that_spoke_in_a_file_are_known_once() -> None:
    lines = [f"{HEAD}hello anna at {A}".replace("vpn1", server) for server in ("vpn2", "vpn1")]
    assert understood(*lines, "noise", spoken=True) == [{"/var/log/x.log": ["vpn1", "vpn2"]}, {}]


def test_a_time_that_cannot_be_read_is_said() -> None:
    (found,) = understood(f"2027-02-31T08:00:00Z vpn1 vpn[1]: {A} gone")
    assert found is not None
    assert (found["means"], found["odd_time"]) == ("ended", "2027-02-31T08:00:00Z")
