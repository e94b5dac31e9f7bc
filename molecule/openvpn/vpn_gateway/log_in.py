#!/usr/bin/python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to the VPN, or by SSH, as NAME from ADDRESS, with a real client, and out again.

The client runs in a network namespace of its own, where it has the address. NAME goes into its
certificate as it is, or is the user name where there is a password. The exit code is 1 if the
server did not let it in.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PKI = Path("/etc/openvpn/server/pki")
SERVERS = {4: "198.51.100.1", 6: "2001:db8::1"}
CONNECTED = "Initialization Sequence Completed"
PATIENCE = "60"  # seconds, until the client gives up
MOVING = 4  # seconds, until a client has used its new address


def run(*command: str | Path) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def make_certificate(name: str, directory: Path) -> None:
    """Make client.key and client.crt for `name`, signed by the VPN's authority."""
    subject = "/CN=" + "".join("\\" + c if c in "\\/+" else c for c in name)
    run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2"),
        *("-utf8", "-subj", subject, "-CA", PKI / "ca.crt", "-CAkey", PKI / "ca.key"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=clientAuth"),
        *("-keyout", directory / "client.key", "-out", directory / "client.crt"),
    )


class Place:
    """A network namespace that has an address and reaches the server."""

    def __init__(self, address: str) -> None:
        self.server = SERVERS[6 if ":" in address else 4]
        self.name = uuid.uuid4().hex[:12]
        self._inside, self._outside = f"c{self.name}", f"s{self.name}"
        run("ip", "netns", "add", self.name)
        run(
            "ip",
            "link",
            "add",
            self._outside,
            "type",
            "veth",
            "peer",
            self._inside,
            "netns",
            self.name,
        )
        run("ip", "link", "set", self._outside, "up")
        run("ip", "-n", self.name, "link", "set", self._inside, "up")
        self._add(self.server, self._outside)
        self.move_to(address)

    def _add(self, address: str, link: str, *where: str) -> None:
        # IPv6 would first look for duplicates of an address, which takes a second.
        size, flags = ("128", ["nodad"]) if ":" in address else ("32", [])
        run("ip", *where, "address", "add", f"{address}/{size}", "dev", link, *flags)

    def move_to(self, address: str) -> None:
        """Make this the address that the server sees."""
        inside = ("-n", self.name)
        self._add(address, self._inside, *inside)
        run("ip", "route", "replace", address, "dev", self._outside, "src", self.server)
        run("ip", *inside, "route", "replace", self.server, "dev", self._inside, "src", address)

    def remove(self) -> None:
        run("ip", "netns", "delete", self.name)


@contextmanager
def place(address: str) -> Iterator[Place]:
    """Make a place for the time of the block."""
    here = Place(address)
    try:
        yield here
    finally:
        here.remove()


@contextmanager
def client(name: str, password: str | None, here: Place) -> Iterator[None]:
    """Connect, wait until the tunnel is up, and end it after the block."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        if password is None:
            make_certificate(name, directory)
            proof: list[str | Path] = [
                "--cert",
                directory / "client.crt",
                "--key",
                directory / "client.key",
            ]
        else:
            (directory / "password").write_text(f"{name}\n{password}\n")
            proof = ["--auth-user-pass", directory / "password"]
        port = "1194" if password is None else "1195"
        process = subprocess.Popen(
            [
                *("timeout", PATIENCE, "ip", "netns", "exec", here.name, "openvpn", "--client"),
                *("--dev", "tun", "--nobind", "--remote", here.server, port, "udp"),
                *("--connect-retry-max", "3", "--explicit-exit-notify", "1"),
                *("--remote-cert-tls", "server", "--ca", PKI / "ca.crt", *proof),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if CONNECTED in line:
                break
        else:
            process.wait()
            sys.exit(f"log_in.py: {name} did not get in:\n{''.join(said)}")
        try:
            yield
        finally:
            process.terminate()
            process.communicate()


def log_in_by_ssh(name: str, here: Place) -> None:
    """Run nothing on the gateway, as a user of it who has a new key."""
    home = Path("/home") / name
    if not home.exists():
        run("useradd", "--create-home", name)
    with tempfile.TemporaryDirectory() as scratch:
        key = Path(scratch) / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        (home / ".ssh").mkdir(exist_ok=True)
        (home / ".ssh/authorized_keys").write_bytes(key.with_suffix(".pub").read_bytes())
        run(
            *("ip", "netns", "exec", here.name, "ssh", "-i", key, "-o", "BatchMode=yes"),
            *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
            *(f"{name}@{here.server}", "true"),
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--password", help="use the server for passwords, and this one")
    parser.add_argument("--ssh", action="store_true", help="by SSH, not by the VPN")
    parser.add_argument("--move-to", metavar="ADDRESS", help="move there while connected")
    parser.add_argument("--again-from", metavar="ADDRESS", help="connect a second time meanwhile")
    parser.add_argument("name")
    parser.add_argument("address")
    options = parser.parse_args()
    if options.ssh:
        with place(options.address) as here:
            log_in_by_ssh(options.name, here)
        return
    with place(options.address) as here, client(options.name, options.password, here):
        if options.move_to:
            here.move_to(options.move_to)
            time.sleep(MOVING)
        if options.again_from:
            with (
                place(options.again_from) as there,
                client(options.name, options.password, there),
            ):
                pass


if __name__ == "__main__":
    main()
