#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show as JSON what became of each login of the users NAME-0, NAME-1 and so on: trace.py NAME."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from glob import glob
from pathlib import Path

LOGS = "/var/log/remote/*/openvpn.log*"
LOCATED = "/var/lib/geowatch/geoip/located*"


def lines(pattern: str) -> Iterator[str]:
    """Yield all lines of the files, whether they were rotated or not."""
    for path in glob(pattern):
        content = Path(path).read_bytes()
        if path.endswith(".gz"):
            content = gzip.decompress(content)
        yield from content.decode("ascii", "backslashreplace").splitlines()


def main(name: str) -> None:
    """Print it."""
    user = re.compile(rf"(?:\[|-> )({re.escape(name)}-\d+)[\]/]")
    logged = {match[1] for line in lines(LOGS) if (match := user.search(line))}
    located = defaultdict(list)
    for line in lines(LOCATED):
        fields = line.split("\t")
        if len(fields) > 12 and fields[12].startswith(f"{name}-"):
            located[fields[12]].append(fields[0])
    alerts = defaultdict(list)
    # Not by "send_alerts.py list", which shows everybody: this is asked again and again.
    outbox = sqlite3.connect("file:/var/lib/geowatch/alerts/outbox.sqlite?mode=rw", uri=True)
    for number, text in outbox.execute(
        "SELECT number, alert FROM alert WHERE instr(alert, ?)", (f'"user": "{name}-',)
    ).fetchall():
        alert = json.loads(text)
        if alert["severity"] != "note":
            sql = "SELECT recipient, state FROM delivery WHERE number = ? ORDER BY recipient"
            states = outbox.execute(sql, (number,)).fetchall()
            found = {"id": alert["id"], "event": alert["event"], "states": states}
            alerts[alert["attributes"]["user"]].append(found)
    print(json.dumps({"logged": sorted(logged), "located": located, "alerts": alerts}))


if __name__ == "__main__":
    main(sys.argv[1])
