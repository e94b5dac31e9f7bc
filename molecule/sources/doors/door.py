#!/usr/bin/python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Knock at a door as NAME from ADDRESS, with a real client: door.py DOOR NAME ADDRESS.

The doors are ssh, imap and ocserv, with what is right or a wrong password, and wireguard.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from log_in import Place, log_in_by_ssh, place

# Two processes of Dovecot log the login and the end: those of a moment may come in any order.
IMAP = """
import imaplib, sys, time
mailbox = imaplib.IMAP4(sys.argv[1])
mailbox.login(*sys.argv[2:4])
time.sleep(1)
mailbox.logout()
"""
OPENCONNECT = """
printf '%s\\n' right right | ocpasswd -c /etc/ocserv/doors.passwd "$2"
pin=$(openssl x509 -in /etc/ocserv/doors.crt -pubkey -noout |
    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)
openconnect --user "$2" --form-entry "main:password=$3" --servercert "pin-sha256:$pin" \
    --script /bin/true --no-dtls --background --pid-file "/run/$2.pid" "https://$1:4443"
kill -INT "$(cat "/run/$2.pid")"
"""
# The socket of its WireGuard is its own: that of the server has to be the only one that is seen.
WIREGUARD = """
mount -t tmpfs none /run/wireguard
wireguard-go wgc >/dev/null 2>&1
cd /etc/wireguard
wg set wgc private-key peer peer "$(cat server.pub)" allowed-ips 10.77.0.1/32 \
    endpoint "$1:51820" persistent-keepalive 1
ip address add 10.77.0.2/24 dev wgc
ip link set wgc up
until [ "$(wg show wgc latest-handshakes | cut -f 2)" -gt 0 ]; do sleep 0.2; done
ip link delete wgc
"""


def inside(here: Place, *command: str | Path, **environment: str) -> int:
    """Run a command there; return its exit code."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    within = ["ip", "netns", "exec", here.name, "timeout", "60", "env", *variables]
    return subprocess.run([*within, *command], stdin=subprocess.DEVNULL).returncode


def wrong_password_by_ssh(name: str, here: Place) -> int:
    """Give a wrong password, as ssh asks for it without a terminal."""
    arguments = ["-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1"]
    arguments += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    ask = {"SSH_ASKPASS": "/bin/hostname", "SSH_ASKPASS_REQUIRE": "force"}
    return inside(here, "ssh", *arguments, "-l", name, here.server, "true", **ask)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--wrong", action="store_true", help="with a wrong password")
    parser.add_argument("door", choices=["ssh", "imap", "ocserv", "wireguard"])
    parser.add_argument("name")
    parser.add_argument("address")
    options = parser.parse_args()
    with place(options.address) as here:
        if options.door == "wireguard":
            sys.exit(inside(here, "unshare", "-m", "sh", "-ec", WIREGUARD, "sh", here.server))
        password = "wrong" if options.wrong else "right"
        if options.door == "ocserv":
            server = f"[{here.server}]" if ":" in here.server else here.server
            sys.exit(inside(here, "sh", "-ec", OPENCONNECT, "sh", server, options.name, password))
        if options.door == "imap":
            sys.exit(inside(here, "python3", "-c", IMAP, here.server, options.name, password))
        if options.wrong:
            sys.exit(wrong_password_by_ssh(options.name, here))
        log_in_by_ssh(options.name, here)


if __name__ == "__main__":
    main()
