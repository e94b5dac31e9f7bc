# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log server in a directory, on which every link works, and what breaks one."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import time
from pathlib import Path

from geowatch.watch.finding import Finding
from geowatch.watch.host import Host
from geowatch.watch.links import look

MODULE = Path(__file__).parents[3] / "plugins/modules/in_force.py"
_spec = importlib.util.spec_from_file_location("in_force", MODULE)
assert _spec and _spec.loader
in_force = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(in_force)

UNITS = {"rsyslog": 1, "geowatch-sec": 2, "geowatch-geoip": 3, "geowatch-alerts": 4}
GLOB = "/etc/geowatch/sec/*.sec"
LOG = "/var/log/remote/vpn1/openvpn.log"


class Healthy:
    """The files that the rooms write."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.host = Host(root)
        self.write("/etc/systemd/system/.keep")
        (root / "etc/systemd/system/syslog.service").symlink_to(
            "/lib/systemd/system/rsyslog.service"
        )
        for unit, pid in UNITS.items():
            self.runs(unit, pid)
        self.write(LOG, "one\ntwo\n")
        self.write("/var/lib/geowatch/sec/connections", "a\nb\n")
        self.write("/var/lib/geowatch/sec/alerts", "a\n")
        self.write("/var/lib/geowatch/geoip/located")
        self.write("/var/lib/geowatch/watch/urgent/.keep")
        (root / "var/lib/geowatch/watch/urgent/.keep").unlink()
        self.read_logs(8)
        self.looked_up(4)
        self.sent(2)
        database = self.write("/var/lib/geowatch/database/country.mmdb", "database")
        described = f"GeoLite2-Country of {time.strftime('%Y-%m-%d')}"
        self.came(described, hashlib.sha256(database.read_bytes()).hexdigest())
        self.write("/etc/geowatch/sec/50-judge.sec", "rule")
        self.deploy()
        self.write("/var/lib/geowatch/watch/links.json", json.dumps({"at": time.time()}))

    def path(self, absolute: str) -> Path:
        return self.host.path(absolute)

    def write(self, absolute: str, text: str = "") -> Path:
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def runs(self, unit: str, *pids: int) -> None:
        """Let a unit have these processes."""
        group = f"/sys/fs/cgroup/system.slice/{unit}.service/cgroup.procs"
        self.write(group, "".join(f"{pid}\n" for pid in pids))

    def read_logs(self, offset: int, *others: str) -> None:
        inode = self.path(LOG).stat().st_ino if self.path(LOG).exists() else 1
        rows = ["glob\t/var/log/remote/*/openvpn.log", f"file\t1\t{inode}\t{offset}\t{LOG}\tmark"]
        self.write("/var/lib/geowatch/sec/offsets.tsv", "\n".join([*rows, *others]) + "\n")

    def looked_up(self, offset: int) -> None:
        inode = self.path("/var/lib/geowatch/sec/connections").stat().st_ino
        self.write("/var/lib/geowatch/geoip/connections.offset", f"1 {inode} {offset}")

    def sent(self, offset: int, **changes: object) -> None:
        queue = self.path("/var/lib/geowatch/sec/alerts")
        way = {"channel": "mail", "recipient": "ops@example.org", "done": time.time(), "left": 29}
        way |= {"waiting": 0, "since": None, "refused": 0, "error": "", "slowest": 1.5} | changes
        positions = {str(queue): f"1 {queue.stat().st_ino} {offset}"}
        self.write(
            "/var/lib/geowatch/alerts/status.json",
            json.dumps({"positions": positions, "ways": [way]}),
        )

    def came(self, described: str, sha256: str) -> None:
        came = {"described": described, "sha256": sha256}
        self.write("/var/lib/geowatch/database/country.json", json.dumps(came))

    def deploy(self) -> None:
        found = in_force.changed([str(self.path(GLOB))])
        files = {f"/{Path(each).relative_to(self.root)}": at for each, at in found.items()}
        deployed = {"globs": [GLOB], "files": files, "digests": ["d1", "d2"]}
        file = self.write("/etc/geowatch/watch/sec.json", json.dumps(deployed))
        os.utime(file, (0, 0))
        self.write("/var/lib/geowatch/sec/in_force", "d1 d2\n")

    def found(self) -> dict[str, Finding]:
        """Return what each link says."""
        return {each.link: each for each in look(self.host)}

    def broken(self) -> list[str]:
        """Return the links that do not work."""
        return [name for name, each in self.found().items() if each.works is False]
