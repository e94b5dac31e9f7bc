# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook as an ordinary user runs it: relative paths, several logs, one compressed."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CONFIG = Path(__file__).parents[2] / "ansible.cfg"

NOBODY = 65534
# May read all, because the checkout may be below a directory of root's, and is else nobody.
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
]
LINE = (
    "Nov 23 12:49:41 vpn1 openvpn[1]: {ip}:5 [{user}] "
    "Peer Connection Initiated with [AF_INET]{ip}:5"
)


def replay(
    directory: Path, variables: dict[str, Any], *more: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = ["ansible-playbook", "loghost.geowatch.replay", "-e", json.dumps(variables), *more]
    return run(directory, command, **environment)


def run(
    directory: Path, command: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*AS_NOBODY, *command],
        cwd=directory,
        env={
            **os.environ,
            **environment,
            "ANSIBLE_CONFIG": str(CONFIG),
            "HOME": str(directory),
            "ANSIBLE_REMOTE_TEMP": str(directory / "tmp"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def directory(database: Path) -> Iterator[Path]:
    """Give a directory of the ordinary user's, with two logs and a database in it."""
    path = Path(tempfile.mkdtemp(prefix="geowatch-ordinary-"))
    with gzip.open(path / "openvpn.log.1.gz", "wt") as log:
        log.write(LINE.format(ip="198.51.100.130", user="first"))
    (path / "openvpn.log").write_text(LINE.format(ip="198.51.100.10", user="second") + "\n")
    (path / "country.mmdb").write_bytes(database.read_bytes())
    for each in (path, *path.iterdir()):
        os.chown(each, NOBODY, NOBODY)
    yield path
    shutil.rmtree(path)


def test_logs_are_read_in_the_order_given(directory: Path) -> None:
    result = replay(
        directory,
        {
            "logins_expected_countries": ["FI"],
            "replay_logs": ["openvpn.log.1.gz", "openvpn.log"],
            "replay_database": "country.mmdb",
            "replay_output": "found",
        },
    )
    assert result.returncode == 0, result.stdout
    connections = (directory / "found/connections.jsonl").read_text().splitlines()
    assert [json.loads(line)["user"] for line in connections] == ["first", "second"]
    assert set(json.loads(connections[0])) == {"user", "ip", "country", "server", "line"}
    assert (directory / "found/not_understood.jsonl").read_text() == ""
    assert "2 sessions of 2 users, in 2 logs of 2 lines" in result.stdout
    assert "Alerts: 1 OpenVPNUnexpectedCountry (critical)" in result.stdout
    alerts = [
        json.loads(line) for line in (directory / "found/alerts.jsonl").read_text().splitlines()
    ]
    assert [alert["event"] for alert in alerts] == [
        "OpenVPNUnexpectedCountry",
        "OpenVPNExpectedCountry",
    ]
    assert set(alerts[0]) == {
        *("id", "time", "environment", "resource", "event", "severity", "service", "group"),
        *("value", "text", "origin", "attributes", "raw", "mail"),
    }


INVENTORY = """
log_servers:
  hosts:
    log1: {ansible_host: 192.0.2.1}
    log2: {logins_expected_countries: []}
  vars:
    logins_expected_countries: [DE, FI]
all:
  vars:
    ansible_become: true
    ansible_connection: ssh
    ansible_python_interpreter: /nonexistent
"""


def test_an_inventory_gives_its_variables_and_nothing_else(directory: Path) -> None:
    (directory / "inventory.yml").write_text(INVENTORY)
    result = replay(
        directory,
        {
            "replay_logs": ["openvpn.log"],
            "replay_database": "country.mmdb",
            "replay_output": "found",
        },
        *("-i", "inventory.yml", "--check"),
        ANSIBLE_BECOME="true",
    )
    assert result.returncode == 0, result.stdout
    assert "1 session of 1 user" in result.stdout
    assert not (directory / "found").exists()


def test_a_log_that_gives_nothing_says_why(directory: Path) -> None:
    (directory / "other.log").write_text("Nov 23 12:49:41 vpn1 cron[1]: nothing\n")
    result = replay(
        directory,
        {
            "logins_expected_countries": ["FI"],
            "replay_logs": ["other.log"],
            "replay_database": "country.mmdb",
            "replay_output": "found",
        },
    )
    assert result.returncode == 0, result.stdout
    said = " ".join(result.stdout.split())  # the output may break lines
    assert f"No login in {directory}/other.log: no sign of one in 1 line" in said


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (
            {"logins_expected_countries": ["FI", False]},
            "logins_expected_countries: false is not a country. Quote it: 'NO'",
        ),
        ({"logins_expected_countries": []}, "logins_expected_countries: "),
        ({"logins_unknown_action": "shout"}, "logins_unknown_action"),
        (
            {"logins_policies": [{"name": "Sales", "groups": ["sales"], "expected": []}]},
            "logins_policies: policy 'Sales': groups: 'sales' is not in logins_groups",
        ),
        ({"replay_logs": ["missing.log"]}, "missing.log"),
        ({"replay_database": "openvpn.log"}, "openvpn.log"),
        ({"replay_logs": ["country.mmdb"]}, "country.mmdb is no text, but binary"),
        ({"replay_timezone": "Mars/Base"}, "is no time zone"),
        ({"__logins_sec": "/nonexistent"}, "sudo apt install sec"),
    ],
)
def test_mistakes_are_named(directory: Path, wrong: dict[str, Any], complaint: str) -> None:
    result = replay(
        directory,
        {
            "logins_expected_countries": ["FI"],
            "replay_logs": ["openvpn.log"],
            "replay_database": "country.mmdb",
            "replay_output": "found",
            **wrong,
        },
    )
    assert result.returncode != 0
    assert complaint in " ".join((result.stdout + result.stderr).split())
    assert not (directory / "found").exists()


def test_the_example_of_the_docs_is_as_they_say(directory: Path) -> None:
    page = (CONFIG.parent / "docs/sources.md").read_text().partition("## The file")[0]
    log, source, command, printed = re.findall(r"^```\w*\n(.*?)^```$", page, re.M | re.S)[:4]
    (directory / "roundcube.log").write_text(log)
    (directory / "roundcube.yml").write_text(source)
    (directory / "dbip-country-lite.mmdb").write_bytes((directory / "country.mmdb").read_bytes())
    words = shlex.split(
        command.removeprefix("$ ").replace("\\\n", "").replace("$PWD", str(directory))
    )
    result = run(directory, words)
    assert result.returncode == 0, result.stdout
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert [line for line in printed.splitlines() if line not in lines] == [], result.stdout
    # Nobody is told by what somebody typed.
    assert "192.0.2.66" not in (directory / "found/connections.jsonl").read_text()
