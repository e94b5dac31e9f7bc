# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Reads the logs that there are (Logs.pm) in turn: loses no line over a restart, a kill or a rotation, and holds a
# bounded part of a file in memory.
#
#   perl -MInputs=/etc/geowatch/sec/inputs.tsv,/var/lib/geowatch/sec/offsets.tsv -MFeed /usr/bin/sec ...
#
# A log is a path and the files that had it, one after another: its generations. They are read in their order,
# each to its end, and the one before stays open for a while: a syslog daemon may still write to it.

package Inputs;

use strict;
use warnings;

use Counts ();
use List::Util qw(max);
use POSIX ();
use Time::HiRes ();

my $RESERVE = 64;               # descriptors for directories, queue files and what is unpacked
my $TRYING = 0.05;              # seconds between two looks for what was rotated
my $IDLE = 10;                  # seconds after which a log is not read all the time
my $AT_ONCE = 1 << 20;          # bytes that are read before their lines are given out
my $POLLED = 100;               # logs that are read all the time; the others when a look shows that they changed

my $linger = 60;                # seconds for which a rotated file stays open
my $most_open = POSIX::sysconf(POSIX::_SC_OPEN_MAX()) - $RESERVE;
my %polled;                     # path => log: those that are read all the time
my @turn;                       # those of them that are still to be read in this turn
my @ready;                      # [log, file, line, offset behind it]; without a line: all before was read
my $in_hand;                    # the one of them that SEC works on
my %heard;                      # path => when bytes came in it
my $look = 0;                   # the number of the last

sub import {
    my (undef, $config_file, $offsets_file, @seconds) = @_;
    # Not before: a module is checked by itself when installed.
    require $_ for qw(Globs.pm Lines.pm LogFile.pm Logs.pm News.pm Offsets.pm Rotated.pm Rotation.pm);
    Offsets::configure($offsets_file);
    Logs::configure($config_file) if defined $config_file;
    ($linger) = @seconds if @seconds;
    return;
}

# Parameter: a path. Returns the server that it is for: with /var/log/remote/*/openvpn.log, the directory.
sub server_of {
    my ($path) = @_;
    return Globs::server_of($path);
}

# Closes the files that were not read for the longest time, so that others can be opened.
sub _make_room {
    return if LogFile::open_files() < $most_open;
    # What was rotated may be gone from its directory: it is closed last.
    my @open = sort { !$a->{rotated} <=> !$b->{rotated} || $b->{used} <=> $a->{used} }
        grep { $_->{handle} && ($_->{read} || !$_->{rotated}) } map { @{ $_->{files} } } Logs::all();
    LogFile::let_go($_) for splice @open, -(1 + @open / 10);
    return;
}

# Opens a file of a log again that was closed, or that was read by the process before.
sub _open_again {
    my ($log, $file) = @_;
    _make_room();
    if ($file == $log->{files}[-1]) {
        my $handle = Rotation::open_log($log);
        return if !$handle && !$!{ENOENT};
        if ($handle) {
            my ($device, $inode) = stat $handle;
            if ($device == $file->{device} && $inode == $file->{inode} && LogFile::is_at($file, $handle)) {
                LogFile::continue_in($file, $handle);
                return 1;
            }
            $log->{is_another} = 1;
            return;
        }
    }
    return Rotation::find_again($log, $file);
}

# Takes up files that are new or were rotated, and lets those go that were read to their end.
sub look {
    $polled{ $_->{path} } = $_ for Logs::look(++$look);
    for my $log (Logs::all()) {
        _look_after($log) if @{ $log->{files} } > 1 || ($log->{look} // 0) != $look;
    }
    delete @polled{ Logs::forget_what_is_gone() };
    Offsets::save_new();
    return;
}

# What had the path of a log before, or has it no more, is read as long as somebody may write to it.
sub _look_after {
    my ($log) = @_;
    $log->{context} //= Logs::context_of($log) // return;
    $polled{ $log->{path} } = $log;
    my $files = $log->{files};
    for my $file (@{$files}[0 .. $#{$files} - 1]) {
        # Once more: this process may have slept since the last time.
        $file->{at_end} = 0 if time() >= $file->{rotated} + $linger && !$file->{last_time}++;
    }
    while (@{$files} > 1 && LogFile::is_over($files->[0])) {
        my $file = $files->[0];
        if (!$file->{ended}) {
            return unless $file->{last_time};
            # Its last line has no end, and will get none.
            push @ready, [$log, $file, $file->{buffer}, LogFile::place($file)]
                if Lines::matters($log->{context}, $file->{buffer});
        }
        LogFile::let_go(shift @{$files});
        $log->{before} = $file if $file->{read};
        Offsets::changed($log);
    }
    return;
}

# Numbers a file with its first line. What was empty has no number of its own: it would not be seen after a restart.
sub _number {
    my ($log, $file) = @_;
    my @before = grep { $_ && $_->{read} } $log->{before}, @{ $log->{files} };
    $file->{generation} = 1 + max(map { $_->{generation} } @before) if @before;
    return;
}

# Whether the first bytes that were read of a file are its first: it can have been rotated between two looks.
sub _has_begun {
    my ($log, $file) = @_;
    my $found = Rotation::follow($log);
    return 1 if $found eq 'same';
    $log->{is_another} = 1 unless $found;
    LogFile::unread($file);
    return 0;
}

# Reads the next block of a log. Returns true if there was something to read, or there will be in a moment.
sub _read_block {
    my ($log) = @_;
    my $now = Time::HiRes::time();
    if ($log->{is_another} && $now >= ($log->{next_try} // 0)) {
        _make_room();
        Offsets::changed($log) if Rotation::follow($log) eq 'another';
        $log->{next_try} = $now + $TRYING if $log->{waiting};
    }
    my $there_was = $log->{moves_since} ? 1 : 0;
    for my $file (@{ $log->{files} }) {
        next if $file->{ended};
        my $is_last = $file == $log->{files}[-1];
        # What was rotated may still grow, but not at every block of the next.
        next if !$is_last && $file->{at_end} && (!$file->{handle} || ($file->{look} // 0) == $look);
        $file->{look} = $look;
        $log->{is_emptied} &&= $log->{is_another};
        # Whose bytes these would be is not known yet.
        return $there_was if $is_last && ($log->{is_emptied} || ($log->{is_another} && !$file->{read}));
        my $was_another = $log->{is_another};
        if (!$file->{handle} && !_open_again($log, $file)) {
            next if $file->{ended};
            $log->{seen} = '';    # it is tried again at the next look
            return $log->{moves_since} || (!$was_another && $log->{is_another}) ? 1 : 0;
        }
        my $got = LogFile::read_block($file);
        if (!defined $got) {
            if ($is_last) {
                $log->{is_another} = $log->{is_emptied} = 1;
                return 1;
            }
            $file->{ended} = 1;    # overwritten after it was rotated
            next;
        }
        next unless $got;
        if (!$file->{read} && LogFile::place($file) == $got) {
            return 1 if $is_last && !_has_begun($log, $file);
            _number($log, $file);
        }
        $file->{used} = $heard{ $log->{path} } = $now;
        Counts::add($got, 'bytes', $log->{path});
        my $start = $file->{read};
        my $lines = LogFile::take_lines($file);
        $start = $file->{read} - length $lines;
        push @ready, map { [$log, $file, $_->[0], $start + $_->[1]] } Lines::chosen($log->{context}, \$lines)
            if length $lines;
        push @ready, [$log, $file, undef, $file->{read}];
        return $got;
    }
    return $there_was;
}

# Returns line, path and context of the next line. Without a line, the second value is true if there was
# something to read.
sub next_line {
    my $there_was = @ready;
    if (!@ready) {
        my $too_many = keys %polled > $POLLED;
        @turn = values %polled unless @turn;
        while (my $log = shift @turn) {
            if (my $got = _read_block($log)) {
                $there_was += $got;
                last if $there_was > $AT_ONCE;
            }
            elsif (!$log->{is_another} && ($too_many || time() > $log->{files}[-1]{used} + $IDLE)) {
                delete $polled{ $log->{path} };
            }
        }
    }
    while (my $next = shift @ready) {
        my ($log, undef, $line) = @{$next};
        $in_hand = $next;
        return ($line, @{$log}{qw(path context)}) if defined $line;
        processed();
    }
    return (undef, $there_was);
}

# Returns in which logs bytes came since the last call, by their paths, and when: also what no rule is given.
sub heard {
    my %since = %heard;
    %heard = ();
    return \%since;
}

# The place of the line that was given out, as a text: the same whenever this line is read again, whatever
# the file is called by then, and another for every other line.
sub place {
    return '' unless $in_hand;
    my (undef, $file, $line, $behind) = @{$in_hand};
    return join "\t", @{$file}{qw(path generation)}, $behind - length $line;
}

# The line that was given out is processed.
sub processed {
    my ($log, $file, undef, $behind) = @{ $in_hand // return };
    LogFile::processed($file, $behind) if $behind <= $file->{read};
    Offsets::changed($log);
    $in_hand = undef;
    return;
}

1;
