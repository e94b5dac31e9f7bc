# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reader knows of its logs besides their lines: that bytes came, and when all was read."""

from __future__ import annotations

import time
from pathlib import Path

from correlator import Correlator, perl, wait_for

READ = r"""
require Inputs;
Inputs->import("$ARGV[0]/inputs.tsv", "$ARGV[0]/offsets.tsv");
sub heard {
    Inputs::look();
    while (1) {
        my ($line, $more) = Inputs::next_line();
        last unless defined $line || $more;
        Inputs::processed();
    }
    print join(' ', map { s{.*/}{}r } sort keys %{ Inputs::heard() }), "|";
}
sub append {
    my ($name, $text) = @_;
    open my $log, '>>', "$ARGV[0]/$name";
    print {$log} $text;
    return;
}
heard();
append('a.log', "noise\n");
heard();
heard();
append('a.log', "no end");
append('b.log', "a login\n");
heard();
"""


def test_bytes_that_no_rule_is_given_are_heard_once(tmp_path: Path) -> None:
    inputs = f"file\tLOG\tnow\t{tmp_path}/*.log\nword\tLOG\tlogin\n"
    (tmp_path / "inputs.tsv").write_text(inputs)
    (tmp_path / "a.log").write_text("past\n")
    assert perl(READ, tmp_path) == "|a.log||a.log b.log|"


def test_a_replay_hears_nothing() -> None:
    heard = "print defined Inputs::heard() ? 'something' : 'nothing'"
    assert perl(f"use Inputs; {heard}") == "something"
    assert (
        perl(
            f"sub read_line {{}} sub process_lists {{}} use Replay; use Queue; use Inputs; {heard}"
        )
        == "nothing"
    )


CAUGHT_UP = """
type=Single
ptype=RegExp
pattern=^when$
context=[LOG]
desc=says when all was read
action=lcall %ok -> ( sub { Queue::append('caught_up', Feed::caught_up()) } )
"""


def test_when_all_was_read_is_known(sec: Correlator) -> None:
    (sec.directory / "30-caught-up.sec").write_text(CAUGHT_UP)
    begin = int(time.time())
    sec.start()
    sec.log("a.log", "when")
    path = sec.directory / "caught_up"
    wait_for(lambda: path.exists() and path.read_text().endswith("\n"))
    assert begin <= int(path.read_text()) <= path.stat().st_mtime
