# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a log server keeps of logins, in a directory, and the commands that ask for them."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from geowatch.alerts.alert import Alert
from geowatch.alerts.outbox import Outbox
from geowatch.logins.trail import Login

COUNTRIES = {b"FI": b"Finland", b"BR": b"Brazil", b"NO": b"Norway", b"SE": b"Sweden", b"": b""}


def login(number: int = 1, **fields: bytes) -> bytes:
    """Return a line of ``located``."""
    country = fields.get("country", b"FI")
    known = {
        "id": b"%032x" % number,
        "ip": b"198.51.100.7",
        "country": country,
        "reason": b"found" if country else b"not_found",
        "country_name": COUNTRIES[country],
        "database": b"GeoLite2-Country",
        "database_date": b"2026-05-01",
        "asn": b"64496",
        "as_owner": b"Example",
        "source": b"OpenVPN",
        "time": b"2026-05-04T03:02:01.123Z",
        "server": b"vpn1",
        "user": b"anna",
        "place": b"198.51.100.7:40000",
        "proof": b"established",
        "raw": b"May  4 03:02:01 vpn1 openvpn[7]: a\tline",
    }
    return b"\t".join(Login(**known | fields))


class Said(NamedTuple):
    """What a command printed."""

    code: int
    out: str
    error: str

    def rows(self) -> list[list[str]]:
        """Return the table below its head, without what columns have between them."""
        return [line.split("  ") for line in self.out.splitlines()[1:]]

    def words(self, number: int) -> list[str]:
        """Return one word of each row."""
        return [line.split()[number] for line in self.out.splitlines()[1:]]

    def json(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def csv(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


class Host:
    """The state of a log server."""

    def __init__(self, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state = state
        self._capsys = capsys
        for room in ("sec", "geoip", "alerts"):
            (state / room).mkdir()
        self.outbox = Outbox(state / "alerts/outbox.sqlite", create=True)

    def write(self, *lines: bytes, to: str = "geoip/located", mtime: float | None = None) -> None:
        """Write a queue file, packed as its name says."""
        path = self.state / to
        content = b"".join(line + b"\n" for line in lines)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
        if mtime is not None:
            os.utime(path, (mtime, mtime))

    def judge(self, number: int, event: str, *ways: tuple[str, str], **fields: Any) -> None:
        """Put the alert of a login into the outbox."""
        alert: Any = {
            "id": f"{number:032x}",
            "event": event,
            "severity": "critical",
            "resource": "anna@vpn1",
            "value": "FI",
            "text": "OpenVPN login",
            "attributes": {},
            "mail": True,
        }
        given: Alert = alert | fields
        self.outbox.add(given, ways)

    def ask(self, command: str, *arguments: str) -> Said:
        """Run a command."""
        module = importlib.import_module(f"geowatch.logins.{command}")
        code = module.main([*arguments, "--state", str(self.state)])
        return Said(code, *self._capsys.readouterr())
