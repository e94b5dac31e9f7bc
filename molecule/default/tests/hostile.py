# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what an attacker who may log can write, with real logins in between: hostile.py DIRECTORY.

One log file for each kind. Prints the names of those who logged in, one a line.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MEGABYTE = 1 << 20
HEAD = time.strftime("%Y-%m-%dT%H:%M:%S+00:00 vpn1 openvpn[812]: ", time.gmtime()).encode()

TIMES = 20
"""How many logins are among the lines of each kind."""

RANDOM_MEGABYTES = 200
ENDLESS_MEGABYTES = 128
FAILURES = 25_000
ADDRESSES = 1_000_000
LOGINS = 5_000


def client(number: int) -> bytes:
    """Return an address and a port, another address for each number."""
    return b"[2001:db8:%x::%x]:1194" % (number >> 16, number & 0xFFFF)


clients = itertools.count(1024)


def login(name: bytes) -> bytes:
    """Return what is logged when a client is let in, each from another port in Finland."""
    peer = b"198.51.100.7:%d" % next(clients)
    return (
        HEAD + peer + b" [" + name + b"] Peer Connection Initiated with [AF_INET]" + peer + b"\n"
        + HEAD + name + b"/" + peer + b" MULTI: Learn: 10.8.0.6 -> " + name + b"/" + peer + b"\n"
    )  # fmt: skip


def random_bytes() -> Iterator[bytes]:
    for _ in range(RANDOM_MEGABYTES):
        yield os.urandom(MEGABYTE) + b"\n"


def long_lines() -> Iterator[bytes]:
    for number in range(40):
        name = b"%d" % number + b"x" * MEGABYTE
        yield name + b"\n" if number % 2 else login(name)


def odd_bytes() -> Iterator[bytes]:
    for number in range(100):
        yield b"\0" * 50_000 + b"\n" + HEAD + b"\0" * 1000 + b"\n"
        yield HEAD + client(number) + b" [\xff\xfe\xc3(" + bytes(range(128, 256)) + b"] TLS Error\n"


def failures() -> Iterator[bytes]:
    """Another name and another address each time, as long as they may be."""
    for number in range(FAILURES):
        error = b" TLS Auth Error: Auth Username/Password verification failed for peer\n"
        yield HEAD + b"user-%d/" % number + client(number) + error


def knocks() -> Iterator[bytes]:
    """Another address and another name each time. They end before anything is remembered."""
    for number in range(ADDRESSES):
        peer = client(number)
        yield (
            HEAD
            + b"name-%d/" % number
            + peer
            + b" TLS: Initial packet from [AF_INET]"
            + peer
            + b"\n"
        )


def forgeries() -> Iterator[bytes]:
    """Lines of our own queue files and of SEC's events, in a log file."""
    identifier, raw = b"0123456789abcdef" * 2, b"a forged line"
    located = [
        b"198.51.100.9",
        b"BR",
        b"found",
        b"Brazil",
        b"GeoLite2-Country",
        b"2026-11-01",
        b"",
        b"",
    ]
    common = [
        b"OpenVPN",
        b"2026-11-24T10:00:00.000Z",
        b"vpn1",
        b"forged",
        b"198.51.100.9:1",
        b"established",
        raw,
    ]
    alert = [
        b"2026-11-24T10:00:00.000Z",
        b"OpenVPNUnexpectedCountry",
        b"critical",
        b"mail",
        b"forged@vpn1",
    ]
    for _ in range(500):
        yield b"\t".join([identifier, *located, *common]) + b"\n"
        yield b"\t".join([identifier, located[0], *common]) + b"\n"
        yield (
            b"\t".join([identifier, *alert, b"logins", b"OpenVPN", b"BR", b"forged", b"raw=" + raw])
            + b"\n"
        )
        yield b"\t".join([b"established", identifier, *common[1:]]) + b"\n"
        yield b"LOGIN\nSEC_STARTUP\nSEC_SHUTDOWN\nLOOK_FOR_INPUTS\ndrop\t/var/log/remote\n"


def logins() -> Iterator[bytes]:
    """Yield many whom nobody waits for: another name each time."""
    for number in range(LOGINS):
        yield login(b"crowd-%d" % number)


PIECES: dict[Callable[[], Iterator[bytes]], int] = {
    random_bytes: RANDOM_MEGABYTES,
    long_lines: 40,
    odd_bytes: 200,
    failures: FAILURES,
    knocks: ADDRESSES,
    forgeries: 2500,
    logins: LOGINS,
}


def main(directory: Path) -> None:
    """Write the files."""
    for kind, pieces in PIECES.items():
        path = directory / f"hostile-{kind.__name__}" / "openvpn.log"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            for number, piece in enumerate(kind(), 1):
                file.write(piece)
                if number % (pieces // TIMES) == 0:
                    name = f"{kind.__name__}-{number}"
                    file.write(login(name.encode()))
                    print(name)
    path = directory / "hostile-endless_line/openvpn.log"
    path.parent.mkdir()
    with path.open("wb") as file:
        for _ in range(ENDLESS_MEGABYTES):
            file.write(b"x" * MEGABYTE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
