# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of logs by itself, step by step: what it gives out is what SEC would get."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from correlator import perl

CODE = r"""
use Time::HiRes ();
our $later = 0;
BEGIN {
    no warnings 'redefine';
    my $time = \&Time::HiRes::time;
    *Time::HiRes::time = sub { $time->() + $main::later };
    *CORE::GLOBAL::time = sub () { CORE::time() + $main::later };
}
require Inputs;
my ($directory, @steps) = @ARGV;
chdir $directory;
Inputs->import("$directory/inputs.tsv", "$directory/offsets.tsv");
sub look_once {
    Inputs::look();
    while (1) {
        my ($line, $path, $context) = Inputs::next_line();
        last unless defined $line || $path;
        print join("\t", 'line', Inputs::place(), $line), "\n" if defined $line;
        Inputs::processed();
    }
    print map { "news\t$_\n" } News::lines();
}
# As the feed does, which looks again and again: what changes at this very moment is taken up
# by the next look.
sub look {
    look_once();
    select undef, undef, undef, 0.02;
    look_once();
}
# Is given a line, and does not come to its end.
sub begin {
    do { Inputs::look() } until defined((Inputs::next_line())[0]);
}
for my $step (@steps) {
    if    ($step eq 'look')           { look() }
    elsif ($step eq 'begin')          { begin() }
    elsif ($step eq 'save')           { Offsets::save() }
    elsif ($step =~ /^later ([0-9]+)/) { $later += $1 }
    else                              { system('sh', '-ec', $step) == 0 or die "failed: $step" }
}
"""


@dataclass
class Heard:
    """What a reader gave out: lines with their places, and news."""

    lines: list[tuple[str, str]]
    news: list[list[str]]

    def texts(self) -> list[str]:
        """Return the lines by themselves. The same place again is the same line again."""
        return [line for _place, line in dict.fromkeys(self.lines)]


def read(directory: Path, *steps: str, descriptors: int = 1024) -> Heard:
    """Let a new process look, begin to, save, run shell commands, and find it is "later N" seconds.

    It ends as after a crash.
    """
    printed = perl(CODE, directory, *steps, descriptors=descriptors)
    said = [line.split("\t") for line in printed.splitlines()]
    return Heard(
        [("\t".join(each[1:4]), each[4]) for each in said if each[0] == "line"],
        [each[1:] for each in said if each[0] == "news"],
    )
