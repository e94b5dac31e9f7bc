# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the preflight checks of a role over many cases in one play: each case is a host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def preflight(
    role: Path, hosts: Mapping[str, Any], directory: Path, shown: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run the checks.

    Args:
        role: The role.
        hosts: The variables of each case.
        directory: A place for files.
        shown: Templates that are filled in behind the checks.

    Returns:
        What failed, by host, as ``failed``, what became of the templates, by host, as ``shown``,
        and all that Ansible printed as ``output``.
    """
    include = {"name": str(role), "tasks_from": "preflight.yml", "public": True}
    tasks = [
        {"name": "Check the variables", "ansible.builtin.include_role": include},
        {"name": "Show", "ansible.builtin.debug": {"msg": dict(shown or {})}},
    ]
    known = {"__runtime_host_known": True}  # the hosts are only names
    playbook = [{"hosts": "all", "gather_facts": False, "vars": known, "tasks": tasks}]
    (directory / "play.yml").write_text(json.dumps(playbook))
    (directory / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (directory / "ansible.cfg").touch()
    settings = {
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_HOME": str(directory),
        "ANSIBLE_COLLECTIONS_PATH": str(Path(__file__).parents[2] / ".cache/collections"),
    }
    finished = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "hosts.yml", "play.yml"],
        cwd=directory,
        env=os.environ | settings | {"ANSIBLE_CONFIG": "ansible.cfg"},
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(finished.stdout)
    failed: dict[str, str] = {}
    for run in report["plays"]:
        for each in run["tasks"]:
            for host, result in each["hosts"].items():
                if result.get("failed"):
                    items = result.get("results", [result])
                    failed[host] = " ".join(item["msg"] for item in items if item.get("failed"))
    assert set(report["stats"]) == set(hosts)
    last = report["plays"][-1]["tasks"][-1]["hosts"]
    filled_in = {host: last[host]["msg"] for host in set(last) - set(failed)}
    return {"failed": failed, "shown": filled_in, "output": finished.stdout + finished.stderr}
