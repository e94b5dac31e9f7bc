# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the deployed rules make of a line: the real ones, on what a log server has installed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import make_database
import pytest
import yaml
from geowatch.logins import explain
from trail_host import Host

ROOT = Path(__file__).parents[3]
ROLES = ROOT / "roles"
RULES = ROOT / "tests/rules"

VARIABLES = {
    "logins_expected_countries": ["FI"],
    "logins_internal_action": "ignore",
    "logins_policies": [{"name": "Anna", "users": ["anna"], "expected": ["FI", "SE"]}],
    "logins_sources": [
        {"source": "openvpn", "files": ["/var/log/remote/*/openvpn.log"]},
        {"source": "sshd", "files": ["/var/log/remote/*/auth.log"]},
    ],
}

SSH = "2026-05-04T03:02:01Z {} sshd[7]: Accepted publickey for {} from {} port 40000 ssh2"

Explained = Callable[..., list[tuple[str, str]]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with the rules, the programs and the database of a log server."""
    path = tmp_path_factory.mktemp("installed")
    defaults = yaml.safe_load((ROLES / "logins/defaults/main.yml").read_text())
    (path / "variables.json").write_text(json.dumps(defaults | VARIABLES))
    (path / "rules").mkdir()
    hosts = {"one": {"directory": f"{path}/rules", "variables": f"{path}/variables.json"}}
    (path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    command = ["ansible-playbook", f"--inventory={path}/inventory.json", str(RULES / "render.yml")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    for room in ("sec", "logins"):
        shutil.copytree(ROLES / room / "files/perl", path / "lib/perl", dirs_exist_ok=True)
    for room in ("runtime", "geoip"):
        shutil.copytree(ROLES / room / "files", path / "lib", dirs_exist_ok=True)
    (path / "database").mkdir()
    make_database.main(str(path / "database/country.mmdb"))
    return path


@pytest.fixture
def explained(
    installed: Path, host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Explained:
    """Give a function from lines to the steps that are said of them."""

    def run(*lines: str, log: str = "/var/log/remote/vpn1/auth.log") -> list[tuple[str, str]]:
        stdin = io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()))
        monkeypatch.setattr(sys, "stdin", stdin)
        arguments = ["-" if len(lines) > 1 else lines[0], "--log", log]
        arguments += ["--state", str(installed), "--rules", str(installed / "rules")]
        assert explain.main([*arguments, "--library", str(installed / "lib")]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        return [(line[:11].strip(), line[12:]) for line in said.out.splitlines()]

    return run


def test_all_the_way(explained: Explained) -> None:
    line = SSH.format("vpn1", "anna", "198.51.100.200")
    *steps, (_located, located), judged, alert = explained(line)
    assert steps == [
        ("source", "sshd, /var/log/remote/*/auth.log"),
        ("line", line),
        (
            "shape",
            "time 2026-05-04T03:02:01Z, server vpn1, program sshd[7], message: "
            "Accepted publickey for anna from 198.51.100.200 port 40000 ssh2",
        ),
        (
            "message",
            "SSH, established: user anna, 198.51.100.200, place 198.51.100.200:40000, "
            "server vpn1, 2026-05-04 06:02:01",
        ),
        ("login", "it counts as one, established"),
    ]
    assert located.startswith("BR Brazil, by GeoLite2-Country 20")
    by = "by the policy Anna, which expects FI, SE: its action is `alert`"
    assert judged == ("judged", f"UnexpectedCountry, {by}")
    assert alert == (
        "alert",
        "SSHUnexpectedCountry, critical, a message is due: SSH login from Brazil (BR), "
        'expected FI, SE: 198.51.100.200 on vpn1, user "anna"',
    )


OPENVPN = "May  4 03:02:01 vpn1 openvpn[7]: {}198.51.100.200:40000 {}"


@pytest.mark.parametrize(
    ("line", "step", "said"),
    [
        ("nobody's", "stops", "here: no source looks for a text that is in it"),
        (
            SSH.format("vpn1", "bob", "192.168.7.7"),
            "stops",
            "here: the action for its verdict is `ignore`",
        ),
        (
            OPENVPN.format("bob/", "Connection reset, restarting [0]"),
            "stops",
            "here: by itself it says nothing of a client that is known",
        ),
        (
            OPENVPN.format("", "[bob] Peer Connection Initiated with [AF_INET]198.51.100.200:1"),
            "client",
            "connected: 10 s are awaited",
        ),
        (
            SSH.format("vpn1", "bob", "192.168.7.7").replace("Accepted", "Failed"),
            "event",
            "a failed login. Failures are counted",
        ),
        (
            SSH.format("vpn1", "bob", "192.168.7.7").replace("sshd", "postfix"),
            "shape",
            "time 2026-05-04T03:02:01Z, server -, program none of the source's, message: ",
        ),
        (
            SSH.format("vpn1", "bob", "nowhere").partition(" from")[0],
            "message",
            "may be a login of SSH, but is not understood: no message has this form",
        ),
        (SSH.format("-", "bob", "198.51.100.1"), "message", "SSH, established: user bob, "),
        (SSH.format("vpn1", "\x1b[2J", "198.51.100.1"), "line", "2026-05-04T03:02:01Z vpn1 sshd"),
    ],
)
def test_where_it_stops(explained: Explained, line: str, step: str, said: str) -> None:
    steps = explained(line)
    found = [text for name, text in steps if name == step]
    assert len(found) == 1 and found[0].startswith(said)
    assert "\x1b" not in str(steps)
    assert ("alert" in dict(steps)) != ("stops" in dict(steps)) or step == "event"


def test_the_path_tells_the_server(explained: Explained) -> None:
    line = SSH.format("-", "bob", "198.51.100.1")
    assert "server gate," in dict(explained(line, log="/var/log/remote/gate/auth.log"))["message"]
    assert "server (unknown)," in dict(explained(line, log="/elsewhere"))["message"]


def test_lines_that_belong_together(explained: Explained) -> None:
    line = SSH.format("vpn1", "anna", "198.51.100.1")
    end = line.partition(" Accepted")[0] + " Disconnected from user anna 198.51.100.1 port 40000"
    steps = [step for step in explained(line, "another", end) if step[0] in ("line", "event")]
    assert steps == [("line", line), ("line", end), ("event", "its session ended")]


def test_it_has_to_be_all_there(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = SSH.format("vpn1", "anna", "198.51.100.1")
    given = [line, "--state", str(tmp_path), "--rules", str(installed / "rules")]
    assert explain.main([*given, "--library", str(installed / "lib")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("geowatch explain: ")
    assert "country.mmdb" in error
    with pytest.raises(SystemExit):
        explain.main([line, "--log", "auth.log"])


def test_who_runs_it() -> None:
    assert explain.user(["a line"]) == "geowatch-sec"
    assert explain.user(["--login", "abcdef"]) == "geowatch-alerts"
