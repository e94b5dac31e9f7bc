# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service has loaded: the deployment compares it with what is on the disk."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from queue_files import store


def say(state: Path) -> None:
    """Write down the digest of what was deployed, once it is loaded."""
    try:
        store(state / "in_force", os.environ.get("GEOWATCH_DIGEST", "") + "\n")
    except OSError as error:
        logging.getLogger(__name__).warning("%s", error)
