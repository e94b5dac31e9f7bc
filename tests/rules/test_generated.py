# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives that are made up by the hundred: each is found as it was, and nobody else."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from lives import (
    EVIL,
    HEADERS,
    Line,
    Peer,
    Server,
    Session,
    addresses,
    connected,
    hostile_name,
    let_in,
    life,
    log,
    renegotiated,
)
from messages import Fields, Source
from rule_cases import ROLES, SOURCES, Found, Replay


def shown(name: str) -> str:
    """Return a name as the replay's output has it."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def sessions(found: Found) -> Counter[Session]:
    return Counter(Session(*(each[key] for key in Session._fields)) for each in found.sessions)


def verdicts(found: Found) -> Counter[tuple[str, str, str]]:
    about = [each["attributes"] for each in found.alerts if "policy" in each["attributes"]]
    return Counter((each["server"], each["user"], each["ip"]) for each in about)


def has_lives(number: int) -> Server:
    """Return a server with one client whose name is no attack, and two others."""
    rng = random.Random(number)
    places = addresses(rng)
    version = rng.choice(("2.6", "2.7"))
    server = Server(number)
    names = dict.fromkeys(("anna", hostile_name(rng), hostile_name(rng)))
    clients = [Peer(name, next(places), rng.randrange(1024, 65536), version) for name in names]
    if number % 2:
        # What begins as a line of hers, in every one of theirs.
        clients[-1].name = f"{clients[0].client}x{clients[-1].name}"
    server.tell(
        rng.choice(HEADERS), *((shown(each.name), life(each, rng, places)) for each in clients)
    )
    return server


def test_every_life_is_found_as_it_was(replay: Replay) -> None:
    made = [has_lives(number) for number in range(100)]
    found = replay(log(made))
    wanted = Counter(session for server in made for session in server.sessions)
    assert len(wanted) > 450
    assert sessions(found) - wanted == Counter()
    assert wanted - sessions(found) == Counter()
    assert verdicts(found) == Counter((each.server, each.user, each.ip) for each in wanted)
    assert found.not_understood == []
    # What a client's own words make unclear is said: of no address, and of nobody.
    assert EVIL not in str([each["attributes"].get("ip") for each in found.alerts])
    assert EVIL not in {each["resource"] for each in found.alerts}


ANNA = {"user": "anna", "ip": "198.51.100.10", "port": "1194", "session": "anna"}
EVE = {
    **{"user": "eve", "address": "198.51.100.130", "ip": "198.51.100.130", "port": "1195"},
    **{"old_ip": "198.51.100.131", "old_port": "1196", "session": "eve"},
}


def openvpn_life() -> list[Line]:
    """Return what a server says of somebody who connects, renegotiates, moves and leaves."""
    here = Peer(ANNA["user"], ANNA["ip"], int(ANNA["port"]))
    there = Peer(ANNA["user"], "198.51.100.140", 1194)
    floated = f"peer 0 (anna) floated from {here.peer} to {there.socket}"
    return [
        Line(0, connected(here), here.ip),
        *list(let_in(here))[:2],
        *list(renegotiated(here))[:1],
        Line(20, floated, there.ip),
        *list(renegotiated(there))[:1],
        Line(
            20,
            f"{there.client}SIGTERM[soft,remote-exit] received, client-instance exiting",
            left=True,
        ),
    ]


def short_life(source: Source) -> list[Line]:
    """Return the same of a program that says when somebody came and left."""
    rng = random.Random(1)
    came, left = (source.line(source.first(means), ANNA, rng) for means in ("established", "ended"))
    return [Line(0, came, ANNA["ip"]), Line(20, left, left=True)]


def with_eve(source: Source, honest: list[Line]) -> Iterator[Server]:
    """Yield a server for each message of the source and each place among anna's lines."""
    number = 0
    for message in source.messages:
        for place in range(len(honest) + 1):
            number += 1
            rng = random.Random(number)
            # At her own address, or behind anna's.
            eve: Fields = {
                **EVE,
                **rng.choice(({}, dict.fromkeys(("ip", "address"), ANNA["ip"]))),
            }
            # Also by another daemon of this server. One that starts anew has nobody left.
            pid = 2 if message["means"] == "started" else rng.choice((1, 1, 2))
            said = Line(0, source.line(message, eve, rng), pid=pid)
            server = Server(number)
            server.tell(
                HEADERS[0].replace("openvpn", source.program),
                ("anna", [*honest[:place], said, *honest[place:]]),
            )
            yield server


@pytest.mark.parametrize("name", ["openvpn", "sshd", "dovecot", "ocserv"])
def test_nothing_that_is_said_of_somebody_else_changes_a_life(
    name: str, rules: dict[str, Path], source_rules: dict[str, Path], database: Path, tmp_path: Path
) -> None:
    source = Source(ROLES / f"logins/sources/{name}.yml")
    honest = openvpn_life() if name == "openvpn" else short_life(source)
    made = list(with_eve(source, honest))
    corpus = next((each for each in SOURCES if each.stem == name), None)
    replay = Replay({**rules, **source_rules}, database, tmp_path)
    found = replay(log(made), SOURCES[corpus] if corpus else {})
    wanted = Counter(session for server in made for session in server.sessions)
    got = sessions(found)
    assert Counter({each: got[each] for each in got if each.user == "anna"}) == wanted
    others = {(each.user, each.ip) for each in got if each.user != "anna"}
    assert others <= {(user, ip) for user in ("eve", None) for ip in (EVE["ip"], ANNA["ip"])}
