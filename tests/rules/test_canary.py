# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A canary goes down the line, nobody can forge one, and it counts in nothing."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EVENT
from rule_cases import ROLES, rule_set
from test_located import TIME, located

NONCE, IP = "0123456789abcdef" * 2, "198.51.100.10"

# From its event on, whatever is remembered is written down instead.
WITNESS = """
type=Options
joincfset=WITNESS
procallin=no

type=Single
ptype=RegExp
pattern=^
desc=a witness
action=lcall %ok -> ( sub { no warnings; \\
             *Memory::_remember = sub { Replay::found('remembered', @_) }; 1 } )
"""

sys.path.insert(0, str(ROLES / "logins/files"))

import replay as program  # noqa: E402

Correlate = Callable[..., tuple[list[dict[str, Any]], list[list[str]]]]


@pytest.fixture
def correlate(rules: dict[str, Path], database: Path, tmp_path: Path) -> Correlate:
    """Give a function from events to alerts, and to what else was found."""

    def run(*events: tuple[str, str], nonce: str | None = NONCE) -> Any:
        work, directory = tmp_path / "work", tmp_path / "with_events"
        for each in (work, directory):
            shutil.rmtree(each, ignore_errors=True)
        work.mkdir()
        (work / "log.0").write_text("".join(f"{name}\t{text}\n" for name, text in events))
        (work / "alerts").touch()
        (work / "nonce").unlink(missing_ok=True)
        if nonce is not None:
            (work / "nonce").write_text(f"{nonce}\n")
        shutil.copytree(rules[rule_set({})], directory)
        (directory / "00-event.sec").write_text(EVENT)
        (directory / "98-witness.sec").write_text(WITNESS)
        rule = directory / "15-recognise-canary.sec"
        text = rule.read_text()
        assert text.count("/var/lib/geowatch/watch/canary'") == 1
        rule.write_text(text.replace("/var/lib/geowatch/watch/canary", str(work / "nonce")))
        lookup: list[str | Path] = [sys.executable, ROLES / "geoip/files/geoip_info.py", "--answer"]
        options = argparse.Namespace(roles=ROLES, rules=directory)
        program._correlate(options, work, [*lookup, "--database", database], "EVENT")
        alerts = subprocess.run(
            [sys.executable, ROLES / "alerts/files/send_alerts.py", "render", work / "alerts"],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROLES / "runtime/files")},
            check=True,
            capture_output=True,
        ).stdout.splitlines()
        found = (work / "found").read_text().splitlines()
        return [json.loads(line) for line in alerts], [line.split("\t") for line in found]

    return run


def said(nonce: str = NONCE, ip: str = IP, tag: str = "geowatch-canary[7]") -> str:
    """Return what the syslog daemon writes of one."""
    return f"2026-11-27T08:00:00.000000+00:00 log1 {tag}: {nonce} {ip}"


WATCHED = ("WITNESS", "from now on")
CANARY = ("CANARY", said())
LOGIN = ("LOCATED", located("BR", "found"))


def test_it_goes_down_the_line_with_its_nonce_as_id(correlate: Correlate) -> None:
    (alert,), ((kind, *answer),) = correlate(CANARY)
    assert (kind, answer[:4]) == ("login", [NONCE, IP, "FI", "found"])
    assert (alert["id"], alert["event"], alert["group"]) == (NONCE, "GeowatchCanary", "geowatch")
    assert (alert["severity"], alert["mail"]) == ("informational", False)
    assert alert["resource"] == f"canary@{alert['attributes']['server']}"
    assert (alert["value"], alert["raw"]) == ("FI", said())


def test_it_counts_in_nothing(correlate: Correlate) -> None:
    _, found = correlate(WATCHED, CANARY, CANARY)
    assert {kind for kind, *_ in found} == {"login"}
    # What a login of somebody would leave.
    _, found = correlate(WATCHED, CANARY, LOGIN)
    assert "origins" in {row[2] for row in found if row[0] == "remembered"}


def test_a_login_is_judged_as_ever(correlate: Correlate) -> None:
    alone, _ = correlate(LOGIN)
    (canary, *others), _ = correlate(CANARY, LOGIN)
    assert canary["event"] == "GeowatchCanary"
    assert others == alone
    assert [each["event"] for each in alone] == ["OpenVPNUnexpectedCountry"]


@pytest.mark.parametrize(
    "text",
    [
        said("f" * 32),
        said(NONCE.upper()),
        said(NONCE + "0"),
        said(ip=""),
        said(ip=f"{IP} more"),
        said(ip="somewhere"),
        said(tag="geowatch-canary"),
        said(tag="not-geowatch-canary[7] x"),
        f"{said()}\tgeowatch\t{TIME}",
    ],
)
def test_another_line_is_none(correlate: Correlate, text: str) -> None:
    assert correlate(("CANARY", text)) == ([], [])


@pytest.mark.parametrize("nonce", [None, "", "f" * 32, NONCE[:-1]])
def test_one_that_nobody_waits_for_is_none(correlate: Correlate, nonce: str | None) -> None:
    assert correlate(CANARY, nonce=nonce) == ([], [])


def test_in_another_log_it_is_none(correlate: Correlate) -> None:
    alerts, found = correlate(("OPENVPN_LOG", said()), ("GEOIP_HEALTH", said()))
    assert (alerts, found) == ([], [])


@pytest.mark.parametrize("place", ["server", "user", "raw"])
def test_a_login_cannot_pass_for_one(correlate: Correlate, place: str) -> None:
    words = {"server": "\tvpn1\t", "user": "\tanna\t", "raw": "\tthe log line"}
    line = located("BR", "found").replace(words[place], "\tgeowatch\t")
    alerts, _ = correlate(("LOCATED", line))
    assert [each["event"] for each in alerts] == ["OpenVPNUnexpectedCountry"]


def test_of_an_address_that_no_database_knows_it_says_so(correlate: Correlate) -> None:
    line = located("", "no_database").replace("OpenVPN", "geowatch").replace("anna", "")
    (alert,), _ = correlate(("LOCATED", line))
    assert (alert["event"], alert["severity"]) == ("GeowatchCanary", "informational")
    assert alert["attributes"]["reason"] == "no_database"
