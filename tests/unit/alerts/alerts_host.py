# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A log server in a directory, where the program runs as a service that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from fake_alerta import FakeAlerta
from fake_mail import FakeMail
from waiting import DEADLINE

ROLES = Path(__file__).parents[3] / "roles"
PROGRAM = ROLES / "alerts" / "files" / "send_alerts.py"
OPS, BOSS = "ops@example.org", "boss@example.org"


class Host:
    """A log server in a directory: queue file, configuration, outbox and the service."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.queue_file = directory / "alerts"
        self.journal = directory / "journal"
        self._config_file = directory / "send_alerts.json"
        self._environment = {**os.environ, "PYTHONPATH": str(ROLES / "runtime" / "files")}
        self._service: subprocess.Popen[bytes] | None = None
        self.config: dict[str, Any] = {
            "queue_files": [str(self.queue_file), str(directory / "watch")],
            "outbox": str(directory / "outbox.sqlite"),
            "environment": "Production",
            "origin": "geowatch/log1",
            "timeout": 5,
            "keep_days": 30,
            "outbox_megabytes": 500,
            "watched_directories": [],
            "channels": [],
        }
        self.store_config()

    def store_config(self) -> None:
        self._config_file.write_text(json.dumps(self.config))

    def use(self, name: str, type_: str, **settings: object) -> dict[str, Any]:
        """Have this channel, too. Returns what the configuration says of it."""
        channel: dict[str, Any] = {"name": name, "type": type_, **settings}
        self.config["channels"].append(channel)
        self.store_config()
        return channel

    def use_alerta(self, alerta: FakeAlerta) -> None:
        self.use("alerta", "alerta", url=alerta.url, key="s3cret-key", ca_file="")

    def use_mail(self, server: FakeMail, **changes: object) -> None:
        settings = {
            "to": [OPS, BOSS],
            "sender": "geowatch@example.org",
            "server": "localhost",
            "port": server.port,
            "tls": "starttls",
            "username": "geowatch",
            "password": "open sesame",
            "ca_file": str(server.certificate),
        }
        self.use("mail", "email", **(settings | changes))

    def write(self, *lines: bytes) -> None:
        with self.queue_file.open("ab") as queue_file:
            queue_file.write(b"".join(line + b"\n" for line in lines))

    def start(self, *command: str) -> None:
        with self.journal.open("ab") as journal:
            self._service = subprocess.Popen(
                [sys.executable, PROGRAM, *(command or ["run"]), "--config", self._config_file],
                stdout=journal,
                stderr=subprocess.STDOUT,
                env=self._environment,
            )

    def end(self, how: signal.Signals) -> int:
        assert self._service is not None
        self._service.send_signal(how)
        return self.wait()

    def wait(self) -> int:
        assert self._service is not None
        return self._service.wait(DEADLINE)

    def kill(self) -> None:
        if self._service is not None and self._service.poll() is None:
            self.end(signal.SIGKILL)

    def call(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the commands for people."""
        return subprocess.run(
            [sys.executable, str(PROGRAM), command, "--config", str(self._config_file), *arguments],
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=DEADLINE,
            check=False,
        )

    def channels(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `geowatch channels`, as the service's user would."""
        code = "import sys; from geowatch.alerts.channels import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, "--config", str(self._config_file), *arguments]
        path = {"PYTHONPATH": f"{self._environment['PYTHONPATH']}:{PROGRAM.parent}"}
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=self._environment | path,
            timeout=DEADLINE,
            check=False,
        )

    def listed(self, *arguments: str) -> list[dict[str, Any]]:
        listed = self.call("list", "--format", "json", *arguments).stdout
        return [json.loads(text) for text in listed.splitlines()]

    def states(self) -> list[str]:
        return [each["state"] for item in self.listed() for each in item["deliveries"]]

    def logged(self) -> str:
        return self.journal.read_text()
