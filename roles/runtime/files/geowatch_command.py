# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `geowatch`: the entry point of what rooms offer to people."""

import sys

from geowatch.command import main

sys.exit(main(sys.argv[1:]))
