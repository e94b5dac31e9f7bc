# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that are made of data are as the data is: `make docs` would change nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_pages_are_up_to_date() -> None:
    command = ["ansible-playbook", "--check", "--diff", str(ROOT / "tests/docs.yml")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "changed=0" in done.stdout, done.stdout


def test_the_readmes_of_the_roles_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tests/role_readmes.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
