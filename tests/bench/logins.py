# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What OpenVPN servers log when clients log in, as rsyslog writes it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

FIRST_ADDRESS = IPv4Address("198.18.0.0")
ADDRESSES = 1 << 17
SERVERS = 8
RATE = 10_000
"""Logins in a second of a storm."""


class Client(NamedTuple):
    """A client of a VPN server. Up to 131,072 of them are all at different addresses."""

    number: int

    @property
    def user(self) -> str:
        """Return what it is called."""
        return f"user-{self.number:06}"

    @property
    def ip(self) -> str:
        """Return its address: neighbours in time are far apart in the database."""
        return str(FIRST_ADDRESS + self.number * 54_773 % ADDRESSES)

    @property
    def peer(self) -> str:
        """Return its address and port."""
        return f"{self.ip}:{20_000 + self.number % 40_000}"

    @property
    def network_address(self) -> str:
        """Return what it got from the pool."""
        return f"10.{8 + (self.number >> 16)}.{self.number >> 8 & 255}.{self.number & 255}"

    @property
    def server(self) -> str:
        """Return the VPN server that it is a client of."""
        return f"vpn{self.number % SERVERS + 1}"


def head(second: int, host: str, program: str) -> str:
    """Return the beginning of a line, so many seconds from now: what is old is late."""
    stamp = datetime.fromtimestamp(time.time() + second, UTC).isoformat(timespec="microseconds")
    return f"{stamp} {host} {program}: "


def connected(client: Client, second: int) -> str:
    """Return "Peer Connection Initiated", which every verb has."""
    beginning = head(second, client.server, "openvpn[812]")
    return (
        f"{beginning}{client.peer} [{client.user}] Peer Connection Initiated with "
        f"[AF_INET]{client.peer}\n"
    )


def learned(client: Client, second: int) -> str:
    """Return "MULTI: Learn", by which verb 3 says that the client was let in."""
    beginning = head(second, client.server, "openvpn[812]")
    name = f"{client.user}/{client.peer}"
    return f"{beginning}{name} MULTI: Learn: {client.network_address} -> {name}\n"


def _lines(logins: int, verb_3: bool) -> Iterator[str]:
    for number in range(logins):
        client = Client(number)
        yield connected(client, number // RATE)
        if verb_3:
            yield learned(client, number // RATE)


def write_storm(path: Path, logins: int, verb_3: bool = True) -> Path:
    """Write the lines of so many logins, each by another user from another address."""
    with path.open("w") as log:
        log.writelines(_lines(logins, verb_3))
    return path
