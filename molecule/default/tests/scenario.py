# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

INVENTORY = str(Path(__file__).parents[1] / "inventory.yml")

HOSTS = ["debian-12", "debian-13"]
EVERY_HOST = [f"podman://{name}" for name in HOSTS]


def deployment(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the playbook as a user does."""
    playbook = "loghost.geowatch.log_server"
    command = ["ansible-playbook", "--inventory", INVENTORY, *options, playbook]
    plain = os.environ | {"ANSIBLE_FORCE_COLOR": "false"}  # Molecule wants colours
    return subprocess.run(command, capture_output=True, text=True, env=plain)
