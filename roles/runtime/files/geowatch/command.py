# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""geowatch: what people do on a log server.

  geowatch logins ...      who came in, from where, and what was thought of it
  geowatch last-seen ...   when each user came in last, and who never did
  geowatch explain ...     what each step made of a login, or makes of a line, and where it stops
  geowatch failures ...    who was rejected again and again
  geowatch report ...      what the last week was like, in a short text
  geowatch propose ...     which countries to expect, by where people came from so far
  geowatch forget ...      take a user out of what is kept of the past
  geowatch alerts ...      what rang, where it went; send again what was refused
  geowatch canary          send a marked login down the line, and see where it arrives
  geowatch channels ...    by which ways alerts go out, whether each works; test one
  geowatch database ...    how old the database is, update it, go back to the one before
  geowatch lookup ...      the country of an address, as a login from there would be judged
  geowatch status          whether each link of the line works, from the log to the alert

"geowatch alerts --help" and so on says more. Run it as root: it becomes the user of the service
whose files it reads before it opens one, so that nobody who took over a service has root's hands.
"""

from __future__ import annotations

import grp
import importlib
import os
import pwd
import sys
import unicodedata
from typing import Any, TextIO, cast

ROOMS = {
    "alerts": "geowatch.alerts.command",
    "canary": "geowatch.watch.canary",
    "channels": "geowatch.alerts.channels",
    "database": "geowatch.database.command",
    "explain": "geowatch.logins.explain",
    "failures": "geowatch.logins.failures",
    "forget": "geowatch.logins.forget",
    "last-seen": "geowatch.logins.last_seen",
    "logins": "geowatch.logins.command",
    "lookup": "geowatch.geoip.command",
    "propose": "geowatch.logins.propose",
    "report": "geowatch.logins.report",
    "status": "geowatch.watch.status",
}
SHARED_GROUP = "geowatch"
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of what moves the cursor, changes the direction, or cannot be seen."""


class Terminal:
    """A stream that shows nothing but text: what strangers had logged may be printed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, with all that is no text as an escape."""
        self._stream.write("".join(map(_visible, text)))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _visible(character: str) -> str:
    if character in "\n\t" or unicodedata.category(character) not in INVISIBLE:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def become(user: str) -> None:
    """Give up root for a user and its groups, for ever. Others stay who they are."""
    if os.geteuid() != 0:
        return
    entry = pwd.getpwnam(user)
    groups = os.getgrouplist(user, entry.pw_gid)
    os.setgroups([*groups, grp.getgrnam(SHARED_GROUP).gr_gid])
    os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
    os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
    if 0 in os.getresuid() or 0 in os.getresgid():
        raise PermissionError(f"cannot become {user}")


def main(arguments: list[str]) -> int:
    """Run one command. Returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    if sys.stdout.isatty():
        sys.stdout = cast(TextIO, Terminal(sys.stdout))
    if sys.stderr.isatty():
        sys.stderr = cast(TextIO, Terminal(sys.stderr))
    if arguments[:1] in ([], ["-h"], ["--help"], ["help"]):
        print(__doc__)
        return 0 if arguments else 2
    name = arguments[0]
    if name not in ROOMS:
        print(f"geowatch: no command {name!r}. There are: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    try:
        room = importlib.import_module(ROOMS[name])
        if user := room.user(arguments[1:]) if hasattr(room, "user") else room.USER:
            become(user)
        return int(room.main(arguments[1:]))
    except ModuleNotFoundError as error:
        if not (error.name and ROOMS[name].startswith(error.name)):
            raise
        print(f"geowatch: {name} is not installed on this host", file=sys.stderr)
    except KeyError as error:
        print(f"geowatch: {error.args[0]}: run the playbook again", file=sys.stderr)
    except PermissionError as error:
        print(f"geowatch: {error}: run it as root", file=sys.stderr)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1
