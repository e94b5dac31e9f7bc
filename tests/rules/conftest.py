# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import make_database
import pytest
import yaml
from live import Live, Start
from rule_cases import (
    CASES,
    FIELD_CASES,
    HERE,
    KEYED,
    NAMED,
    ROLES,
    SOURCES,
    Replay,
    field_case,
    rule_set,
)

sys.path.insert(0, str(ROLES / "logins/files"))

import replay as program

EVENT = """
type=Options
joincfset=EVENT
procallin=no

type=Single
ptype=RegExp
pattern=^(?:\\S+Z )?(\\w+)\\t(.*)$
desc=an event
action=cevent $1 0 $2
"""


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the small country database of documentation addresses."""
    path = tmp_path_factory.mktemp("database") / "country.mmdb"
    make_database.main(str(path))
    return path


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the directory of the rules for each set of variables in use."""
    variables = [{}, *(yaml.safe_load(case.read_text()).get("variables", {}) for case in CASES)]
    variables += [field_case(path)[1] for path in FIELD_CASES]
    return _filled_in(variables, tmp_path_factory)


@pytest.fixture(scope="session")
def source_rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Give the same for each source of the corpus."""
    return _filled_in([NAMED, KEYED, *SOURCES.values()], tmp_path_factory)


def _filled_in(
    variables: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    directories = {rule_set(each): tmp_path_factory.mktemp("rules") for each in variables}
    sets = {}
    for key, directory in directories.items():
        (directory / "variables.json").write_text(key)
        variables_file = str(directory / "variables.json")
        sets[directory.name] = {"directory": str(directory), "variables": variables_file}
    inventory = tmp_path_factory.mktemp("inventory") / "sets.json"
    inventory.write_text(json.dumps({"all": {"hosts": sets}}))
    subprocess.run(
        ["ansible-playbook", "--inventory", inventory, "--forks=4", HERE / "render.yml"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return directories


@pytest.fixture
def replay(rules: dict[str, Path], database: Path, tmp_path: Path) -> Replay:
    """Give the replay."""
    return Replay(rules, database, tmp_path)


@pytest.fixture
def alerts(rules: dict[str, Path], tmp_path: Path) -> Any:
    """Give a function from events, each a line of a queue file in a context, to alerts.

    In front of a context there may be the time.
    """

    def run(
        *lines: str | tuple[str, str],
        context: str = "GEOIP_HEALTH",
        variables: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        events = [(context, line) if isinstance(line, str) else line for line in lines]
        (tmp_path / "log.0").write_text("".join(f"{name}\t{line}\n" for name, line in events))
        (tmp_path / "alerts").touch()
        directory = tmp_path / "with_events"
        shutil.copytree(rules[rule_set(variables or {})], directory)
        (directory / "00-event.sec").write_text(EVENT)
        options = argparse.Namespace(roles=ROLES, rules=directory)
        program._correlate(options, tmp_path, ["cat"], "EVENT")
        rendered = subprocess.run(
            [sys.executable, ROLES / "alerts/files/send_alerts.py", "render", tmp_path / "alerts"],
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROLES / "runtime/files")},
            check=True,
            capture_output=True,
        )
        return [json.loads(line) for line in rendered.stdout.splitlines()]

    return run


@pytest.fixture
def live(rules: dict[str, Path], tmp_path: Path) -> Iterator[Start]:
    """Give a function that starts a correlator, which ends with the test."""
    started: list[Live] = []

    def start(*modules: str) -> Live:
        started.append(Live(rules[rule_set({})], tmp_path, *modules))
        return started[-1]

    yield start
    for each in started:
        each.process.terminate()
        each.process.wait(20)
