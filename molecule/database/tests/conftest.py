# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stream of logins, in which none is lost, and somebody who looks over our shoulder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eventually import eventually
from scenario import LOCATED, all_judged, last_login
from testinfra.host import Host

STREAM = """
mkdir -p /var/log/remote/vpn1
number=0
while [ ! -e /run/stream-ends ]; do
    number=$((number + 1))
    echo "2026-11-23T10:00:00+00:00 vpn1 openvpn[812]: 198.51.100.7:1194 [$0-$number]" \
        "Peer Connection Initiated with [AF_INET]198.51.100.7:1194" \\
        >>/var/log/remote/vpn1/openvpn.log
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>/run/command-lines
    sleep 0.1
done
"""


@pytest.fixture(scope="module")
def stream(host: Host, request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the logins coming, and note all command lines. At the end each login was judged."""
    name = request.module.__name__
    host.check_output("rm -f /run/stream-ends")
    host.check_output("systemd-run --unit=stream --collect sh -c %s %s", STREAM, name)
    assert eventually(lambda: host.run("grep -q %s %s", name, LOCATED).rc == 0)
    yield
    host.check_output("touch /run/stream-ends")
    assert eventually(lambda: host.run("systemctl is-active stream").rc != 0)
    assert last_login(host) > 100
    assert eventually(lambda: all_judged(host))
