# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes up what OpenVPN servers say of lives that are known: who came, from where, moved, left.

Every server has a log of its own people, hostile names among them, in the order of the clock. What
has to be found in it is known because it was made so.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

START = datetime(2026, 3, 2, tzinfo=UTC)
EVIL = "198.51.100.66"
"""Is in names and texts only: whatever is found there was forged."""

# What a name may hold: the words of every message, and what stands around them.
PIECES = [
    *("bob", "eve", "root", "-", " ", "/", ":", "[", "]", "(", ")", "'", '"', "\\", "%s", "$(id)"),
    *("Zoë", "日本", "\udcff\udcfe", "CN=", " -> ", "] ", "[root] ", "' ", "peer-id=1 ", "udp4:"),
    *(f"{EVIL}:5", f"/{EVIL}:5 ", f"[AF_INET]{EVIL}:5", "2001:db8::66", f"/udp4:{EVIL}:5 "),
    *("vpn openvpn[1]: ", "openvpn: ", "Mar  2 12:00:00 ", "2026-03-02 12:00:00 ", "us=1 "),
    "Peer Connection Initiated with ",
    "MULTI_sva: pool returned IPv4=10.8.0.9, IPv6=(Not enabled)",
    "MULTI: Learn: 10.8.0.9 -> ",
    "TLS: tls_multi_process: untrusted session promoted to trusted",
    "TLS Auth Error: ",
    "VERIFY ERROR: depth=0, error=expired: ",
    "VERIFY OK: depth=0, ",
    "Control Channel: ",
    "TLS: soft reset sec=",
    "SENT CONTROL [root]: 'AUTH_FAILED' (status=1)",
    f") floated from {EVIL}:5 to [AF_INET]{EVIL}:6",
    "SIGTERM[soft,remote-exit] received, client-instance exiting",
    "SIGTERM[hard,] received, process exiting",
    "Initialization Sequence Completed",
    "' could not authenticate.",
    "' will cause previous active sessions by this client to be dropped.",
    "NOTE: --mute triggered...",
    "WARNING: ",
]


class Line(NamedTuple):
    """A line behind the header, and what is true from then on."""

    after: float
    text: str
    came_to: str = ""
    left: bool = False
    pid: int = 1


class Session(NamedTuple):
    """What a session is, as a replay says it."""

    server: str
    user: str
    ip: str
    start: str
    end: str | None


@dataclass
class Peer:
    """A client at a place, as its server's version writes it."""

    name: str
    ip: str
    port: int
    version: str = "2.6"

    @property
    def peer(self) -> str:
        if self.version == "2.7":
            return (
                f"udp6:[{self.ip}]:{self.port}" if ":" in self.ip else f"udp4:{self.ip}:{self.port}"
            )
        return self.ip if ":" in self.ip else f"{self.ip}:{self.port}"

    @property
    def socket(self) -> str:
        return (
            f"[AF_INET6]{self.ip}:{self.port}"
            if ":" in self.ip
            else f"[AF_INET]{self.ip}:{self.port}"
        )

    @property
    def before(self) -> str:
        """What stands before a line until it has its name."""
        return f"{self.peer} peer-id=0 " if self.version == "2.7" else f"{self.peer} "

    @property
    def client(self) -> str:
        return f"{self.name}/{self.before}"


def handshake(who: Peer, rng: random.Random) -> Iterator[Line]:
    """Say what comes before a client is connected: all of it is the client's own choice."""
    said = hostile_name(rng)
    yield Line(0, f"{who.before}TLS: Initial packet from {who.socket}, sid=1 2")
    yield Line(0, f"{who.before}VERIFY OK: depth=1, CN=CA")
    yield Line(0, f"{who.before}VERIFY OK: depth=0, CN={who.name}")
    yield Line(0, f"{who.before}peer info: UV_SAID={said}")
    yield Line(
        0, f"{who.before}TLS: Username/Password authentication succeeded for username '{who.name}' "
    )
    yield Line(0, f"{who.before}Control Channel: TLSv1.3, cipher TLSv1.3 TLS_AES_256_GCM_SHA384")


def connected(who: Peer) -> str:
    """Return what every verb has."""
    return f"{who.before}[{who.name}] Peer Connection Initiated with {who.socket}"


def let_in(who: Peer) -> Iterator[Line]:
    """Say what comes behind, of one that is let in."""
    yield Line(0, f"{who.client}MULTI_sva: pool returned IPv4=10.8.0.2, IPv6=(Not enabled)")
    yield Line(0, f"{who.client}MULTI: Learn: 10.8.0.2 -> {who.name}/{who.peer}")
    yield Line(0, f"{who.client}MULTI: primary virtual IP for {who.name}/{who.peer}: 10.8.0.2")
    yield Line(1, f"{who.client}PUSH: Received control message: 'PUSH_REQUEST'")
    yield Line(
        0, f"{who.client}SENT CONTROL [{who.name}]: 'PUSH_REPLY,ifconfig 10.8.0.2' (status=1)"
    )


def rejected(who: Peer, rng: random.Random) -> Iterator[Line]:
    """Say of a client that it has a wrong password, or may not."""
    yield from handshake(who, rng)
    yield Line(
        0, f"{who.before}TLS Auth Error: Auth Username/Password verification failed for peer"
    )
    way = rng.choice(("2.5", "2.6", "cut off"))
    if way == "2.6":
        yield Line(0, f"{who.before}SENT CONTROL [UNDEF]: 'AUTH_FAILED' (status=1)")
        yield Line(0, f"{who.before}SENT CONTROL [{who.name}]: 'AUTH_FAILED' (status=1)")
    if way != "cut off":
        yield Line(0, connected(who))
    if way == "2.5":
        yield Line(1, f"{who.before}PUSH: Received control message: 'PUSH_REQUEST'")
        yield Line(0, f"{who.before}SENT CONTROL [{who.name}]: 'AUTH_FAILED' (status=1)")
        yield Line(5, f"{who.before}SIGTERM[soft,delayed-exit] received, client-instance exiting")


def renegotiated(who: Peer, came_to: str = "") -> Iterator[Line]:
    """Say that a client has new keys, maybe where it was not before."""
    yield Line(20, f"{who.client}TLS: soft reset sec=3600/3600 bytes=1/-1 pkts=1/0", came_to)
    yield Line(0, f"{who.client}VERIFY OK: depth=0, CN={who.name}")
    yield Line(0, f"{who.client}Control Channel: TLSv1.3, cipher TLSv1.3 TLS_AES_256_GCM_SHA384")


ENDS = [
    "SIGTERM[soft,remote-exit] received, client-instance exiting",
    "SIGUSR1[soft,connection-reset] received, client-instance restarting",
    "[{name}] Inactivity timeout (--ping-restart), restarting",
    "CC-EEN exit message received by peer",
    "Connection reset, restarting [0]",
    "Fatal TLS error (check_tls_errors_co), restarting",
]


def is_told_apart(who: Peer) -> bool:
    """Tell whether nobody else can have its place."""
    return who.peer.count(":") == 1 or who.version == "2.7"


def life(who: Peer, rng: random.Random, addresses: Iterator[str]) -> Iterator[Line]:
    """Tell a life from the first try to the end."""
    # Other tries cannot be told from each other, see docs/design.md.
    while is_told_apart(who) and rng.random() < 0.3:
        yield from rejected(who, rng)
        yield Line(rng.choice((4, 15, 70)), "MULTI: multi_create_instance called")
    yield from handshake(who, rng)
    yield Line(0, connected(who), who.ip)
    yield from let_in(who)
    for _ in range(rng.randrange(4)):
        chance = rng.random()
        old, there = (
            who.peer,
            Peer(who.name, next(addresses), rng.randrange(1024, 65536), who.version),
        )
        if chance < 0.3:
            yield from renegotiated(who)
        elif chance < 0.6:
            who = there
            yield Line(20, f"peer 0 ({who.name}) floated from {old} to {who.socket}", who.ip)
        elif chance < 0.8:
            who = there
            yield from renegotiated(who, who.ip)
        else:
            # Somebody else, at its own place and not knowing its key, before it goes on.
            yield Line(
                9, f"{who.before}VERIFY ERROR: depth=0, error=self-signed: CN={hostile_name(rng)}"
            )
            yield Line(0, f"{who.before}TLS Error: TLS handshake failed")
    if rng.random() < 0.8:
        yield Line(30, who.client + rng.choice(ENDS).format(name=who.name), left=True)


def hostile_name(rng: random.Random) -> str:
    """Return a name that may look like anything."""
    name = "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 5)))[:200]
    return name if name.strip() else "x" + name


def addresses(rng: random.Random) -> Iterator[str]:
    """Yield addresses in Finland and Brazil, none twice."""
    seen = {EVIL}
    while True:
        ip = f"198.51.100.{rng.randrange(1, 254)}"
        if rng.random() < 0.3:
            ip = f"2001:db8:{rng.choice(('f1', 'b'))}::{rng.randrange(1, 65536):x}"
        if ip not in seen:
            seen.add(ip)
            yield ip


HEADERS = [
    "{time:%b} {time.day:2} {time:%H:%M:%S} {server} openvpn[{pid}]: ",
    "<29>{time:%b} {time.day:2} {time:%H:%M:%S} {server} ovpn-server[{pid}]: ",
    "{time:%Y-%m-%dT%H:%M:%S}.000000+00:00 {server} openvpn[{pid}]: ",
    "<29>1 {time:%Y-%m-%dT%H:%M:%S}Z {server} openvpn {pid} - - ",
]


@dataclass
class Server:
    """A server's log, and what is true."""

    number: int
    lines: list[tuple[datetime, bytes]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"vpn{self.number}"

    def tell(self, header: str, *lives: tuple[str, Iterable[Line]]) -> None:
        """Mix lives, each of which begins a little later than the one before."""
        told = []
        for order, (user, its_life) in enumerate(lives):
            now, ip, since = START + timedelta(seconds=7 * order), "", ""
            for step, line in enumerate(its_life):
                now += timedelta(seconds=line.after)
                told.append((now, order, step, line))
                stamp = f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
                if (line.came_to or line.left) and ip:
                    self.sessions.append(Session(self.name, user, ip, since, stamp))
                ip, since = (
                    (line.came_to, stamp)
                    if line.came_to
                    else ("", "")
                    if line.left
                    else (ip, since)
                )
            if ip:
                self.sessions.append(Session(self.name, user, ip, since, None))
        for now, _, _, line in sorted(told):
            beginning = header.format(time=now, server=self.name, pid=line.pid)
            self.lines.append((now, (beginning + line.text).encode("utf-8", "surrogateescape")))


def log(servers: Iterable[Server]) -> bytes:
    """Return one log of all these servers, whose clocks are one."""
    lines = sorted((line for each in servers for line in each.lines), key=lambda line: line[0])
    return b"".join(line + b"\n" for _, line in lines)
