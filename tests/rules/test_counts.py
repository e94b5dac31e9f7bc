# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the correlator counts for metrics: the rules of a log server, live."""

from __future__ import annotations

from pathlib import Path

from live import Start, ago
from test_late import answer

PEER = "198.51.100.10:1194"
NAMED = f"{PEER} [anna] Peer Connection Initiated with [AF_INET]{PEER}"
LINES = (
    NAMED,
    f"MULTI: Learn: 10.8.0.2 -> anna/{PEER}",
    "anything else",
    "198.51.100.11:1194 SENT CONTROL [bob]: 'AUTH_FAILED' (status=1)",
    "somebody: Peer Connection Initiated with somebody",
)


def test_what_was_read_recognised_not_understood_rejected_and_judged(
    live: Start, tmp_path: Path
) -> None:
    file = tmp_path / "counts.tsv"
    correlator = live(f"Counts={file}")
    lines = [f"{ago(0)} vpn1 openvpn[1]: {each}" for each in LINES]
    correlator.write("vpn1/openvpn.log", *lines)
    answer(correlator, 1)
    rows = {tuple(row[:-1]): int(row[-1]) for row in correlator.lines("counts.tsv", 7)}
    assert rows.pop(("bytes", f"{tmp_path}/located"))
    assert rows == {
        ("bytes", f"{tmp_path}/vpn1/openvpn.log"): sum(len(line) + 1 for line in lines),
        ("recognised", "OpenVPN", "vpn1"): 3,
        ("failed", "OpenVPN", "vpn1"): 1,
        ("not_understood", "OpenVPN", "vpn1"): 1,
        ("ExpectedCountry", "OpenVPN", "vpn1"): 1,
        ("country", "FI"): 1,
    }
