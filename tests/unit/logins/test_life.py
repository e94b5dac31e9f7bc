# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a client: every message in every state, and what they say of each other."""

from __future__ import annotations

import pytest
from life import Told, live, lives, message, wait

# How a client comes into each state.
STATES = {
    "none": [],
    "connected": [message("connected")],
    "deferred": [message("connected"), message("deferred")],
    "addressed": [message("connected"), message("addressed")],
    "returning": [message("deferred", is_named=1)],
    "in": [message("established")],
}

# Messages that are more than their meaning. "moved" is to another port.
MESSAGES = {
    "moved": message("moved", old_ip="198.51.100.7", old_port="1194", port="1195", is_named=1),
    "seen": message("seen", is_named=1),
    "resumed": message("resumed", is_named=1),
    "ended, named": message("ended", is_named=1),
    "rejected, no place": message("rejected", place=""),
    "overdue": wait(100),
}

# State, message, what is said, and the states of all that are known behind it. A login is written
# at once, and the rules see what is said behind the line.
TABLE = """
none       | connected          |                                        | connected
none       | deferred           |                                        |
none       | addressed          |                                        | addressed
none       | established        | login established                      | in
none       | resumed            | login resumed                          | in
none       | moved              | login moved                            | in
none       | seen               | login seen                             | in
none       | ended              |                                        |
none       | evicted            |                                        |
none       | refused            | failure all                            |
none       | failed             | failure all                            |
none       | challenged         |                                        |
none       | rejected           | failure all                            |
none       | turned_away        |                                        |
none       | started            |                                        |
none       | muted              | log_muted                              |
none       | not_understood     | not_understood                         |
none       | unclear            | unclear                                |
none       | named              |                                        |
none       | ended, named       |                                        |
none       | rejected, no place | failure all                            |
none       | overdue            |                                        |
connected  | connected          | login unconfirmed                      | connected
connected  | deferred           |                                        | deferred
connected  | addressed          |                                        | addressed
connected  | established        | login established                      | in
connected  | resumed            | login resumed                          | in
connected  | moved              | login moved                            | connected, in
connected  | seen               |                                        | connected
connected  | ended              | login unconfirmed, over                |
connected  | evicted            |                                        | connected
connected  | refused            | failure all                            | connected
connected  | failed             | failure all                            | connected
connected  | challenged         |                                        |
connected  | rejected           | failure all                            |
connected  | turned_away        |                                        |
connected  | started            | login unconfirmed, over, server_restarted |
connected  | muted              | log_muted                              | connected
connected  | not_understood     | not_understood                         | connected
connected  | unclear            | unclear                                | connected
connected  | named              |                                        | connected
connected  | ended, named       | login unconfirmed, over                |
connected  | rejected, no place | failure all                            |
connected  | overdue            | login unconfirmed                      | in
deferred   | connected          | login unconfirmed                      | connected
deferred   | deferred           |                                        | deferred
deferred   | addressed          |                                        | addressed
deferred   | established        | login established                      | in
deferred   | resumed            | login resumed                          | in
deferred   | moved              | login moved                            | deferred, in
deferred   | seen               |                                        | deferred
deferred   | ended              |                                        |
deferred   | evicted            |                                        | deferred
deferred   | refused            | failure all                            | deferred
deferred   | failed             | failure all                            | deferred
deferred   | challenged         |                                        |
deferred   | rejected           | failure all                            |
deferred   | turned_away        |                                        |
deferred   | started            | login unconfirmed, over, server_restarted |
deferred   | muted              | log_muted                              | deferred
deferred   | not_understood     | not_understood                         | deferred
deferred   | unclear            | unclear                                | deferred
deferred   | named              |                                        | deferred
deferred   | ended, named       | login unconfirmed, over                |
deferred   | rejected, no place | failure all                            |
deferred   | overdue            | login unconfirmed                      | in
addressed  | connected          | login addressed                        | connected
addressed  | deferred           |                                        | addressed
addressed  | addressed          |                                        | addressed
addressed  | established        | login established                      | in
addressed  | resumed            | login resumed                          | in
addressed  | moved              | login moved                            | addressed, in
addressed  | seen               |                                        | addressed
addressed  | ended              | login addressed, over                  |
addressed  | evicted            |                                        | addressed
addressed  | refused            | failure all                            | addressed
addressed  | failed             | failure all                            | addressed
addressed  | challenged         |                                        |
addressed  | rejected           | failure all                            |
addressed  | turned_away        |                                        |
addressed  | started            | login addressed, over, server_restarted |
addressed  | muted              | log_muted                              | addressed
addressed  | not_understood     | not_understood                         | addressed
addressed  | unclear            | unclear                                | addressed
addressed  | named              |                                        | addressed
addressed  | ended, named       | login addressed, over                  |
addressed  | rejected, no place | failure all                            |
addressed  | overdue            | login addressed                        | in
returning  | connected          | login unconfirmed                      | connected
returning  | deferred           |                                        | returning
returning  | addressed          |                                        | addressed
returning  | established        | login established                      | in
returning  | resumed            | login resumed                          | in
returning  | moved              | login moved                            | in, returning
returning  | seen               |                                        | returning
returning  | ended              | login unconfirmed, over                |
returning  | evicted            |                                        | returning
returning  | refused            | failure all                            | returning
returning  | failed             | failure all                            | returning
returning  | challenged         |                                        |
returning  | rejected           | failure all                            |
returning  | turned_away        |                                        |
returning  | started            | login unconfirmed, over, server_restarted |
returning  | muted              | log_muted                              | returning
returning  | not_understood     | not_understood                         | returning
returning  | unclear            | unclear                                | returning
returning  | named              |                                        | returning
returning  | ended, named       | login unconfirmed, over                |
returning  | rejected, no place | failure all                            |
returning  | overdue            | login unconfirmed                      | in
in         | connected          | over                                   | connected
in         | deferred           |                                        | in
in         | addressed          |                                        | in
in         | established        |                                        | in
in         | resumed            | login resumed, over                    | in
in         | moved              | login moved, over                      | in
in         | seen               |                                        | in
in         | ended              | over                                   |
in         | evicted            | over                                   |
in         | refused            | failure all                            | in
in         | failed             | failure all                            | in
in         | challenged         |                                        | in
in         | rejected           | over, failure all                      |
in         | turned_away        |                                        | in
in         | started            | over, server_restarted                 |
in         | muted              | log_muted                              | in
in         | not_understood     | not_understood                         | in
in         | unclear            | unclear                                | in
in         | named              |                                        | in
in         | ended, named       | over                                   |
in         | rejected, no place | failure all                            | in
in         | overdue            |                                        | in
"""

ROWS = [tuple(cell.strip() for cell in f"{row} ".split("|")) for row in TABLE.splitlines() if row]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, str], tuple[str, str]]:
    """Return what happens in each row of the table."""
    places = [(state, means) for state, means, _said, _states in ROWS]
    all_told = lives(
        *([*STATES[state], MESSAGES.get(means) or message(means)] for state, means in places)
    )
    return {
        place: (
            ", ".join(told.said(len(STATES[place[0]]))),
            ", ".join(sorted(told.states().values())),
        )
        for place, told in zip(places, all_told, strict=True)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_message_in_every_state(
    row: tuple[str, str, str, str], rows: dict[tuple[str, str], tuple[str, str]]
) -> None:
    state, means, said, states = row
    assert rows[state, means] == (said, states)


def test_the_table_has_every_message_in_every_state() -> None:
    pairs = [(state, means) for state, means, _said, _states in ROWS]
    messages = dict.fromkeys(means for _state, means in pairs)
    assert pairs == [(state, means) for state in STATES for means in messages]


def test_a_login_has_the_fields_of_what_proved_it() -> None:
    told = live(message("connected"), wait(3), message("established", user="anna b"))
    ((ident, *connection),) = told.fields("connections")
    assert len(ident) == 32
    assert connection == [
        *("198.51.100.7", "OpenVPN", "2027-01-15T08:00:00.000Z", "vpn1", "anna b"),
        *("198.51.100.7:1194", "established", "connected line"),
    ]
    assert told.states() == {"anna b@198.51.100.7:1194": "in"}


def test_a_session_that_ends_is_the_one_that_was_judged() -> None:
    told = live(message("established"), message("ended"))
    ((ident, *_connection),) = told.fields("connections")
    ((_time, server, user, ended, *_when),) = told.fields("SESSION_ENDED")
    assert (server, user, ended) == ("vpn1", "anna", ident)


@pytest.mark.parametrize(("seconds", "said"), [(9, []), (10, ["login unconfirmed"])])
def test_a_client_that_is_not_rejected_in_time_is_in(seconds: int, said: list[str]) -> None:
    assert live(message("connected"), wait(seconds)).said() == said


@pytest.mark.parametrize(("seconds", "said"), [(39, []), (40, ["login unconfirmed"])])
def test_a_second_factor_has_its_own_time(seconds: int, said: list[str]) -> None:
    deferred = message("deferred", seconds=30)
    assert live(message("connected"), deferred, wait(seconds)).said() == said
    assert live(deferred, message("connected"), wait(seconds)).said() == said


def test_who_asks_for_a_second_factor_without_a_place_may_mean_anybody() -> None:
    told = live(
        message("connected"),
        message("connected", user="berta", port="2"),
        message("connected", user="carla", port="3", server="vpn2"),
        message("deferred", place="", user=None),
        wait(11),
    )
    assert told.states() == {
        "anna@198.51.100.7:1194": "deferred",
        "berta@198.51.100.7:2": "deferred",
        "carla@198.51.100.7:3": "in",
    }


def test_a_daemon_that_gives_addresses_has_to_do_so() -> None:
    """Who was not given one is not in. After a restart that is open again."""
    first = [message("connected"), message("addressed"), wait(3)]
    berta = message("connected", user="berta", port="2")
    assert live(*first, berta, wait(11)).said() == ["login addressed"]
    assert live(*first, message("started"), berta, wait(11)).said() == [
        *("login addressed", "over", "server_restarted", "login unconfirmed")
    ]


@pytest.mark.parametrize(("seconds", "said"), [(1, []), (2, ["login addressed"])])
def test_the_last_checks_come_behind_the_address(seconds: int, said: list[str]) -> None:
    assert live(message("connected"), message("addressed"), wait(seconds)).said() == said


def test_a_daemon_that_says_who_is_in_has_longer_for_it() -> None:
    told = live(
        message("connected"),
        message("established"),
        message("connected", user="berta", port="2"),
        message("addressed", user="berta", port="2"),
        wait(89),
    )
    assert told.said() == ["login established"]


def test_an_address_behind_an_eviction_is_of_the_last_that_connected() -> None:
    told = live(
        message("connected"),
        wait(1),
        message("connected", user="berta", port="2"),
        message("addressed", place="", user=None),
    )
    assert told.states() == {
        "anna@198.51.100.7:1194": "connected",
        "berta@198.51.100.7:2": "addressed",
    }


@pytest.mark.parametrize(
    ("seconds", "port", "said"),
    [
        (2, "1194", ["failure all"]),
        (3, "1194", ["failure all", "login unconfirmed"]),
        (1, "", ["failure all", "login unconfirmed"]),
    ],
    ids=["the same try", "another try", "a place of many"],
)
def test_a_wrong_password_is_said_before_the_client_connects(
    seconds: int, port: str, said: list[str]
) -> None:
    failed = message("failed", port=port)
    assert live(failed, wait(seconds), message("connected", port=port), wait(11)).said() == said


def test_one_failure_of_several_lines_is_counted_once_and_gets_its_name() -> None:
    told = live(
        message("failed", user=""), message("failed"), message("failed"), message("rejected")
    )
    assert told.said() == ["failure all", "failure name"]
    assert [fields[3] for fields in told.fields("FAILURE")] == ["", "anna"]


def test_a_question_takes_back_what_was_counted() -> None:
    assert live(message("failed"), message("challenged")).said() == ["failure all", "failure less"]


def test_a_refused_handshake_is_said_once_a_minute() -> None:
    refused = message("refused")
    assert live(refused, refused, wait(61), refused).said() == ["failure all"] * 2


def test_one_of_several_tries_of_a_name_is_rejected() -> None:
    """Nobody knows which, so all that are left are logins that could be somebody's."""
    two = [message("connected"), wait(1), message("connected", port="2")]
    rejected = message("rejected", place="", user="Anna", program="other")
    told = live(*two, rejected, wait(11))
    assert told.said() == ["failure all", *["login unconfirmed"] * 2]
    assert live(*two, rejected, rejected, wait(11)).said() == ["failure all"] * 2


def test_a_client_that_moved_without_a_word_is_seen() -> None:
    there = message("seen", ip="203.0.113.9", is_named=1)
    told = live(message("established"), there)
    assert told.said(1) == ["login moved", "over"]
    assert told.states() == {"anna@203.0.113.9:1194": "in"}


def test_of_several_sessions_nobody_knows_which_moved() -> None:
    told = live(
        message("established"),
        message("established", port="2"),
        message("seen", ip="203.0.113.9", is_named=1),
    )
    assert told.said(2) == ["login moved"]
    assert len(told.states()) == 3


def test_a_move_ends_the_session_at_its_old_place_and_at_the_new() -> None:
    told = live(
        message("established"),
        message("established", user="berta", port="2"),
        message("moved", old_ip="198.51.100.7", old_port="1194", port="2", is_named=1),
    )
    assert told.said(2) == ["login moved", "over", "over"]
    assert told.states() == {"anna@198.51.100.7:2": "in"}


def test_another_name_at_the_place_of_a_session_is_another_session() -> None:
    told = live(message("established"), message("established", user="berta"))
    assert told.said(1) == ["login established", "over"]
    assert told.states() == {"berta@198.51.100.7:1194": "in"}


def test_an_eviction_ends_all_sessions_of_the_name_and_no_other() -> None:
    told = live(
        message("established"),
        message("established", port="2"),
        message("established", user="berta", port="3"),
        message("evicted", place=""),
    )
    assert told.said(3) == ["over", "over"]
    assert told.states() == {"berta@198.51.100.7:3": "in"}


def test_clients_that_share_an_address_without_a_port_are_told_apart_by_name() -> None:
    told = live(
        message("established", port=""),
        message("established", port="", user="berta"),
        message("ended", port=""),
    )
    assert told.said(2) == ["over"]
    assert told.states() == {"berta@198.51.100.7": "in"}


def test_a_program_beside_the_daemon_knows_its_clients() -> None:
    beside = message("ended", program="logger", pid="7")
    assert live(message("established"), beside).said(1) == ["over"]


def test_another_daemon_has_clients_of_its_own() -> None:
    """Only its own restart ends their sessions."""
    told = live(message("established"), message("started", pid="2"))
    assert told.said(1) == []


def test_a_session_is_followed_for_a_week_from_when_it_was_last_seen() -> None:
    week, seen = 604_800, message("seen", is_named=1)
    half = wait(week // 2)
    told = lives(
        [message("established"), half, half],
        [message("established"), half, seen, half],
        [message("established"), half, seen, half, half],
    )
    assert [list(each.states().values()) for each in told] == [[], ["in"], []]


def test_a_session_has_the_name_that_it_was_given_in_all_that_follows() -> None:
    session = {"session": "7", "ip": None, "port": None}
    established = {**session, "ip": "198.51.100.7", "user": None}
    told = live(message("named", **session, user="berta"), message("established", **established))
    assert told.states() == {"berta@#7": "in"}
    assert [fields[5] for fields in told.fields("connections")] == ["berta"]


def test_who_logs_in_again_and_again_is_no_news_for_a_while() -> None:
    told = live(
        message("established", news=60),
        wait(30),
        message("established", news=60, port="2"),
        message("established", news=60, ip="203.0.113.9"),
        wait(30),
        message("established", news=60, port="3"),
    )
    assert told.said() == ["login established"] * 3


@pytest.mark.parametrize("ip", ["nowhere", "", None])
def test_what_is_no_address_is_said_to_be_no_login(ip: str | None) -> None:
    assert live(message("established", ip=ip)).said() == ["not_understood"]


def test_a_time_that_cannot_be_read_is_said_and_the_message_followed() -> None:
    told: Told = live(message("established", odd_time="31 Feb"))
    assert told.said() == ["login established", "not_understood"]
