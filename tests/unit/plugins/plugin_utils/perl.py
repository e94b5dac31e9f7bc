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


def first_match(messages: list[dict[str, object]], line: str) -> dict[str, str]:
    """Return what the first message that fits says: its means, and the groups that are set."""
    patterns = ", ".join(f"['{each['means']}', '{each['pattern_perl']}']" for each in messages)
    program = (
        f"my $line = shift; for ({patterns}) {{ my ($means, $pattern) = @$_; "
        "next unless $line =~ /$pattern/; print qq(means\\t$means\\n); "
        'print map { "$_\\t$+{$_}\\n" } sort keys %+; last }'
    )
    command = ["perl", "-e", program, "--", line]
    answer = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return dict(each.split("\t", 1) for each in answer.splitlines())
