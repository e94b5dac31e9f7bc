# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What a rotation means for a log: the path has another file, or the same one was emptied. What was not read
# of it is in one of the files beside it, and so is what came between the two. A look can fall into any step of
# a rotation, so what cannot be told yet is told later, and what cannot be found in time is said.
#
# A log: {path, files => [LogFile, oldest first], is_another => there is reason to think so}

package Rotation;

use strict;
use warnings;

use Errno qw(EAGAIN);
use List::Util qw(max);
use POSIX qw(strftime);
use Time::HiRes ();

my $PATIENCE = 5;       # seconds without a change beside the log, after which what was not found is lost
my $LONGEST = 60;       # seconds for the same, whatever changes
my $MOTION = 0.2;       # seconds after which a directory is taken as it is, though it changes all the time

# Opens the file that has the path of a log now.
sub open_log {
    my ($log) = @_;
    my $handle = LogFile::handle_of($log->{path});
    if ($handle) {
        News::open_again($log->{path}, 'can be read again');
        return $handle;
    }
    return if $!{ENOENT};    # renamed just now
    my $why = $! && !$!{EACCES} ? "$!" : 'it must be a file that the correlator may read';
    News::closed($log->{path}, "cannot be read: $why");
    return;
}

sub _beside {
    my ($log) = @_;
    my $now = Time::HiRes::time();
    my $beside = Rotated::beside($log->{path}, $now > ($log->{moves_since} //= $now) + $MOTION);
    delete $log->{moves_since} if $beside;
    News::closed($log->{path} =~ s{/[^/]*$}{}r, "cannot be looked into ($!): rotated logs in it are not seen")
        if !$beside && $! != EAGAIN;
    return $beside;
}

# Whether what was not found may still appear.
sub _may_appear {
    my ($log, $beside) = @_;
    my $now = Time::HiRes::time();
    my $state = join ' ', map { @{$_} } @{$beside};
    my $waiting = $log->{waiting} //= {since => $now, changed => $now, state => ''};
    @{$waiting}{qw(state changed)} = ($state, $now) if $waiting->{state} ne $state;
    return $now < $waiting->{changed} + $PATIENCE && $now < $waiting->{since} + $LONGEST;
}

sub _lose {
    my ($log, $file, $is_same, $unreadable) = @_;
    my $since = $file->{used} ? strftime(' since %Y-%m-%dT%H:%M:%SZ', gmtime $file->{used}) : '';
    my $left = $file->{left} ? ", $file->{left} bytes or more," : '';
    my $what = $is_same ? 'was emptied, and what was written to it' : 'is another file than before, and what was written to that';
    my $where = $unreadable ? "cannot be read: see whether it is in $unreadable" : 'is in no file beside it';
    News::lost($log->{path}, "$what$since after its first $file->{read} bytes$left $where");
    return;
}

# Reads a file of a log again that was closed, or was read by the process before, and has not the path any more.
sub find_again {
    my ($log, $file) = @_;
    my $beside = _beside($log) or return 0;
    my @others = grep { $_ != $file } @{ $log->{files} };
    my ($at, $handle) = Rotated::find($file, $beside, 0, @others);
    if ($handle) {
        LogFile::continue_in($file, $handle, @{ $beside->[$at] }[1, 2]);
        Rotated::are_taken();
        return 1;
    }
    return 0 if $file == $log->{files}[-1];    # it may come back
    _lose($log, $file) if $file->{left} && !defined $at;
    $file->{ended} = 1;
    return 0;
}

# Parameters: a log, those beside it that came between the two files. Returns [file, handle, device, inode] of each,
# or nothing if one cannot be read yet.
sub _open_between {
    my ($log, $beside, $old, @between) = @_;
    my @open;
    for my $each (@between) {
        my $handle = Rotated::open_one($each);
        if ($handle) {
            next if LogFile::begins_alike($old, $handle);    # somebody's copy
            push @open, [$handle, @{$each}[1, 2]];
        }
        elsif (_may_appear($log, $beside)) {
            return;
        }
        else {
            News::lost($log->{path}, "was rotated, and $each->[0] cannot be read");
        }
    }
    return \@open;
}

# Whether the newest of those beside a log is a copy of what has its path now, made to empty that then.
sub _is_being_copied {
    my ($old, $handle, $newest) = @_;
    my $copy = Rotated::open_one($newest) or return 0;
    return 0 if $old->{read} && LogFile::is_at($old, $copy);
    # One that was written after it, and is no longer, is another one with the same lines.
    return 0 if -s $copy == -s $handle && (Time::HiRes::stat($handle))[9] > $newest->[3];
    return LogFile::is_prefix($copy, $handle);
}

# Returns "same" if it is the same file as before, "another" if the files of the log are others since, or nothing
# if that cannot be told yet.
sub follow {
    my ($log) = @_;
    my $files = $log->{files};
    my $old = $files->[-1];
    my $handle = open_log($log) or return '';
    my ($device, $inode, $changed) = (Time::HiRes::stat($handle))[0, 1, 9];
    my $is_same = $old->{device} == $device && $old->{inode} == $inode;
    return _stay($log, $old, $handle) if $is_same && $old->{read} && LogFile::is_at($old, $handle);
    my $is_open = $old->{handle} && !$is_same;
    my $beside = _beside($log) or return '';
    pop @{$beside} if ($is_same || !$old->{inode}) && @{$beside} && _is_being_copied($old, $handle, $beside->[-1]);
    my ($at, $rest, @unreadable) = Rotated::find($old, $beside, $is_open, @{$files}[0 .. $#{$files} - 1]);
    my @between = grep { $_->[3] >= $old->{began} } @{$beside}[(defined $at ? $at + 1 : 0) .. $#{$beside}];
    if (!defined $at) {
        @unreadable = grep { defined } @unreadable;
        return _stay($log, $old, $handle) if $is_same && !$old->{read} && !@unreadable;
        # Somebody has put a copy in its place, such as an editor.
        return _stay($log, $old, $handle) if !$is_same && $old->{read} >= 64 && LogFile::is_at($old, $handle);
        if (@unreadable || (!$is_open && $old->{read})) {
            return '' if _may_appear($log, $beside);
            _lose($log, $old, $is_same, @unreadable) unless $is_open;
        }
        my %skip = map { $_ => 1 } @unreadable[0 .. ($#unreadable > 0 ? 0 : $#unreadable)];
        @between = grep { $_->[3] > $old->{began} && !$skip{ $_->[0] } } @between;
    }
    my $opened = _open_between($log, $beside, $old, @between) or return '';
    if    ($rest && !$is_open) { LogFile::continue_in($old, $rest, @{ $beside->[$at] }[1, 2]) }
    elsif (!$is_open)          { LogFile::let_go($old); $old->{ended} = 1 }
    my $generation = $old->{generation};
    $old->{rotated} = time();
    pop @{$files} if $old->{ended} && LogFile::is_over($old);
    for (@{$opened}) {
        push @{$files}, LogFile::new($log->{path}, ++$generation, began => $old->{began}, rotated => time(), used => time());
        LogFile::continue_in($files->[-1], @{$_});
        LogFile::know_beginning($files->[-1]);
    }
    # All that is beside it by now was there before.
    my $began = max($changed, map { $_->[3] + 1e-6 } @{$beside});
    push @{$files}, LogFile::new($log->{path}, ++$generation, began => $began, used => time());
    LogFile::continue_in($files->[-1], $handle);
    LogFile::know_beginning($files->[-1]);
    Rotated::are_taken();
    delete @{$log}{qw(is_another moves_since waiting)};
    return 'another';
}

sub _stay {
    my ($log, $file, $handle) = @_;
    Rotated::are_taken();
    LogFile::continue_in($file, $handle) unless $file->{handle} && $file->{inode} == (stat $handle)[1];
    delete @{$log}{qw(is_another moves_since waiting)};
    return 'same';
}

1;
