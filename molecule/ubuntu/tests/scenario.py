# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share."""

from __future__ import annotations

HOSTS = ["ubuntu-24"]
EVERY_HOST = [f"podman://{name}" for name in HOSTS]
