# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log server below a directory: the files that the roles would install, at their paths.

Only the paths are others. So SEC and the helper run with the command lines of their units, over the
rules as they were filled in, with the polls and limits that a user gets.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from country_database import EXPECTED
from paths import ROOT, VENV
from processes import BenchError
from unit import command_line

OURS = re.compile(r"/(?:(?:opt|etc|var/lib)/geowatch|var/log/remote|usr/local/bin)\b")
"""Where our files are on a log server."""


WATCH = """\
import sys
from pathlib import Path
sys.path.insert(0, f"{sys.argv[1]}/opt/geowatch/lib")
from geowatch.watch import host, service
service.main(host.Host(Path(sys.argv[1])))
"""

VARIABLES = {"logins_expected_countries": EXPECTED}


class Product(NamedTuple):
    """One version of the product, with one set of variables."""

    roles: Path
    rendered: Path
    """Where the rules and units are."""


def render(
    directory: Path,
    variables: Mapping[str, object] = VARIABLES,
    tree: Path = ROOT,
    collections: Path | None = None,
) -> Product:
    """Fill in rules and units of a tree, with the roles' defaults but for these variables."""
    directory.mkdir(parents=True)
    path = directory / "variables.json"
    path.write_text(json.dumps(variables))
    given = {"directory": str(directory), "variables": str(path)}
    done = subprocess.run(
        ["ansible-playbook", tree / "tests/bench/render.yml", "-e", json.dumps(given)],
        cwd=ROOT,
        env=os.environ | ({"ANSIBLE_COLLECTIONS_PATH": str(collections)} if collections else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"the rules of {tree} cannot be filled in: {done.stdout[-2000:]}")
    return Product(tree / "roles", directory)


def alerta(url: str) -> dict[str, object]:
    """Return the channel to an Alerta."""
    return {"name": "alerta", "type": "alerta", "url": url, "key": "bench", "ca_file": ""}


class LogServer:
    """The files of a log server on which a version of the product is installed."""

    def __init__(self, root: Path, product: Product, database: Path) -> None:
        roles, rendered = product
        self.root = root
        self.sec = root / "var/lib/geowatch/sec"
        self.geoip = root / "var/lib/geowatch/geoip"
        self.outbox = root / "var/lib/geowatch/alerts/outbox.sqlite"
        self.rules = root / "etc/geowatch/sec"
        of_watch = [root / "var/lib/geowatch/watch", root / "etc/geowatch/watch"]
        for directory in (self.sec, self.geoip, self.outbox.parent, *of_watch):
            directory.mkdir(parents=True)
        for path in (*rendered.glob("*.sec"), *rendered.glob("*.tsv")):
            self._install(path, "etc/geowatch/sec")
        for path in (*rendered.glob("*.service"), *roles.glob("*/files/*.service")):
            self._install(path, "etc/systemd/system")
        for room in ("runtime", "geoip", "alerts", "watch"):
            files = roles / room / "files"
            for path in files.rglob("*.py"):
                self._install(path, f"opt/geowatch/lib/{path.parent.relative_to(files)}")
            for path in files.glob("*.sh"):
                self._install(path, "usr/local/bin", f"{path.stem}.py").chmod(0o755)
        for path in roles.glob("*/files/perl/*.pm"):
            self._install(path, "opt/geowatch/lib/perl")
        (root / "opt/geowatch/venv").symlink_to(VENV)
        (root / "var/lib/geowatch/database").mkdir()
        (root / "var/lib/geowatch/database/country.mmdb").symlink_to(database)

    def _install(self, source: Path, directory: str, name: str | None = None) -> Path:
        target = self.root / directory / (name or source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text()
        if "geowatch/watch" not in directory:  # which has a root, for its tests
            text = OURS.sub(lambda match: f"{self.root}{match[0]}", text)
        target.write_text(text)
        return target

    def command(self, service: str) -> list[str]:
        """Return what the unit of a service starts."""
        command = command_line((self.root / f"etc/systemd/system/{service}.service").read_text())
        if command[-2:] == ["-m", "geowatch.watch.service"]:
            command[-2:] = ["-c", WATCH, str(self.root)]
        return command

    def add_option(self, service: str, option: str) -> None:
        """Add an option to what the unit of a service starts."""
        command = [*self.command(service), option]
        unit = self.root / f"etc/systemd/system/{service}.service"
        unit.write_text(f"ExecStart={shlex.join(command)}\n")

    def log(self, server: str) -> Path:
        """Return the path of the log of a VPN server."""
        path = self.root / f"var/log/remote/{server}/openvpn.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def configure_sender(self, *channels: Mapping[str, object]) -> None:
        """Write the sender's configuration. Without a channel, alerts stay in the outbox."""
        config = {
            "queue_files": [str(self.sec / "alerts")],
            "outbox": str(self.outbox),
            "environment": "Bench",
            "origin": "geowatch/bench",
            "timeout": 10.0,
            "keep_days": 30.0,
            "outbox_megabytes": 500.0,
            "watched_directories": [],
            "channels": channels,
        }
        path = self.root / "etc/geowatch/alerts/send_alerts.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(config))
