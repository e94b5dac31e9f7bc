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

use Errno ();
use List::Util qw(first);
use POSIX qw(strftime);
use Time::HiRes ();

my $PATIENCE = 5;       # seconds without a change beside the log, after which what was not found is lost
my $LONGEST = 60;       # seconds for the same, whatever changes
my $MOTION = 0.2;       # seconds after which a directory is taken as it is, though it changes all the time,
my $RESTLESS = 5;       # and for so many more

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

# Those beside a log. Nothing while something changes there, for a moment; in a directory that is never at rest,
# what can be seen.
sub _beside {
    my ($log) = @_;
    my $beside = Rotated::beside($log->{path});
    if (!$beside && $!{EAGAIN}) {
        my $now = Time::HiRes::time();
        $log->{moves_since} //= $now;
        my $is_restless = $now > $log->{moves_since} + $MOTION || $now < ($log->{restless} // 0) + $RESTLESS;
        $beside = Rotated::beside($log->{path}, 1) if $is_restless;
        $log->{restless} = $now if $beside;
    }
    delete $log->{moves_since} if $beside;
    News::closed($log->{path} =~ s{/[^/]*$}{}r, "cannot be looked into ($!): rotated logs in it are not seen")
        if !$beside && !$!{EAGAIN};
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
    my ($at, $handle) = $file->{read} ? Rotated::find($file, $beside) : ();
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

# The newest file of a log with bytes that are known. What is later was not read.
sub _newest_known {
    my ($log) = @_;
    my ($last, @others) = reverse @{ $log->{files} };
    return first { $_->{read} || ($_->{handle} && -s $_->{handle}) } $last->{read} ? $last : (), @others, $log->{before} // ();
}

# Whether the newest of those beside a log is a copy of what has its path now, made to empty that then.
sub _is_being_copied {
    my ($newest, $handle, $is_same) = @_;
    my $copy = Rotated::open_one($newest) or return 0;
    my $changed = (Time::HiRes::stat($handle))[9];
    # What was written after it is another one with the same lines.
    return 0 if $changed > $newest->[3] && (!$is_same || -s $copy == -s $handle);
    return LogFile::is_prefix($copy, $handle);
}

# Parameters: a log, those beside it, the newest that is known, and those that are later. Returns [file of the log] of
# each with something to read, or nothing if one cannot be read yet.
sub _files_of {
    my ($log, $beside, $known, @later) = @_;
    my %open = map { ("$_->{device} $_->{inode}" => $_) } grep { $_->{handle} && !$_->{read} } @{ $log->{files} };
    my @files;
    for my $each (@later) {
        my $handle = Rotated::open_one($each);
        if (!$handle) {
            return if _may_appear($log, $beside);
            News::lost($log->{path}, "was rotated, and $each->[0] cannot be read");
        }
        elsif (my $file = $open{"@{$each}[1, 2]"} // first { LogFile::is_copy($handle, $_) } values %open) {
            push @files, $file;
        }
        elsif (-s $handle && !($known && LogFile::begins_alike($known, $handle))) {    # not somebody's copy
            push @files, LogFile::new($log->{path}, $log->{files}[-1]{generation}, began => $each->[3], used => time());
            LogFile::continue_in($files[-1], $handle, @{$each}[1, 2]);
        }
    }
    return \@files;
}

# Returns "same" if it is the same file as before, "another" if the files of the log are others since, or nothing
# if that cannot be told yet.
sub follow {
    my ($log) = @_;
    my $last = $log->{files}[-1];
    my $handle = open_log($log) or return '';
    my ($device, $inode, $changed) = (Time::HiRes::stat($handle))[0, 1, 9];
    my $is_same = !$last->{inode} || ($last->{device} == $device && $last->{inode} == $inode);
    return _stay($log, $last, $handle) if $is_same && $last->{read} && LogFile::is_at($last, $handle);
    my $beside = _beside($log) or return '';
    return '' if join(' ', (stat $log->{path})[0, 1]) ne "$device $inode";    # renamed meanwhile
    # What a log consists of: those beside it, oldest first, and what has its path. What follows on what is known is
    # new. Times decide only where nothing is known, or what is known was removed.
    my $known = _newest_known($log);
    my $is_open = $known && $known->{handle} && LogFile::is_at($known, $known->{handle});
    my ($at, $rest, $unreadable) = $known ? Rotated::find($known, $beside, $is_open) : ();
    my $since = $is_open ? (Time::HiRes::stat($known->{handle}))[9] : $last->{began};
    my @later = defined $at ? grep { Rotated::is_since($_, $known) } @{$beside}[$at + 1 .. $#{$beside}]
        : grep { $_->[3] > $since } @{$beside};
    pop @later if @later && _is_being_copied($later[-1], $handle, $is_same);
    # Somebody has put a copy in its place, such as an editor.
    return _stay($log, $last, $handle) if !defined $at && !$is_same && $last->{read} >= 64 && LogFile::is_at($last, $handle);
    if ($known && !defined $at && !$is_open) {
        my $may_have_more = $known == $last && ($known->{left} || !$known->{rotated});
        return '' if ($unreadable || $may_have_more) && _may_appear($log, $beside);
        _lose($log, $known, $is_same, $unreadable // ()) if $may_have_more;
        @later = grep { $_->[0] ne ($unreadable // '') } @later;
    }
    my $new = _files_of($log, $beside, $known, @later) or return '';
    if (!$known && $last->{left} && !@{$new} && !$is_same) {
        return '' if _may_appear($log, $beside);
        _lose($log, $last);
    }
    return _stay($log, $last, $handle) if $is_same && !$last->{read} && !@{$new};
    if    ($rest)                          { LogFile::continue_in($known, $rest, @{ $beside->[$at] }[1, 2]) if $known == $last }
    elsif ($last->{read} && !$is_open)     { LogFile::let_go($last); $last->{ended} = 1 }
    my $newest = $is_same && !$last->{read} ? $last : LogFile::new($log->{path}, $last->{generation}, began => $changed, used => time());
    LogFile::continue_in($newest, $handle) unless $newest == $last && $last->{handle};
    _put_in_order($log, @{$new}, $newest);
    return 'another';
}

# Parameters: a log, and its newest files. What it has beside them is older, or one of them if nothing is known of it.
sub _put_in_order {
    my ($log, @new) = @_;
    my %is_new = map { $_ => 1 } @new;
    my @files = ((grep { !$is_new{$_} && ($_->{read} || $_->{handle}) } @{ $log->{files} }), @new);
    $_->{rotated} ||= time() for @files[0 .. $#files - 1];
    $log->{files} = \@files;
    _is_known($log);
    return;
}

sub _is_known {
    my ($log) = @_;
    Rotated::are_taken();
    delete @{$log}{qw(is_another moves_since waiting)};
    return;
}

sub _stay {
    my ($log, $file, $handle) = @_;
    LogFile::continue_in($file, $handle) unless $file->{handle} && $file->{inode} == (stat $handle)[1];
    _is_known($log);
    return 'same';
}

1;
