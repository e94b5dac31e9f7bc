# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives roles/logins/files/perl/Life.pm by itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROLES = Path(__file__).parents[3] / "roles"
PERL = [f"-I{ROLES}/{role}/files/perl" for role in ("sec", "logins")]

Step = dict[str, Any]


def message(means: str, **fields: Any) -> Step:
    """Return what a line of anna's server means, by default one that has her address alone."""
    anna = {"user": "anna", "ip": "198.51.100.7", "port": "1194", "is_named": 0}
    daemon = {"source": "OpenVPN", "server": "vpn1", "program": "openvpn", "pid": "1"}
    return {**anna, **daemon, "means": means, "raw": f"{means} line", **fields}


def wait(seconds: int) -> Step:
    """Let time pass, and whatever is over in it be over."""
    return {"wait": seconds}


def _short(said: list[str]) -> str:
    """Return what was said, without what is always the same."""
    kind, *fields = said
    if kind == "connections":
        return f"login {fields[7]}"
    if kind == "FAILURE":
        return f"failure {fields[0]}"
    return {"SESSION_ENDED": "over"}.get(kind, kind.lower())


class Told:
    """What was said in each step, and what is known in the end."""

    def __init__(self, line: str) -> None:
        self.steps, self.clients = json.loads(line)

    def said(self, first: int = 0) -> list[str]:
        """Return what was said from this step on, in short; every login has its event."""
        said = [_short(each) for step in self.steps[first:] for each in step]
        logins = sum(text.startswith("login ") for text in said)
        assert said.count("login") == logins
        return [text for text in said if text != "login"]

    def fields(self, kind: str) -> list[list[str]]:
        """Return the fields of everything of this kind."""
        return [each[1:] for step in self.steps for each in step if each[0] == kind]

    def states(self) -> dict[str, str]:
        """Return the state of every client that is known, by its name and place."""
        return {f"{user}@{place}": state for state, user, place in self.clients}


def lives(*lives: list[Step]) -> list[Told]:
    """Return what becomes of each of these lives, none of which knows of the others."""
    command = ["perl", "-w", *PERL, str(Path(__file__).with_name("life.pl"))]
    done = subprocess.run(command, input=json.dumps(lives), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return [Told(line) for line in done.stdout.splitlines()]


def live(*steps: Step) -> Told:
    """Return what becomes of these steps."""
    (told,) = lives(list(steps))
    return told
