# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The correlator's memory: windows end when they should, it has a limit, a kill loses nothing."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from correlator import ROLE

# The clock is $now, as the replay's is the logs'.
CLOCK = """
our $now; BEGIN { $now = 1000; *CORE::GLOBAL::time = sub () { $now } }
use Memory; sub say { print join("|", @_), "\n" }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory"


def perl(script: str, path: Path | None = None) -> list[str]:
    """Run a script with a memory, in the file `path` if there is one. Returns what it said."""
    module = f"Memory->import('{path}');" if path else ""
    command = ["perl", "-w", f"-I{ROLE}/files/perl", "-e", f"{CLOCK}{module}{script}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_an_entry_is_found_by_table_owner_and_key() -> None:
    script = """
        Memory::remember('a', 10, 'owner', 'key', 'x', 'y');
        say(Memory::recall('a', 'owner', 'key') eq "x\ty", Memory::knows('a', 'owner', 'key'));
        say(map { Memory::knows(split) } 'b owner key', 'a other key', 'a owner k');
        say(Memory::take('a', 'owner', 'key') eq "x\ty", Memory::knows('a', 'owner', 'key'));
        say(Memory::recall('a', 'owner', 'key') eq '', Memory::take('a', 'owner', 'key') eq '');
    """
    assert perl(script) == ["1|1", "0|0|0", "1|0", "1|1"]


def test_keys_are_counted_where_a_number_is_asked_for() -> None:
    script = """
        Memory::remember('a', 10, 'owner', $_) for qw(z y);
        say(Memory::keys_of('a', 'owner'));
        say(map { scalar(Memory::keys_of('a', $_)) || 'none' } qw(owner other));
        say(map { !Memory::keys_of('a', $_) ? 'none' : 'some' } qw(owner other));
        say(map { Memory::number_of('a', $_) } qw(owner other));
        say(map { "@{$_}[0, 1]" } Memory::all('a'));
    """
    assert perl(script) == ["y|z", "2|none", "some|none", "2|0", "owner y|owner z"]


def test_what_is_kept_stays_longer_with_its_value_once_half_of_its_time_is_over() -> None:
    script = """
        Memory::remember('a', 10, 'owner', 'key', 'x', 'y');
        Memory::await('a', 10, 'owner', 'awaited', 'z');
        Memory::remember('a', 10, 'owner', 'early');
        $now = 1004; say(Memory::keep('a', 10, 'owner', 'early') ? 'kept' : 'has time');
        $now = 1005; say(map { Memory::keep('a', 10, 'owner', $_) } 'key', 'awaited');
        say(Memory::keep('a', 10, 'owner', 'other') ? 'kept' : 'none');
        say(Memory::knows('a', 'owner', 'other'), Memory::forgotten());
        $now = 1010; Memory::forgotten();
        say(map { Memory::knows('a', 'owner', $_) } 'early', 'key');
        $now = 1014; say(Memory::forgotten(), Memory::recall('a', 'owner', 'key') eq "x\\ty");
        $now = 1015; say(Memory::forgotten(), Memory::knows('a', 'owner', 'key'));
    """
    said = ["has time", "1|1", "none", "0|", "0|1", "|1", "a\towner\tawaited\tz|0"]
    assert perl(script) == said


def test_what_is_kept_early_is_not_stored_again(path: Path) -> None:
    script = """
        Memory::remember('a', 10, 'o', 'k', 'v'); Memory::save();
        $now = 1004; Memory::keep('a', 10, 'o', 'k'); Memory::save();
        $now = 1005; Memory::keep('a', 10, 'o', 'k'); Memory::save();
    """
    perl(script, path)
    assert path.read_text().splitlines() == [f"+\t{due}\t0\ta\to\tk\tv" for due in (1010, 1015)]


def test_whoever_watches_a_table_hears_of_each_that_comes_and_goes() -> None:
    script = """
        $Memory::limit = 2;
        Memory::watch('t', sub { say(map { s/\\t/ /gr } @_) });
        Memory::remember('other', 10, 'o', 'k', 'unheard');
        Memory::remember('t', 10, 'o', 'k', 'x', 'y'); Memory::await('t', 10, 'o', 'k', 'new');
        say(Memory::take('t', 'o', 'k')); Memory::take('t', 'o', 'k');
        Memory::remember('t', $_, 'o', $_) for 20, 10, 30;
        $now = 1010; Memory::forgotten();
    """
    assert perl(script) == [
        *("1|o|k|x y", "-1|o|k|x y", "1|o|k|new", "-1|o|k|new", "new"),
        *("1|o|20|", "1|o|10|", "1|o|30|", "-1|o|20|"),  # the limit
        "-1|o|10|",
    ]


def test_whoever_watches_a_table_hears_of_what_was_stored(path: Path) -> None:
    perl("Memory::remember('t', 10, 'o', 'k', 'v'); Memory::save();", path)
    script = "Memory::watch('t', sub { say(@_) }); Memory::knows('any', 'o', 'k');"
    assert perl(script, path) == ["1|o|k|v"]


def test_a_window_ends_in_its_second_and_not_before() -> None:
    script = """
        Memory::remember('quiet', 10, 'o', 'k', 'v');
        Memory::await('awaited', 10, 'o', 'k', 'v');
        $now = 1009; say('before', Memory::forgotten(), Memory::knows('quiet', 'o', 'k'));
        $now = 1010; say('then', Memory::forgotten(), Memory::knows('quiet', 'o', 'k'));
        say('after', Memory::forgotten());
    """
    assert perl(script) == ["before||1", "then|awaited\to\tk\tv|0", "after|"]


def test_what_is_awaited_comes_back_in_the_order_of_its_times() -> None:
    script = """
        Memory::await('t', $_, 'o', $_, '') for 30, 10, 20;
        say(Memory::next_awaited());
        $now = 1025; say(map { s/\t/ /gr } split /\n/, Memory::forgotten());
        say(Memory::next_awaited());
    """
    assert perl(script) == ["1010", "t o 10 |t o 20 ", "1030"]


def test_an_entry_that_is_replaced_gets_a_new_window() -> None:
    script = """
        Memory::await('t', 10, 'o', 'k', 'first');
        $now = 1005; Memory::await('t', 10, 'o', 'k', 'second');
        $now = 1012; say('no', Memory::forgotten());
        $now = 1015; say('yes', Memory::forgotten());
    """
    assert perl(script) == ["no|", "yes|t\to\tk\tsecond"]


def test_counting_keeps_the_first_and_the_last() -> None:
    script = """
        say(map { Memory::count('f', 10, 'o', 'k', "at $_") } 1 .. 3);
        say(Memory::recall('f', 'o', 'k'), map { Memory::counted('f', 'o', $_) } qw(k x));
        $now = 1010; Memory::forgotten(); say(Memory::count('f', 10, 'o', 'k', 'anew'));
    """
    assert perl(script) == ["1|2|3", "3\tat 1\tat 3|3|0", "1"]


def test_what_is_taken_back_is_not_counted_and_its_window_stays() -> None:
    script = """
        Memory::count('f', 10, 'o', 'k', "at $_") for 1 .. 3;
        $now = 1004; Memory::uncount('f', 'o', 'k'); Memory::uncount('f', 'o', 'never');
        say(Memory::recall('f', 'o', 'k'), Memory::knows('f', 'o', 'never'));
        Memory::uncount('f', 'o', 'k'); say(Memory::counted('f', 'o', 'k'));
        $now = 1009; say('no', Memory::forgotten());
        $now = 1010; say('yes', Memory::forgotten());
        Memory::count('f', 10, 'o', 'k', 'anew'); Memory::uncount('f', 'o', 'k');
        say(Memory::knows('f', 'o', 'k')); $now = 1020; say('gone', Memory::forgotten());
    """
    assert perl(script) == [
        *("2\tat 1\tat 3|0", "1", "no|"),
        *("yes|f\to\tk\t1\tat 1\tat 3", "0", "gone|"),
    ]


def test_a_clock_that_is_set_back_takes_the_windows_along() -> None:
    script = """
        Memory::await('t', 10, 'o', 'k', '');
        $now = 1005; Memory::forgotten();
        $now = 1005 - 86400; say('jump', Memory::forgotten());
        $now += 4; say('no', Memory::forgotten());
        $now += 1; say('yes', Memory::forgotten());
    """
    assert perl(script) == ["jump|", "no|", "yes|t\to\tk\t"]


def test_a_full_table_forgets_its_oldest_and_returns_what_was_awaited() -> None:
    script = """
        $Memory::limit = 3;
        Memory::await('t', 100, 'o', 1, ''); Memory::remember('t', 100, 'o', $_) for 2 .. 5;
        Memory::remember('other', 100, 'o', $_) for 1 .. 3;
        say(Memory::keys_of('t', 'o')); say(Memory::keys_of('other', 'o'));
        say(Memory::next_awaited(), Memory::forgotten());
    """
    assert perl(script) == ["3|4|5", "1|2|3", "1000|t\to\t1\t", "full\t\tt\t3"]


def test_a_kill_loses_nothing_that_was_stored(path: Path) -> None:
    odd = r"odd\x09\x41\nname"
    script = f"""
        Memory::await('t', 10, 'o', "{odd}", 'v'); Memory::remember('t', 20, 'o', 'taken');
        say(Memory::save()); Memory::take('t', 'o', 'taken'); Memory::save();
        Memory::remember('t', 20, 'o', 'not stored'); STDOUT->flush; kill 'KILL', $$;
    """
    assert perl(script, path) == ["1"]
    script = f"""
        say(scalar Memory::keys_of('t', 'o'), Memory::recall('t', 'o', "{odd}"));
        $now = 1010; say(length Memory::forgotten() > 0);
    """
    assert perl(script, path) == ["1|v", "1"]


def test_a_line_torn_by_a_crash_is_left_out(path: Path) -> None:
    perl("Memory::remember('t', 10, 'o', 'k', 'whole'); Memory::save();", path)
    with path.open("a") as file:
        file.write("+\t1010\t0\tt\to\ttorn\tv")
    assert perl("say(Memory::keys_of('t', 'o'));", path) == ["k"]


def test_the_file_stays_as_small_as_its_content(path: Path) -> None:
    script = """
        for (1 .. 30_000) {
            Memory::remember('t', 10, 'o', $_ % 7, $_);
            Memory::save() unless $_ % 100;
        }
        Memory::save(); say(Memory::keys_of('t', 'o') + 0);
    """
    assert perl(script, path) == ["7"]
    assert len(path.read_bytes().splitlines()) <= 10_000 + 4 * 7 + 100
    assert perl("say(Memory::recall('t', 'o', 0));", path) == [str(30_000 - 30_000 % 7)]


def test_what_cannot_be_stored_is_said_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "missing/memory"
    script = f"""
        local $SIG{{__WARN__}} = sub {{ say('complained') }};
        Memory::remember('t', 10, 'o', 'k', 'v');
        say(Memory::save() // 'no') for 1, 2;
        mkdir '{path.parent}'; say(Memory::save());
    """
    assert perl(script, path) == ["complained", "no", "no", "1"]
    assert perl("say(Memory::recall('t', 'o', 'k'));", path) == ["v"]


# Resident memory at its peak, in kB.
PEAK = r"""
    sub peak {
        open(my $status, '<', '/proc/self/status');
        my ($peak) = map { /^VmHWM:\s+(\d+)/ ? $1 : () } <$status>;
        return $peak;
    }
"""


@pytest.mark.parametrize("how", ["remember", "await", "count"])
def test_a_flood_of_names_takes_no_more_room_than_the_table(how: str, path: Path) -> None:
    """It would, if the table, or a list that stands beside it, forgot to forget."""
    script = f"""
        {PEAK} $Memory::limit = 100;
        sub flood {{
            for (1 .. $_[1]) {{
                Memory::{how}('t', 3600, 'user', "$_[0] $_", 'v');
                $now++, Memory::forgotten(), Memory::save() unless $_ % 1000;
            }}
        }}
        flood('first', 20_000); my $grown = -peak();
        flood('second', 200_000); $grown += peak();
        say(scalar Memory::keys_of('t', 'user'), $grown < 4_000 ? 'bounded' : $grown);
    """
    assert perl(script, path) == ["100|bounded"]
    assert path.stat().st_size < 2_000_000


def test_long_names_take_no_more_room_than_short_ones(path: Path) -> None:
    """A name of 30,000 bytes is none of OpenVPN's, but whoever may log can write it."""
    script = f"""
        {PEAK} my $long = 'x' x 30_000;
        for (1 .. 20_000) {{
            Memory::await('t', 3600, 'user', "$_ $long", $long);
            $now++, Memory::forgotten(), Memory::save() unless $_ % 1000;
        }}
        say(peak() < 200_000 ? 'bounded' : peak());
    """
    assert perl(script, path) == ["bounded"]
