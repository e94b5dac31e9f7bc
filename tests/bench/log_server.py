# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log server below a directory: the files that the roles would install, at their paths.

Only the paths are others. So SEC and the helper run with the command lines of their units, over the
rules as they were filled in, with the polls and limits that a user gets.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

from country_database import EXPECTED
from paths import BENCH, ROLES, VENV
from unit import command_line

OURS = re.compile(r"/(?:(?:opt|etc|var/lib)/geowatch|var/log/remote|usr/local/bin)\b")
"""Where our files are on a log server."""


def render(directory: Path) -> Path:
    """Fill in rules and units with the roles' defaults; return where they are."""
    directory.mkdir(parents=True)
    variables = directory / "variables.json"
    variables.write_text(json.dumps({"logins_expected_countries": EXPECTED}))
    given = {"directory": str(directory), "variables": str(variables)}
    subprocess.run(
        ["ansible-playbook", BENCH / "render.yml", "-e", json.dumps(given)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return directory


class LogServer:
    """The files of a log server. ``rendered`` is where the rules and units are."""

    def __init__(self, root: Path, rendered: Path, database: Path) -> None:
        self.root = root
        self.sec = root / "var/lib/geowatch/sec"
        self.geoip = root / "var/lib/geowatch/geoip"
        self.outbox = root / "var/lib/geowatch/alerts/outbox.sqlite"
        self.rules = root / "etc/geowatch/sec"
        for directory in (self.sec, self.geoip, self.outbox.parent):
            directory.mkdir(parents=True)
        for path in (*rendered.glob("*.sec"), *rendered.glob("*.tsv")):
            self._install(path, "etc/geowatch/sec")
        for path in (*rendered.glob("*.service"), *ROLES.glob("*/files/*.service")):
            self._install(path, "etc/systemd/system")
        for room in ("runtime", "geoip", "alerts"):
            files = ROLES / room / "files"
            for path in files.rglob("*.py"):
                self._install(path, f"opt/geowatch/lib/{path.parent.relative_to(files)}")
            for path in (ROLES / room / "files").glob("*.sh"):
                self._install(path, "usr/local/bin", f"{path.stem}.py").chmod(0o755)
        for path in ROLES.glob("*/files/perl/*.pm"):
            self._install(path, "opt/geowatch/lib/perl")
        (root / "opt/geowatch/venv").symlink_to(VENV)
        (root / "var/lib/geowatch/database").mkdir()
        (root / "var/lib/geowatch/database/country.mmdb").symlink_to(database)

    def _install(self, source: Path, directory: str, name: str | None = None) -> Path:
        target = self.root / directory / (name or source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = OURS.sub(lambda match: f"{self.root}{match[0]}", source.read_text())
        target.write_text(text)
        return target

    def command(self, service: str) -> list[str]:
        """Return what the unit of a service starts."""
        return command_line((self.root / f"etc/systemd/system/{service}.service").read_text())

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

    def configure_sender(self, alerta_url: str | None) -> None:
        """Write the sender's configuration. Without Alerta, alerts stay in the outbox."""
        alerta = {"url": alerta_url, "key": "bench", "ca_file": "", "name": "alerta"}
        config = {
            "queue_files": [str(self.sec / "alerts")],
            "outbox": str(self.outbox),
            "environment": "Bench",
            "origin": "geowatch/bench",
            "timeout": 10.0,
            "keep_days": 30.0,
            "outbox_megabytes": 500.0,
            "watched_directories": [],
            "channels": [alerta | {"type": "alerta"}] if alerta_url else [],
        }
        path = self.root / "etc/geowatch/alerts/send_alerts.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(config))
