#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show as JSON what became of each login of the users NAME-0, NAME-1 and so on: trace.py NAME."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
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
    command = ["send_alerts.py", "list", "--format", "json"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    alerts = defaultdict(list)
    for alert in map(json.loads, listing.splitlines()):
        whom = alert.get("attributes", {}).get("user", "")
        if whom.startswith(f"{name}-") and alert["severity"] != "note":
            states = sorted((to["recipient"], to["state"]) for to in alert["deliveries"])
            alerts[whom].append({"id": alert["id"], "event": alert["event"], "states": states})
    print(json.dumps({"logged": sorted(logged), "located": located, "alerts": alerts}))


if __name__ == "__main__":
    main(sys.argv[1])
