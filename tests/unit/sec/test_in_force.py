# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The correlator says which rules it has loaded, and never of rules that it could not use."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from correlator import ECHO, ROLE, wait_for

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts SEC as the unit does; end what it started."""
    processes = []

    def run() -> subprocess.Popen[bytes]:
        command = f"perl -I{ROLE}/files/perl -MInForce={tmp_path}/digest,{tmp_path}/in_force"
        command += f" -MQueue={tmp_path} -MMemory={tmp_path}/memory"
        command += f" -MInputs={tmp_path}/inputs.tsv,{tmp_path}/offsets.tsv -MFeed"
        command += f" /usr/bin/sec --conf={tmp_path}/*.sec --intcontexts --log=- --debug=3"
        with (tmp_path / "journal").open("ab") as journal:
            processes.append(
                subprocess.Popen(
                    command.split(),
                    stderr=journal,
                    stdout=journal,
                    env={"GEOWATCH_DIGEST": "programs"},
                )
            )
        return processes[-1]

    (tmp_path / "inputs.tsv").write_text("")
    land(tmp_path, ECHO, "one")
    yield run
    for process in processes:
        process.terminate()
        process.wait(20)


def land(directory: Path, rules: str, digest: str) -> None:
    """Do what a deployment does: the rules, then their digest."""
    (directory / "new").write_text(rules)
    (directory / "new").replace(directory / "10-echo.sec")
    (directory / "digest").write_text(f"GEOWATCH_DIGEST=other\nGEOWATCH_RELOADED={digest}\n")


def says(directory: Path) -> str:
    path = directory / "in_force"
    return path.read_text() if path.exists() else ""


def test_a_start_and_a_reload(start: Start, tmp_path: Path) -> None:
    process = start()
    wait_for(lambda: says(tmp_path) == "programs one\n")
    land(tmp_path, ECHO + ECHO, "two")
    assert says(tmp_path) == "programs one\n"
    process.send_signal(signal.SIGABRT)
    wait_for(lambda: says(tmp_path) == "programs two\n")


@pytest.mark.parametrize("rules", ["", ECHO.replace("RegExp", "RegEx")], ids=["empty", "wrong"])
def test_rules_that_cannot_be_used_are_not_in_force(
    start: Start, tmp_path: Path, rules: str
) -> None:
    land(tmp_path, rules, "one")
    start()
    wait_for(lambda: "cannot be used" in (tmp_path / "journal").read_text())
    assert says(tmp_path) == ""
    assert "10-echo.sec" in (tmp_path / "journal").read_text()


def test_a_reload_of_rules_that_cannot_be_used_takes_it_back(start: Start, tmp_path: Path) -> None:
    process = start()
    wait_for(lambda: says(tmp_path) == "programs one\n")
    land(tmp_path, "", "two")
    (tmp_path / "10-echo.sec").touch()
    process.send_signal(signal.SIGABRT)
    wait_for(lambda: says(tmp_path) == "")
