# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command for people becomes the user of a room before the room does anything."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from geowatch.command import ROOMS, Terminal

FILES = Path(__file__).parents[3] / "roles" / "runtime" / "files"

ROOM = """
import os
USER = "nobody"
def main(arguments):
    print(os.getresuid(), os.getresgid(), os.getgroups(), arguments)
    for call in (os.setuid, os.setgid):
        try:
            call(0)
        except PermissionError:
            print("no way back")
    return 7
"""


def run(directory: Path, *arguments: str, text: str = ROOM) -> subprocess.CompletedProcess[str]:
    """Run the command, where only the outbox is installed. As its group there is only root's."""
    directory.chmod(0o755)
    room = directory / "geowatch" / "alerts" / "command.py"
    room.parent.mkdir(parents=True, exist_ok=True)
    room.write_text(text)
    script = "import sys; from geowatch import command; command.SHARED_GROUP = 'mail';"
    script += "sys.exit(command.main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"PYTHONPATH": f"{FILES}:{directory}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_root_becomes_the_user_of_the_room_for_ever(tmp_path: Path) -> None:
    done = run(tmp_path, "alerts", "list", "--all")
    assert done.returncode == 7, done.stderr
    identity, *rest = done.stdout.splitlines()
    assert identity.startswith("(65534, 65534, 65534) (65534, 65534, 65534) [")
    assert " 0" not in identity.partition("[")[2]
    assert identity.endswith("['list', '--all']")
    assert rest == ["no way back"] * 2


def test_the_arguments_may_tell_the_user(tmp_path: Path) -> None:
    text = ROOM.replace('USER = "nobody"', "def user(arguments):\n    return arguments[0]")
    done = run(tmp_path, "alerts", "nobody", text=text)
    assert done.stdout.startswith("(65534, 65534, 65534) "), done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "geowatch alerts ..."),
        (["--help"], 0, "geowatch alerts ..."),
        (["alert"], 2, f"no command 'alert'. There are: {', '.join(ROOMS)}"),
        (["lookup", "192.0.2.1"], 1, "lookup is not installed on this host"),
    ],
)
def test_what_it_says(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_a_terminal_shows_text_and_nothing_else() -> None:
    stream = io.StringIO()
    Terminal(stream).write("Jörg\t\x1b]0;x\x07 \u202egnp\u200b\x9b \U000e0041\n")
    assert stream.getvalue() == ("Jörg\t\\u001b]0;x\\u0007 \\u202egnp\\u200b\\u009b \\U000e0041\n")


def test_a_newline_by_itself_is_none() -> None:
    stream = io.StringIO()
    Terminal(stream).write("a\r\u2028b\n")
    assert stream.getvalue() == "a\\u000d\\u2028b\n"
