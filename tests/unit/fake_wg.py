# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs wireguard_log.py with a `wg` that answers what it is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

PROGRAM = Path(__file__).parents[2] / "roles/wireguard_log/files/wireguard_log.py"
ANNA, BERTA = "a" * 43 + "=", "b" * 43 + "="
WG = """#!/bin/sh
# One answer after another. When there is none left it fails.
[ "$*" = "show all dump" ] || exit 2
next=$(ls "{answers}" | head -n 1)
[ "$next" ] || exit 1
cat "{answers}/$next"
rm "{answers}/$next"
"""


class Peer(NamedTuple):
    """A peer, as WireGuard knows it."""

    key: str
    endpoint: str
    seconds: int = 10  # since its handshake
    interface: str = "wg0"


def dump(*peers: Peer) -> str:
    """Return what `wg show all dump` prints."""
    lines = ["wg0\tPRIVATE\tpublic\t51820\toff"]
    for peer in peers:
        handshake = 0 if peer.endpoint == "(none)" else int(time.time()) - peer.seconds
        line = (peer.interface, peer.key, "SHARED", peer.endpoint, "10.9.0.2/32,2001:db8::/64")
        lines.append("\t".join((*line, str(handshake), "12", "34", "off")))
    return "".join(f"{line}\n" for line in lines)


def said(directory: Path, *dumps: str) -> list[str]:
    """Return the lines that the program prints when WireGuard answers this, and then fails."""
    answers = directory / "answers"
    answers.mkdir()
    for number, text in enumerate(dumps):
        (answers / f"{number:02}").write_text(text)
    (directory / "wg").write_text(WG.format(answers=answers))
    (directory / "wg").chmod(0o755)
    done = subprocess.run(
        [sys.executable, PROGRAM, "0.01"],
        env=os.environ | {"PATH": f"{directory}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "wg show all dump failed with 1\n"
    return done.stdout.splitlines()
