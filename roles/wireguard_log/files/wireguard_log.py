# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says where the peers of WireGuard are, which it does not log itself: wireguard_log.py SECONDS.

Looks every so many seconds, and prints one line for a peer that appeared, moved, or is away. The
source wireguard reads these lines.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

# WireGuard makes new keys every two minutes while there is something to send. After three, those
# that a peer has are of no use: it has to shake hands again.
AWAY = 180.0

Peer = tuple[str, str]
"""Its interface and its public key."""


def parse(dump: str, now: float) -> dict[Peer, str]:
    """Return where the peers are that are here, from what `wg show all dump` prints.

    The lines also hold secrets. Nothing but these four fields is looked at.
    """
    here = {}
    for line in dump.splitlines():
        fields = line.split("\t")
        if len(fields) != 9:  # the interface itself
            continue
        interface, key, endpoint, handshake = fields[0], fields[1], fields[3], int(fields[5])
        if endpoint != "(none)" and now - handshake < AWAY:
            here[interface, key] = endpoint
    return here


def changes(known: dict[Peer, str], here: dict[Peer, str]) -> Iterator[str]:
    """Return a line for each peer with news, and note in `known` where it is."""
    for (interface, key), endpoint in here.items():
        before = known.get((interface, key))
        peer = f"peer {key} of {interface}"
        if before is None:
            yield f"{peer} appeared at {endpoint}"
        # A router on the way may change the port as often as it likes.
        elif before.rpartition(":")[0] != endpoint.rpartition(":")[0]:
            yield f"{peer} moved from {before} to {endpoint}"
        else:
            continue
        known[interface, key] = endpoint
    for interface, key in sorted(known.keys() - here.keys()):
        yield f"peer {key} of {interface} is away, was at {known.pop((interface, key))}"


def look() -> dict[Peer, str]:
    """Return where the peers are now."""
    command = ["wg", "show", "all", "dump"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"wg show all dump failed with {done.returncode}")
    return parse(done.stdout, time.time())


def main() -> None:
    """Look for ever. When this ends nobody watches any more, so all are said to be away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    known: dict[Peer, str] = {}
    try:
        while True:
            for line in changes(known, look()):
                print(line, flush=True)
            time.sleep(float(sys.argv[1]))
    finally:
        for line in changes(known, {}):
            print(line, flush=True)


if __name__ == "__main__":
    main()
