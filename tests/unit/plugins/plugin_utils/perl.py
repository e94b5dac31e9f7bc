# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Perl, which the patterns are for."""

from __future__ import annotations

import subprocess


def matched(pattern: str, values: list[bytes]) -> list[bytes]:
    """Return the values that the pattern matches."""
    program = "my $pattern = shift; print map { /$pattern/ ? 1 : 0 } @ARGV"
    command: list[str | bytes] = ["perl", "-e", program, "--", pattern, *values]
    answers = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [value for value, answer in zip(values, answers, strict=True) if answer == "1"]
