# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command ``geowatch forget``: takes a user out of what is kept of the past.

What programs still read is left alone: it is not kept for longer than a week. See docs/privacy.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from geowatch.alerts.ledger import Ledger
from geowatch.command import become
from geowatch.logins.question import folded
from geowatch.logins.trail import FIELD, LOCATED, OPEN, OUTBOX, STATE, generations

USER = ""
"""Each part becomes the user of its room."""


def main(arguments: list[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="geowatch forget",
        description="Take the logins of a user out of the trail, and the alerts about them out of "
        "the outbox. This cannot be undone.",
        epilog="What is left is said, and goes by itself: the present day and the one before of "
        "the trail, and what is on its way. Run it again in two days. What was sent is where it "
        "was sent to, and the servers have logs of their own.",
        allow_abbrev=False,
    )
    help_ = "the whole name; capitals are as small letters"
    parser.add_argument("user", metavar="USER", help=help_)
    parser.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    name = folded(os.fsencode(args.user))
    rooms = (("geowatch-geoip", _trail), ("geowatch-alerts", _outbox))
    return max(_as(user, part, args.state, name) for user, part in rooms)


def _as(user: str, part: Callable[[Path, str], None], state: Path, name: str) -> int:
    """Do this part in a process of its own, as this user; return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        become(user)
        part(state, name)
        code = 0
    except Exception as error:  # whatever a damaged file does
        print(f"geowatch forget: {type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _trail(state: Path, name: str) -> None:
    taken = left = 0
    for path, suffix in generations(state / LOCATED).values():
        if suffix:
            taken += _taken_out(path, suffix, name)
        else:
            with path.open("rb") as file:
                left += sum(_is_of(line, name) for line in file)
    print(f"{taken} logins were taken out of the trail.")
    if left:
        print(f"{left} are in files that are in use. Run it again in two days.")


def _taken_out(path: Path, suffix: str, name: str) -> int:
    """Write a file of the trail without the logins of this name; return how many it had."""
    new, count = path.with_name(f"{path.name}.new"), 0
    try:
        with OPEN[suffix](path, "rb") as old, OPEN[suffix](new, "wb") as file:
            status = path.stat()
            for line in old:
                if _is_of(line, name):
                    count += 1
                else:
                    file.write(line)
        if count:
            os.chown(new, -1, status.st_gid)
            os.chmod(new, status.st_mode & 0o777)
            os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
            if path.stat().st_ino != status.st_ino:
                raise OSError(f"{path} was rotated meanwhile: run it again")
            new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return count


def _is_of(line: bytes, name: str) -> bool:
    fields = line.split(b"\t", FIELD["user"] + 1)
    return len(fields) > FIELD["user"] and folded(fields[FIELD["user"]]) == name


def _outbox(state: Path, name: str) -> None:
    gone, left = Ledger(state / OUTBOX).forget(lambda user: user.lower() == name)
    print(f"{gone} alerts were deleted from the outbox.")
    if left:
        print(f"{left} are still to be delivered. Give them up: geowatch alerts drop --help")
