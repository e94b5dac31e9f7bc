# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user is taken out of the past, and nobody else; what is in use is left, and said."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from geowatch.alerts.ledger import Ledger
from geowatch.logins import forget
from trail_host import Host, login

OTHERS = [login(1, user=b"anna@example.org"), login(2, user=b"bob"), login(3, user=b"annabel")]
HERS = [login(4), login(5, user=b"ANNA"), login(6)]


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stay who runs the test. Returns who a part would have become, which its process tells."""
    monkeypatch.setattr(forget, "become", lambda user: print(f"[{user}]"))
    return ["[geowatch-geoip]", "[geowatch-alerts]"]


@pytest.fixture
def host(tmp_path: Path, capfd: pytest.CaptureFixture[str], became: list[str]) -> Host:
    return Host(tmp_path, capfd)


def files(host: Host) -> dict[str, tuple[float, int, int]]:
    """Return when each file of the trail was changed, its mode and its group."""
    found = {path.name: path.stat() for path in (host.state / "geoip").iterdir()}
    return {
        name: (status.st_mtime, status.st_mode, status.st_gid)
        for name, status in sorted(found.items())
    }


def test_the_trail(host: Host, became: list[str]) -> None:
    host.write(OTHERS[0], HERS[0], OTHERS[2], to="geoip/located.3.gz", mtime=1e9)
    host.write(OTHERS[1], to="geoip/located.2.gz", mtime=1e9 + 5)
    host.write(HERS[1], to="geoip/located.1")
    host.write(HERS[2], b"broken")
    oldest = host.state / "geoip/located.3.gz"
    os.chown(oldest, -1, 64123 if os.geteuid() == 0 else os.getgroups()[-1])
    oldest.chmod(0o640)
    before = files(host)
    said = host.ask("forget", "Anna")
    assert (said.code, said.error) == (0, "")
    assert said.out.splitlines() == [
        became[0],
        "1 logins were taken out of the trail.",
        "2 are in files that are in use. Run it again in two days.",
        became[1],
        "0 alerts were deleted from the outbox.",
    ]
    assert files(host) == before
    content = gzip.decompress(oldest.read_bytes())
    assert content == OTHERS[0] + b"\n" + OTHERS[2] + b"\n"
    assert host.ask("forget", "anna").out.splitlines()[1].startswith("0 logins")


def test_what_is_damaged_is_left_and_said(host: Host) -> None:
    host.write(*HERS, to="geoip/located.2.gz")
    path = host.state / "geoip/located.2.gz"
    path.write_bytes(damaged := path.read_bytes()[:-20])
    said = host.ask("forget", "anna")
    assert said.code == 1
    assert said.error.startswith("geowatch forget: EOFError: ")
    assert path.read_bytes() == damaged and list(files(host)) == ["located.2.gz"]
    assert "alerts were deleted" in said.out  # the other part is done


def test_the_outbox(host: Host, became: list[str]) -> None:
    about = {"attributes": {"user": "Anna"}}
    host.judge(1, "OpenVPNExpectedCountry", **about)
    host.judge(2, "OpenVPNUnexpectedCountry", ("mail", "ops@example.org"), **about)
    host.judge(3, "OpenVPNExpectedCountry", severity="note")  # of the same resource
    other = {"attributes": {"user": "anna@example.org"}, "resource": "anna@example.org@vpn1"}
    host.judge(4, "OpenVPNExpectedCountry", **other)
    said = host.ask("forget", "anna")
    assert said.out.splitlines()[-3:] == [
        became[1],
        "2 alerts were deleted from the outbox.",
        "1 are still to be delivered. Give them up: geowatch alerts drop --help",
    ]
    ids = {alert["id"][-1] for alert in Ledger(host.state / "alerts/outbox.sqlite").alerts()}
    assert ids == {"2", "4"}
    kept = b"".join(path.read_bytes() for path in (host.state / "alerts").iterdir())
    assert b"00000000000000000000000000000003" not in kept


def test_without_an_outbox(host: Host) -> None:
    (host.state / "alerts/outbox.sqlite").unlink()
    said = host.ask("forget", "anna")
    assert said.code == 1 and "unable to open database file" in said.error


def test_nobody_is_named(host: Host) -> None:
    with pytest.raises(SystemExit):
        forget.main([])
