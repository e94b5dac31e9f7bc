# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory says, in Ansible's own reading."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def host_variables(inventory: Path) -> dict[str, dict[str, Any]]:
    """Return the variables of each host; templates are as they were written."""
    command = ["ansible-inventory", "--inventory", str(inventory), "--list"]
    listing = subprocess.run(command, check=True, capture_output=True)
    variables: dict[str, dict[str, Any]] = json.loads(listing.stdout)["_meta"]["hostvars"]
    return variables
