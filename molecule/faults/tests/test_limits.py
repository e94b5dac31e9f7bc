# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing grows for ever: every file has a rotation or a limit, as docs/operations.md says."""

from __future__ import annotations

import re

import pytest
from scenario import log_server

ROTATED = ["sec/connections", "sec/alerts", "geoip/located", "watch/alerts"]

BOUNDED = {
    "limited by size": ["geoip/health", "alerts/outbox.sqlite", "sec/memory", "sec/counts.tsv"],
    "as many lines as log files": ["sec/offsets.tsv"],
    "of one size": [
        "geoip/connections.offset",
        *(f"{room}/in_force" for room in ("sec", "geoip", "alerts", "watch")),
        *("alerts/status.json", "watch/links.json"),
        *("geoip/example", "alerts/canary.json"),
        *("watch/canary", "watch/canary.json", "watch/canary.lock"),
        *("watch/urgent/sender", "watch/urgent/canary"),  # while they are broken
        *(f"database/{name}.{kind}" for name in ("country", "asn") for kind in ("mmdb", "json")),
        "database/update.json",
        "database/update.lock",
    ],
}

SIBLINGS = r"(\.\d+(\.gz)?|\.previous|\.new|\.tmp|-wal|-shm|\.kept-\d+\.gz)?"
"""Of a file: rotated, the one before, being written, what SQLite needs beside its own, and what the
tests of full disks put away."""


def test_the_bound_of_every_file_is_known() -> None:
    known = [*ROTATED, *(path for paths in BOUNDED.values() for path in paths)]
    pattern = re.compile("(" + "|".join(map(re.escape, known)) + ")" + SIBLINGS)
    found = log_server.check_output("cd /var/lib/geowatch && find . -type f -printf '%P\\n'")
    unknown = [path for path in found.splitlines() if not pattern.fullmatch(path)]
    assert found
    assert unknown == []


@pytest.mark.parametrize("path", ROTATED)
def test_it_is_rotated(path: str) -> None:
    """By the system's own daily run."""
    debug = log_server.run("logrotate --debug /etc/logrotate.conf")
    assert f"considering log /var/lib/geowatch/{path}" in debug.stderr
    assert log_server.service("logrotate.timer").is_enabled


def test_the_journal_has_a_limit() -> None:
    said = log_server.check_output("journalctl --unit=systemd-journald --boot=all --grep=' max '")
    assert re.search(r"Journal \(.*\) is .*, max [\d.]+[MG],", said)
