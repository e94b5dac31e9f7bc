#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log what an OpenVPN server logs when COUNT users, NAME-0 and so on, log in: log_in.py NAME COUNT.

Every tenth comes from Brazil; with --twice everybody does, and then everybody once more. With
--file the lines are appended to that file, otherwise they are sent to the host's rsyslog, and once
more where it went away.
"""

from __future__ import annotations

import argparse
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime

FINLAND, BRAZIL = "198.51.100.10", "198.51.100.130"


def lines(args: argparse.Namespace, number: int, ip: str, port: int) -> str:
    """Return the lines of one login, as they come to a log server."""
    user, client = f"{args.name}-{number}", f"{ip}:{port}"
    head = f"{datetime.now(UTC).isoformat(timespec='microseconds')} {args.server} openvpn[812]:"
    connected = f"{head} {client} [{user}] Peer Connection Initiated with [AF_INET]{client}\n"
    inside = f"10.8.{number // 250}.{number % 250 + 1}"
    return (
        connected
        if args.unproved
        else f"{connected}{head} MULTI: Learn: {inside} -> {user}/{client}\n"
    )


def append_to(path: str) -> Callable[[str], None]:
    """Return what logs to a file, which may have been rotated away."""

    def log(text: str) -> None:
        with open(path, "a", encoding="ascii") as file:
            file.write(text)

    return log


def send_to_rsyslog() -> Callable[[str], None]:
    """Return what logs to rsyslog, whenever it is there."""
    connection: socket.socket | None = None

    def log(text: str) -> None:
        nonlocal connection
        data = "".join(f"<29>{line}" for line in text.splitlines(keepends=True)).encode("ascii")
        while True:
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", 514), timeout=5)
                connection.sendall(data)
                return
            except TimeoutError:  # it takes nothing for now, but perhaps has taken a part
                time.sleep(0.1)
            except OSError:
                if connection is not None:
                    connection.close()
                connection = None
                time.sleep(0.1)

    return log


def main() -> None:
    """Log in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("count", type=int)
    parser.add_argument("--server", default="vpn1")
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--file")
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--unproved", action="store_true", help="no line after the connection")
    args = parser.parse_args()
    log = append_to(args.file) if args.file else send_to_rsyslog()
    start = time.monotonic()
    logins = [*range(args.count)] * (2 if args.twice else 1)
    for done, number in enumerate(logins):
        ip = BRAZIL if args.twice or number % 10 == 0 else FINLAND
        log(lines(args, number, ip, 10000 + done))
        due = start + args.seconds * (done + 1) / len(logins)
        time.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    main()
