#!/usr/bin/env python3
# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench: run.py [SECTION...] [--logins N...] [--repeats N] ...

Without a section, all of them run, in their order.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import storm
from bench import Bench, Sizes, new_bench
from processes import BenchError
from report import Section

SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "storm": storm.measure,
}
