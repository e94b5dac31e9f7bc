# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs logs through the rules as the replay does: real SEC, real lookup, no host."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).parent
ROLES = HERE.parents[1] / "roles"
CASES = sorted((HERE / "cases").glob("*.yml"))
FIELD_CASES = sorted(path.parent for path in (HERE / "corpus").glob("*/*/expected.json"))

SOURCES = {
    corpus: {
        "logins_sources": [{"source": corpus.stem, "files": ["/var/log/remote/*/log"]}],
        "logins_failures_threshold": 1,
    }
    for corpus in sorted((HERE / "corpus/sources").glob("*.tsv"))
}
"""The corpus of each source, and the variables that it is replayed with."""

NAMED = {
    "logins_sources": [
        {
            "source": "dovecot",
            "files": ["/var/log/remote/*/log"],
            "names": {"m.mustermann": "Max"},
        }
    ]
}

FINGERPRINT = "SHA256:1M4RzhMyWuFSa86uPYace2prhadVTHW7iD2RhpquOZA"
KEYED = {
    "logins_sources": [
        {
            "source": "sshd",
            "files": ["/var/log/remote/*/log"],
            "names": {FINGERPRINT: "Max", "root": "Erika"},
        }
    ]
}

DEFAULTS = {
    **yaml.safe_load((ROLES / "logins/defaults/main.yml").read_text()),
    "logins_expected_countries": ["FI"],
}


class Found(NamedTuple):
    """What a replay found: the objects of its output files."""

    connections: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    not_understood: list[dict[str, Any]]
    coverage: dict[str, int]
    """How often each rule matched. A rule is named by its file and its description."""


class Replay:
    """Replays logs with the rules of a set of variables."""

    def __init__(self, rules: dict[str, Path], database: Path, work: Path) -> None:
        self._rules = rules
        self._database = database
        self._work = work

    def __call__(self, log: bytes, variables: dict[str, Any] | None = None) -> Found:
        (self._work / "log").write_bytes(log)
        return self.logs([self._work / "log"], variables)

    def logs(
        self, logs: list[Path], variables: dict[str, Any] | None = None, zone: str = ""
    ) -> Found:
        """Replay files."""
        subprocess.run(
            [
                sys.executable,
                ROLES / "logins/files/replay.py",
                f"--roles={ROLES}",
                f"--rules={self._rules[rule_set(variables or {})]}",
                f"--database={self._database}",
                f"--output={self._work}",
                f"--coverage={self._work / 'coverage'}",
                f"--zone={zone}",
                *logs,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return Found(
            self._objects("connections"),
            self._objects("sessions"),
            self._objects("alerts"),
            self._objects("not_understood"),
            self._coverage(),
        )

    def _objects(self, name: str) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self._work / f"{name}.jsonl").read_text().splitlines()
        ]

    def _coverage(self) -> dict[str, int]:
        matched: dict[str, int] = {}
        for line in (self._work / "coverage").read_text().splitlines():
            file, description, count = line.split("\t")
            rule = f"{file}: {description}"
            matched[rule] = matched.get(rule, 0) + int(count)
        return matched


def rule_set(variables: dict[str, Any]) -> str:
    """Return the name of a set of variables: the rules are filled in once for each."""
    return json.dumps({**DEFAULTS, **variables}, sort_keys=True)


def field_case(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a case of the field wants, and its variables."""
    case = json.loads((path / "expected.json").read_text())
    variables = json.dumps(case.get("variables", {})).replace("{directory}", str(path))
    return case, json.loads(variables)
