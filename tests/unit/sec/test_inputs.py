# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""No line of a log is lost, whatever happens to SEC or to the file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from correlator import ROLE, Correlator, compress, perl, wait_for
from reader import read


def numbered(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


def read_ten(sec: Correlator) -> None:
    """Start SEC, and let it read the first ten lines of a.log."""
    sec.start()
    sec.log("a.log", *numbered(1, 10))
    wait_for(lambda: len(sec.seen()) == 10)


def test_past_lines_are_not_judged_when_a_glob_is_new(sec: Correlator) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.log("a.log", "present")
    wait_for(lambda: bool(sec.seen()))
    assert sec.seen() == ["present"]


def test_a_file_that_appears_later_is_read_from_its_beginning(sec: Correlator) -> None:
    sec.start()
    sec.log("new.log", "first", "second")
    wait_for(lambda: len(sec.seen()) == 2)
    assert sec.seen() == ["first", "second"]


def test_a_new_glob_does_not_replay_old_files(sec: Correlator) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.stop()
    sec.log("b.txt", "also past")
    sec.watch("now", f"{sec.logs}/*.log", f"{sec.logs}/*.txt")
    sec.start()
    wait_for(lambda: "b.txt" in (sec.directory / "offsets.tsv").read_text())
    sec.log("b.txt", "present")
    wait_for(lambda: bool(sec.seen()))
    assert sec.seen() == ["present"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_lines_that_came_while_sec_was_away_are_read(sec: Correlator, number: int) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.log("a.log", *numbered(1, 50))
    wait_for(lambda: len(sec.seen()) == 50)
    sec.stop(number)
    sec.log("a.log", *numbered(51, 100))
    sec.start()
    wait_for(lambda: "line 100" in sec.seen())
    # After a kill the last second is read again; after a stop nothing is.
    assert sorted(set(sec.seen())) == sorted(numbered(1, 100))
    if number == signal.SIGTERM:
        assert len(sec.seen()) == 100


@pytest.mark.parametrize("name", ["a.log.1", "a.log-20261123"])
def test_the_rest_of_a_file_that_was_rotated_while_sec_was_away(sec: Correlator, name: str) -> None:
    read_ten(sec)
    sec.stop()
    sec.log("a.log", *numbered(11, 20))
    (sec.logs / "a.log").rename(sec.logs / name)
    sec.log("a.log", *numbered(21, 30))
    sec.start()
    wait_for(lambda: len(sec.seen()) >= 30)
    assert sorted(sec.seen()) == sorted(numbered(1, 30))


def test_a_rotation_while_sec_runs(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    sec.log("a.log", *numbered(2, 1000))
    (sec.logs / "a.log").rename(sec.logs / "a.log.1")
    sec.log("a.log", *numbered(1001, 2000))
    wait_for(lambda: len(sec.seen()) >= 2000)
    assert sec.seen() == numbered(1, 2000)


def test_copytruncate(sec: Correlator) -> None:
    read_ten(sec)
    sec.stop()
    shutil.copy(sec.logs / "a.log", sec.logs / "a.log.1")
    (sec.logs / "a.log").write_text("")
    sec.log("a.log", "after")
    sec.start()
    wait_for(lambda: "after" in sec.seen())
    assert sec.seen() == [*numbered(1, 10), "after"]


def test_a_reload_keeps_the_inputs(sec: Correlator) -> None:
    read_ten(sec)
    assert sec.process is not None
    sec.process.send_signal(signal.SIGABRT)
    sec.log("a.log", *numbered(11, 20))
    wait_for(lambda: len(sec.seen()) == 20)
    assert sec.seen() == numbered(1, 20)


def test_a_directory_in_place_of_a_log_is_said_once(sec: Correlator) -> None:
    odd = sec.logs / "odd.log"
    odd.mkdir()
    sec.start()
    sec.log("a.log", "line")
    wait_for(lambda: bool(sec.seen()))
    assert sec.news() == []  # whoever makes a file may need a moment
    wait_for(lambda: bool(sec.news()))
    sec.stop()
    sec.start()
    time.sleep(6)
    why = "cannot be read: it must be a file that the correlator may read"
    assert sec.news() == [["closed", "odd", str(odd), why]]
    assert sec.journal().count("odd.log cannot be read") == 2  # once for each start
    odd.rmdir()
    sec.log("odd.log", "line 1")
    wait_for(lambda: "line 1" in sec.seen())
    wait_for(lambda: len(sec.news()) == 2)
    assert sec.news()[1] == ["open", "odd", str(odd), "can be read again"]


def test_a_log_that_cannot_be_read_for_a_moment_is_no_news(sec: Correlator) -> None:
    sec.start()
    for _ in range(4):
        (sec.logs / "odd.log").mkdir()
        time.sleep(2)
        (sec.logs / "odd.log").rmdir()
        sec.log("odd.log", "line")
        time.sleep(0.5)
        (sec.logs / "odd.log").unlink()
    assert sec.news() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_a_log_that_is_open_and_may_not_be_read_any_more_or_is_gone() -> None:
    code = """
        BEGIN { our $now = 1000; *CORE::GLOBAL::time = sub () { $main::now } }
        require Inputs; Inputs->import("$ARGV[0]/inputs.tsv", "$ARGV[0]/offsets.tsv");
        sub look {
            our $now += 11;
            $> = 65534; Inputs::look(); $> = 0;
            print map { "$_\\n" } News::lines();
        }
        look() for 1 .. 2;
        chmod 0600, "$ARGV[0]/a.log"; look() for 1 .. 3;
        chmod 0644, "$ARGV[0]/a.log"; look();
        rename "$ARGV[0]/a.log", "$ARGV[0]/a.log.1"; look() for 1 .. 3;
        rename "$ARGV[0]/a.log.1", "$ARGV[0]/away"; look() for 1 .. 3;
        rename "$ARGV[0]/away", "$ARGV[0]/a.log"; look();
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "a.log").write_text("one\n")
        (root / "inputs.tsv").write_text(f"file\tLOG\tnow\t{root}/*.log\n")
        said = [line.split("\t") for line in perl(code, root).splitlines()]
    assert said == [
        ["closed", "a", f"{root}/a.log", "cannot be read any more"],
        ["open", "a", f"{root}/a.log", "can be read again"],
        ["closed", "a", f"{root}/a.log", "is not there any more"],
        ["open", "a", f"{root}/a.log", "can be read again"],
    ]


@pytest.mark.parametrize(("age", "news"), [(23, ["closed"]), (25, [])])
def test_a_log_that_is_removed_rings_only_if_it_was_written_to_within_a_day(
    tmp_path: Path, age: int, news: list[str]
) -> None:
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/*.log\n")
    old = f"echo line >a.log; touch -d '{age} hours ago' a.log"
    looks = ("look", "later 11", "look", "later 11", "look")
    heard = read(tmp_path, old, "look", "rm a.log", *looks)
    assert [kind for kind, *_rest in heard.news] == news
    read(tmp_path, old, "look", "save")
    heard = read(tmp_path, "look", "rm a.log", *looks)
    assert [kind for kind, *_rest in heard.news] == news


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not enter")
@pytest.mark.parametrize(("glob", "closed"), [("*/a.log", "0700"), ("*/*.log", "0711")])
def test_a_directory_that_cannot_be_entered(glob: str, closed: str) -> None:
    """One that was closed when the glob was new is no news until it opens."""
    code = f"""
        BEGIN {{ our $now = 1000; *CORE::GLOBAL::time = sub () {{ $main::now }} }}
        require Inputs; Inputs->import("$ARGV[0]/inputs.tsv", "$ARGV[0]/offsets.tsv");
        sub watch {{
            open my $inputs, '>', "$ARGV[0]/inputs.tsv";
            print $inputs "file\\tLOG\\tnow\\t$_[0]\\n";
        }}
        sub look {{
            our $now += $_[0];
            $> = 65534; Inputs::look(); $> = 0;
            print map {{ "$_\\n" }} News::lines();
        }}
        watch("/nowhere/*.log"); look(0); watch("$ARGV[0]/{glob}"); look(1); look(10); look(10);
        chmod {closed}, "$ARGV[0]/vpn1"; look(10); look(10); look(10);
        chmod 0755, glob "$ARGV[0]/*"; look(10);
    """
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        for directory, mode in (("private", 0o700), ("vpn1", 0o755), ("vpn2", 0o755)):
            (root / directory).mkdir()
            (root / directory).chmod(mode)
        said = [line.split("\t") for line in perl(code, root).splitlines()]
    why = "cannot be entered by the correlator: logs in it are not seen"
    assert said == [
        ["closed", "", f"{root}/vpn1", why],
        ["open", "", f"{root}/private", "can be entered again"],
        ["open", "", f"{root}/vpn1", "can be entered again"],
    ]


@pytest.mark.parametrize(
    "forged", ["SEC_STARTUP", "SEC_SHUTDOWN", "add\t0\tLOG\t/etc/passwd", "drop\ta.log", "now"]
)
def test_a_line_in_a_log_cannot_steer_the_inputs(sec: Correlator, forged: str) -> None:
    sec.start()
    sec.log("a.log", forged, "line")
    wait_for(lambda: "line" in sec.seen())
    assert sec.seen() == [forged, "line"]
    assert "/etc/passwd" not in (sec.directory / "offsets.tsv").read_text()


def test_a_syslog_daemon_that_still_writes_to_the_rotated_file(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    with (sec.logs / "a.log").open("a") as still_open:
        (sec.logs / "a.log").rename(sec.logs / "a.log.1")
        sec.log("a.log", "line 2")
        wait_for(lambda: len(sec.seen()) == 2)
        still_open.write("late\n")
    wait_for(lambda: len(sec.seen()) == 3)
    sec.log("a.log", "line 3")
    wait_for(lambda: len(sec.seen()) == 4)
    assert sec.seen() == ["line 1", "line 2", "late", "line 3"]


@pytest.mark.parametrize("last", [21, 100])
def test_copytruncate_while_sec_is_stopped_short_of_the_end(sec: Correlator, last: int) -> None:
    """What was not read yet is in the copy, also if the log is longer since than it was.

    It has the same inode then, but is another file: so is a new one that got the inode of one that
    is gone.
    """
    read_ten(sec)
    sec.stop()
    sec.log("a.log", *numbered(11, 20))
    shutil.copy(sec.logs / "a.log", sec.logs / "a.log.1")
    (sec.logs / "a.log").write_text("")
    sec.log("a.log", *numbered(21, last))
    sec.start()
    wait_for(lambda: f"line {last}" in sec.seen())
    assert sec.seen() == numbered(1, last)
    assert sec.news() == []


def test_a_file_that_was_rotated_and_compressed_while_sec_was_away(sec: Correlator) -> None:
    sec.log("a.log.3", "long ago")
    os.utime(sec.logs / "a.log.3", (0, 0))
    read_ten(sec)
    sec.stop()
    sec.log("a.log", *numbered(11, 20))
    for number, lines in ((2, numbered(21, 30)), (1, numbered(31, 40))):
        compress(sec.logs / "a.log", sec.logs / f"a.log.{number}.gz")
        (sec.logs / "a.log").unlink()
        sec.log("a.log", *lines)
    sec.start()
    wait_for(lambda: "line 40" in sec.seen())
    assert sec.seen() == numbered(1, 40)
    assert sec.news() == []


@pytest.mark.parametrize("lines", [[], ["line 1"]])
def test_a_quiet_log_that_was_rotated_and_compressed_while_sec_was_away(
    sec: Correlator, lines: list[str]
) -> None:
    """Nobody wrote to it, also before: nothing is lost."""
    sec.start()
    sec.log("quiet.log", *lines)
    sec.log("busy.log", *numbered(1, 10))
    wait_for(lambda: len(sec.seen()) == 10 + len(lines))
    sec.stop()
    for number in (2, 1):
        compress(sec.logs / "quiet.log", sec.logs / f"quiet.log.{number}.gz")
        written = (sec.logs / "quiet.log").stat().st_mtime - (60 if number == 2 else 0)
        os.utime(sec.logs / f"quiet.log.{number}.gz", (written, written))
        (sec.logs / "quiet.log").unlink()
        sec.log("quiet.log")
    sec.start()
    sec.log("quiet.log", "the end")
    wait_for(lambda: "the end" in sec.seen())
    assert len(sec.seen()) == 11 + len(lines)
    assert sec.news() == []


def test_a_kill_in_the_middle_of_a_compressed_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(f"{line}\n" for line in numbered(1, 10)))
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{tmp_path}/a.log\n")
    code = (
        "require Inputs; Inputs->import(splice @ARGV, 0, 2); Inputs::look();"
        " while ($ARGV[0]--) { my ($line, $more) = Inputs::next_line(); last unless $more;"
        "   print qq($line\\n) if defined $line; Inputs::processed() } Offsets::save()"
    )
    read = perl(code, tmp_path / "inputs.tsv", tmp_path / "offsets.tsv", "3").splitlines()
    compress(tmp_path / "a.log", tmp_path / "a.log.1.gz")
    (tmp_path / "a.log").unlink()
    (tmp_path / "a.log").write_text("line 11\n")
    for calls in ("3", "3", "9"):
        read += perl(code, tmp_path / "inputs.tsv", tmp_path / "offsets.tsv", calls).splitlines()
    assert read == numbered(1, 11)


def test_what_was_rotated_away_while_sec_was_away_is_said(sec: Correlator) -> None:
    """The rest is read: what came after it, and is still there."""
    read_ten(sec)
    sec.stop()
    sec.log("a.log", "lost")
    (sec.logs / "a.log").unlink()
    sec.log("a.log.1", "line 11")
    sec.log("a.log", "line 12")
    sec.start()
    wait_for(lambda: "line 12" in sec.seen())
    wait_for(lambda: bool(sec.news()))
    assert sec.seen() == numbered(1, 12)
    path = str(sec.logs / "a.log")
    ((*told, what),) = sec.news()
    assert told == ["lost", "a", path]
    # A new file can have the inode of the one that is gone: then it looks emptied.
    assert what.endswith("after its first 71 bytes is in no file beside it")
    assert "lines that were not read yet may be lost" in sec.journal()


def test_a_log_that_was_moved_to_another_disk(sec: Correlator) -> None:
    read_ten(sec)
    sec.stop()
    shutil.copy(sec.logs / "a.log", sec.logs / "copy")
    (sec.logs / "copy").rename(sec.logs / "a.log")
    sec.log("a.log", "line 11")
    sec.start()
    wait_for(lambda: "line 11" in sec.seen())
    assert sec.seen() == numbered(1, 11)
    assert sec.news() == []


def test_a_copy_that_was_compressed_at_once(sec: Correlator) -> None:
    read_ten(sec)
    with sec.asleep():
        sec.log("a.log", *numbered(11, 20))
        compress(sec.logs / "a.log", sec.logs / "a.log.1.gz")
        (sec.logs / "a.log").write_text("")
        sec.log("a.log", "line 21")
    wait_for(lambda: "line 21" in sec.seen())
    assert sec.seen() == numbered(1, 21)


def test_two_rotations_between_two_looks_with_compression(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    with sec.asleep():
        sec.log("a.log", "line 2")
        for number, line in ((2, "line 3"), (1, "line 4")):
            compress(sec.logs / "a.log", sec.logs / f"a.log.{number}.gz")
            (sec.logs / "a.log").unlink()
            sec.log("a.log", line)
    wait_for(lambda: "line 4" in sec.seen())
    assert sec.seen() == numbered(1, 4)


def test_what_is_beside_a_log_and_no_file_is_left_alone(sec: Correlator) -> None:
    (sec.logs / "a.log.d").mkdir()
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    with sec.asleep():
        (sec.logs / "a.log").unlink()
        sec.log("a.log", "line 2")
    wait_for(lambda: "line 2" in sec.seen())
    assert "a.log.d" not in sec.journal()


def test_a_file_that_is_rotated_before_it_was_seen(sec: Correlator) -> None:
    (sec.logs / "a.log.9").write_text("old\n")
    os.utime(sec.logs / "a.log.9", (0, 0))
    sec.start()
    time.sleep(1.5)  # so that there was a look before it appears
    with sec.asleep():
        sec.log("a.log", "line 1")
        (sec.logs / "a.log").rename(sec.logs / "a.log.1")
        sec.log("a.log", "line 2")
    wait_for(lambda: "line 2" in sec.seen())
    assert sec.seen() == numbered(1, 2)


def test_a_file_that_was_emptied_and_is_longer_than_before(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    with sec.asleep():
        (sec.logs / "a.log").write_text("another line, and a longer one\n")
    wait_for(lambda: len(sec.seen()) == 2)
    assert sec.seen() == ["line 1", "another line, and a longer one"]


def test_only_lines_with_one_of_the_words_are_read(sec: Correlator) -> None:
    sec.watch("now", f"{sec.logs}/*.log", words=("login", "gone"))
    sec.start()
    lines = [f"{n} {'login' if n % 7 == 0 else 'noise'} gone" for n in range(1, 5)]
    sec.log("a.log", "login", "noise", *lines, "", "a login and a login", "logi", "n", "gone")
    wait_for(lambda: "gone" in sec.seen())
    assert sec.seen() == ["login", *lines, "a login and a login", "gone"]


def test_a_line_counts_as_read_when_all_that_it_caused_is_on_the_disk(tmp_path: Path) -> None:
    """In this order: after a power cut nothing is ahead of what it came from."""
    (tmp_path / "a.log").write_text("line\n")
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tbeginning\t{tmp_path}/a.log\n")
    code = (
        "BEGIN { no warnings; my $sync = \\&IO::Handle::sync; *IO::Handle::sync = sub {"
        "   print readlink('/proc/self/fd/' . fileno $_[0]), qq(\\n); $sync->(@_) } }"
        " sub read_line { } for (1 .. 3) { main::read_line(my $line, my $path); sleep 1;"
        "   next unless defined $line; print qq($line\\n);"
        "   Queue::append('connections', 'x'); Memory::remember('session', 9, 'a', 'b') }"
    )
    room = f"-MQueue={tmp_path} -MMemory={tmp_path}/memory"
    room += f" -MInputs={tmp_path}/inputs.tsv,{tmp_path}/offsets.tsv -MFeed"
    command = ["perl", f"-I{ROLE}/files/perl", *room.split(), "-e", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = done.stdout[done.stdout.index("line\n") :].splitlines()[1:4]
    assert said == [f"{tmp_path}/{name}" for name in ("connections", "memory", "offsets.tsv.new")]


def test_a_line_without_an_end_takes_bounded_memory_and_the_next_is_read(sec: Correlator) -> None:
    sec.start()
    with (sec.logs / "a.log").open("ab") as log:
        log.write(b"before\n")
        for _ in range(30):
            log.write(b"x" * 1_000_000)
        log.flush()
        wait_for(lambda: len(sec.seen()) == 1)
        log.write(b"\nafter\n" + b"y" * 1_000_000 + b"\nend\n")
    wait_for(lambda: "end" in sec.seen())
    seen = sec.seen()
    assert [line for line in seen if len(line) < 1000] == ["before", "after", "end"]
    assert [len(line) for line in seen if len(line) >= 1000] == [1_000_000]
    assert "skipped a line of more than 1048576 bytes" in sec.journal()


def test_the_last_line_of_a_rotated_file_may_have_no_end(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "first")
    wait_for(lambda: "first" in sec.seen())
    with (sec.logs / "a.log").open("a") as log:
        log.write("unfinished")
    (sec.logs / "a.log").rename(sec.logs / "a.log.1")
    sec.log("a.log", "next")
    wait_for(lambda: "unfinished" in sec.seen())


def test_a_file_that_is_gone_for_good_is_forgotten(sec: Correlator) -> None:
    sec.start()
    sec.log("gone.log", "line 1")
    sec.log("rotated.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 2)
    sec.stop()
    (sec.logs / "gone.log").unlink()
    (sec.logs / "rotated.log").rename(sec.logs / "rotated.log.1")
    sec.start()
    offsets = sec.directory / "offsets.tsv"
    wait_for(lambda: "gone.log" not in offsets.read_text())
    assert "rotated.log" in offsets.read_text()
