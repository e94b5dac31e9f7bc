# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role says of its variable before anything changes."""

from __future__ import annotations

from pathlib import Path

from preflight import preflight

ROLE = Path(__file__).parents[3] / "roles/wireguard_log"
GOOD = (5, "1", " 60\n")
WRONG = (0, "61", "soon", True, 1.5, "")


def test_the_seconds_are_a_number_in_its_range(tmp_path: Path) -> None:
    hosts = {f"host{n}": {"wireguard_log_seconds": each} for n, each in enumerate(GOOD + WRONG)}
    failed = preflight(ROLE, hosts, tmp_path)["failed"]
    assert set(failed) == {f"host{n}" for n in range(len(GOOD), len(hosts))}
    assert 'wireguard_log_seconds is "61": it has to be a whole number from 1 to' in failed["host4"]
