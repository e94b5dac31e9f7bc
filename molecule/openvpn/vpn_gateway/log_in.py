#!/usr/bin/python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to the VPN as NAME from ADDRESS, with a real client, and out again.

usage: log_in.py NAME ADDRESS

The client runs in a network namespace of its own, where it has the address. NAME goes into its
certificate as it is.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PKI = Path("/etc/openvpn/server/pki")
SERVERS = {4: "198.51.100.1", 6: "2001:db8::1"}
CONNECTED = "Initialization Sequence Completed"
PATIENCE = "60"  # seconds, until the client gives up


def run(*command: str | Path) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def make_certificate(name: str, directory: Path) -> None:
    """Make client.key and client.crt for `name`, signed by the VPN's authority."""
    subject = "/CN=" + "".join("\\" + c if c in "\\/+" else c for c in name)
    run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-utf8", "-subj", subject, "-CA", PKI / "ca.crt", "-CAkey", PKI / "ca.key"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=clientAuth"),
        *("-keyout", directory / "client.key", "-out", directory / "client.crt"),
    )


@contextmanager
def namespace(address: str, server: str) -> Iterator[str]:
    """Make a network namespace that has `address` and reaches the server; yield its name."""
    name = uuid.uuid4().hex[:12]
    inside, outside = f"c{name}", f"s{name}"
    # IPv6 would first look for duplicates of an address, which takes a second.
    size, flags = ("128", ["nodad"]) if ":" in address else ("32", [])
    try:
        run("ip", "netns", "add", name)
        run("ip", "link", "add", outside, "type", "veth", "peer", inside, "netns", name)
        for end, own, other, where in (
            (outside, server, address, ()),
            (inside, address, server, ("-n", name)),
        ):
            run("ip", *where, "link", "set", end, "up")
            run("ip", *where, "address", "add", f"{own}/{size}", "dev", end, *flags)
            run("ip", *where, "route", "add", f"{other}/{size}", "dev", end, "src", own)
        yield name
    finally:
        run("ip", "netns", "delete", name)


def connect(name: str, address: str) -> None:
    """Connect from `address`, wait until the tunnel is up, and end it."""
    server = SERVERS[6 if ":" in address else 4]
    with tempfile.TemporaryDirectory() as scratch, namespace(address, server) as inside:
        directory = Path(scratch)
        make_certificate(name, directory)
        client = subprocess.Popen(
            [
                *("timeout", PATIENCE, "ip", "netns", "exec", inside, "openvpn", "--client"),
                *("--dev", "tun", "--nobind", "--remote", server, "1194", "udp"),
                *("--connect-retry-max", "3"),
                *("--remote-cert-tls", "server", "--ca", PKI / "ca.crt"),
                *("--cert", directory / "client.crt", "--key", directory / "client.key"),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert client.stdout is not None
        said = []
        for line in client.stdout:
            said.append(line)
            if CONNECTED in line:
                client.terminate()
        client.wait()
        if not any(CONNECTED in line for line in said):
            sys.exit(f"log_in.py: {name} from {address} did not get in:\n{''.join(said)}")


if __name__ == "__main__":
    connect(*sys.argv[1:])
