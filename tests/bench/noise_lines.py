# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A busy log: what many programs say, with a login in every thousand lines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from logins import Client, connected, head, learned

LOGINS_IN = 1000
"""One login in so many lines."""

LINES_IN = 10_000
"""Lines in a second."""

OTHERS = (
    ("sshd[{n}]", "Accepted publickey for deploy from 192.0.2.{b} port {n} ssh2: RSA SHA256:{h}"),
    ("sshd[{n}]", "Failed password for invalid user admin from 203.0.113.{b} port {n} ssh2"),
    ("sshd[{n}]", "Connection closed by authenticating user root 203.0.113.{b} port {n} [preauth]"),
    ("sshd[{n}]", "pam_unix(sshd:session): session closed for user deploy"),
    ("CRON[{n}]", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)"),
    ("CRON[{n}]", "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
    ("kernel", "[{n}.{b}] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.{b} DST=192.0.2.1 LEN=40 TTL=244 "
     "ID={n} PROTO=TCP SPT={n} DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0"),
    ("kernel", "[{n}.{b}] eth0: Link is Up - 1Gbps/Full - flow control rx/tx"),
    ("postfix/smtpd[{n}]", "connect from unknown[203.0.113.{b}]"),
    ("postfix/smtpd[{n}]", "NOQUEUE: reject: RCPT from unknown[203.0.113.{b}]: 554 5.7.1 "
     "<a{n}@example.org>: Relay access denied; from=<b{n}@example.net> proto=ESMTP helo=<mail>"),
    ("postfix/qmgr[812]", "{h}: from=<list-{b}@example.org>, size={n}, nrcpt=1 (queue active)"),
    ("systemd[1]", "Started Session {n} of User deploy."),
    ("dhclient[{n}]", "DHCPACK of 192.0.2.{b} from 192.0.2.1 (xid=0x{h})"),
)  # fmt: skip

# Of clients that connect, stay and renegotiate, and of the internet that knocks at an open port.
CHATTER = (
    "{a} TLS: Initial packet from [AF_INET]{a}, sid={h} {h}",
    "{a} VERIFY OK: depth=1, C=FI, O=Example, CN=Example CA",
    "{a} VERIFY OK: depth=0, C=FI, O=Example, CN={u}",
    "{a} peer info: IV_VER=2.6.{b}",
    "{a} peer info: IV_PLAT=linux",
    "{a} peer info: IV_PROTO=990",
    "{a} peer info: IV_CIPHERS=AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
    "{a} peer info: IV_GUI_VER=OpenVPN_GUI_11",
    "{a} Control Channel: TLSv1.3, cipher TLSv1.3 TLS_AES_256_GCM_SHA384, peer certificate: "
    "256 bits ECprime256v1, signature: ecdsa-with-SHA256",
    "{u}/{a} TLS: soft reset sec=3600/3600 bytes={n}/-1 pkts={n}/0",
    "{u}/{a} VERIFY OK: depth=1, C=FI, O=Example, CN=Example CA",
    "{u}/{a} VERIFY OK: depth=0, C=FI, O=Example, CN={u}",
    "{u}/{a} Control Channel: TLSv1.3, cipher TLSv1.3 TLS_AES_256_GCM_SHA384",
    "{u}/{a} Data Channel: cipher 'AES-256-GCM', peer-id: {b}, compression: 'stub'",
    "{u}/{a} Outgoing Data Channel: Cipher 'AES-256-GCM' initialized with 256 bit key",
    "{u}/{a} Incoming Data Channel: Cipher 'AES-256-GCM' initialized with 256 bit key",
    "{u}/{a} PUSH: Received control message: 'PUSH_REQUEST'",
    "{u}/{a} SENT CONTROL [{u}]: 'PUSH_REPLY,route 192.0.2.0 255.255.255.0,route-gateway 10.8.0.1,"
    "topology subnet,ping 10,ping-restart 60,peer-id {b},cipher AES-256-GCM' (status=1)",
    "203.0.113.{b}:{n} TLS Error: TLS key negotiation failed to occur within 60 seconds (check "
    "your network connectivity)",
    "203.0.113.{b}:{n} TLS Error: TLS handshake failed",
    "TLS Error: tls-crypt unwrapping failed from [AF_INET]203.0.113.{b}:{n}",
    "203.0.113.{b}:{n} SIGUSR1[soft,tls-error] received, client-instance restarting",
)


def _lines(lines: int, openvpn: float, seed: int) -> Iterator[str]:
    choice = random.Random(seed)
    client = Client(0)
    for number in range(lines):
        second = number // LINES_IN
        if number % LOGINS_IN == LOGINS_IN // 2:
            client = Client(number // LOGINS_IN)
            yield connected(client, second)
            continue
        if number % LOGINS_IN == LOGINS_IN // 2 + 10:
            yield learned(client, second)
            continue
        known = Client(choice.randrange(client.number + 1))
        fill = {
            "n": choice.randrange(1024, 60_000),
            "b": choice.randrange(1, 255),
            "h": f"{choice.getrandbits(32):08x}",
            "a": known.peer,
            "u": known.user,
        }
        if choice.random() < openvpn:
            yield head(second, known.server, "openvpn[812]") + choice.choice(CHATTER).format(**fill)
        else:
            program, message = choice.choice(OTHERS)
            host = f"host{fill['b']}"
            yield head(second, host, program.format(**fill)) + message.format(**fill)
        yield "\n"


def write_noise(path: Path, lines: int, openvpn: float, seed: int = 1) -> int:
    """Write so many lines, this share of them OpenVPN's. Returns the number of logins in them."""
    with path.open("w") as log:
        log.writelines(_lines(lines, openvpn, seed))
    return sum(number % LOGINS_IN == LOGINS_IN // 2 for number in range(lines))
