# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What wireguard_log.py says of the peers."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_wg import ANNA, BERTA, Peer, dump, said

HOME, AWAY = Peer(ANNA, "203.0.113.7:1000"), Peer(ANNA, "198.51.100.9:1000")
GONE = f"peer {ANNA} of wg0 is away, was at 203.0.113.7:1000"
CAME = f"peer {ANNA} of wg0 appeared at 203.0.113.7:1000"

CASES: dict[str, tuple[list[list[Peer]], list[str]]] = {
    "it_stays": ([[HOME], [HOME]], [CAME, GONE]),
    "never_here": ([[Peer(ANNA, "(none)")]], []),
    "nearly_away": ([[HOME._replace(seconds=170)]], [CAME, GONE]),
    "away": ([[HOME], [HOME._replace(seconds=181)], []], [CAME, GONE]),
    "back": ([[HOME], [HOME._replace(seconds=181)], [HOME]], [CAME, GONE, CAME, GONE]),
    "taken_out": ([[HOME], []], [CAME, GONE]),
    "another_port": ([[HOME], [HOME._replace(endpoint="203.0.113.7:2000")]], [CAME, GONE]),
    "moved": (
        [[HOME], [AWAY]],
        [
            CAME,
            f"peer {ANNA} of wg0 moved from 203.0.113.7:1000 to 198.51.100.9:1000",
            f"peer {ANNA} of wg0 is away, was at 198.51.100.9:1000",
        ],
    ),
    "another_peer": (
        [[HOME], [HOME, Peer(BERTA, "[2001:db8::7]:1000", interface="wg1")], [HOME]],
        [
            CAME,
            f"peer {BERTA} of wg1 appeared at [2001:db8::7]:1000",
            f"peer {BERTA} of wg1 is away, was at [2001:db8::7]:1000",
            GONE,
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_news_of_peers_is_said_once(name: str, tmp_path: Path) -> None:
    looks, lines = CASES[name]
    assert said(tmp_path, *(dump(*peers) for peers in looks)) == lines


def test_no_secret_is_said(tmp_path: Path) -> None:
    lines = "\n".join(said(tmp_path, dump(HOME)))
    assert "PRIVATE" not in lines
    assert "SHARED" not in lines
