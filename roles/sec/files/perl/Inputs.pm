# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which files are read, from where, and which of their lines matter: loses no line over a restart, a
# kill or a rotation, takes up new log files by itself, and holds a bounded part of a file in memory.
#
#   perl -MInputs=/etc/geowatch/sec/inputs.tsv,/var/lib/geowatch/sec/offsets.tsv -MFeed /usr/bin/sec ...
#
# inputs.tsv:   "file", context, "now" or "beginning", glob  and what Lines.pm says
# offsets.tsv:  "glob", glob, since when;  "closed", path;  "file" and a row of LogFile.pm        (all tab-separated)
#
# A glob that was never seen starts at "now" (the end of the files that exist) or at the "beginning".
# Every file that appears later is read from its beginning.
#
# A log is a path and the files that had it, one after another: its generations. They are read in their order,
# each to its end, and the one before stays open for a while: a syslog daemon may still write to it.

package Inputs;

use strict;
use warnings;

use Counts ();
use IO::Handle;
use List::Util qw(max min);
use POSIX ();
use Time::HiRes ();

my $TIDYING = 3600;             # seconds
my $CHECKING = 10;              # seconds
my $ALIVE = 60;                 # seconds after which the offsets are stored in any case
my $RESERVE = 64;               # descriptors for directories, queue files and what is unpacked
my $TRYING = 0.05;              # seconds between two looks for what was rotated
my $IDLE = 10;                  # seconds after which a log is not read all the time
my $IN_USE = 86_400;            # seconds; a log that was not written to for so long can be removed
my $AT_ONCE = 1 << 20;          # bytes that are read before their lines are given out
my $POLLED = 100;               # logs that are read all the time; the others when a look shows that they changed

my ($config_file, $offsets_file, $loaded);
my $last_stored = 0;            # when
my ($next_tidying, $next_check) = (0, 0);
my $linger = 60;                # seconds for which a rotated file stays open
my $most_open = POSIX::sysconf(POSIX::_SC_OPEN_MAX()) - $RESERVE;
my %logs;                       # path => {path, context, files => [oldest first], ...}
my %polled;                     # path => log: those that are read all the time
my @turn;                       # those of them that are still to be read in this turn
my %known_glob;                 # glob => since when
my %changed;                    # path => log: what is stored of it is not up to date
my %row;                        # path => what is stored of it
my @ready;                      # [log, file, line, offset behind it, place]; without a line: all before was read
my $in_hand;                    # the one of them that SEC works on
my $stored_closed = '';
my %heard;                      # path => when bytes came in it
my $are_new = 0;                # logs that are not stored yet
my $configured = '';            # the file's identity when it was read
my @globs;                      # [context, first position, glob]
my $look = 0;                   # the number of the last

sub import {
    my (undef, @paths) = @_;
    # Not before: a module is checked by itself when installed.
    require $_ for qw(Globs.pm Lines.pm LogFile.pm News.pm Rotated.pm Rotation.pm);
    ($config_file, $offsets_file) = @paths;
    $linger = $paths[2] if @paths > 2;
    return;
}

sub _lines {
    my ($path) = @_;
    open(my $handle, '<', $path) or return;
    chomp(my @lines = <$handle>);
    return grep { length && !/^#/ } @lines;
}

# Reads which files and lines are to be read, if that has changed.
sub configure {
    my $identity = join ' ', (stat $config_file)[0, 1, 7, 9];
    return if $identity eq $configured;
    $configured = $identity;
    my @rows = map { [split /\t/, $_, 4] } _lines($config_file);
    @globs = map { [@{$_}[1 .. 3]] } grep { $_->[0] eq 'file' } @rows;
    Globs::configure(map { $_->[2] } @globs);
    Lines::configure(grep { $_->[0] ne 'file' } @rows);
    return;
}

sub _load {
    return if $loaded++;
    $last_stored = (stat $offsets_file)[9] // 0;
    for (_lines($offsets_file)) {
        my ($kind, @fields) = split /\t/;
        if ($kind eq 'glob') { $known_glob{ $fields[0] } = $fields[1] // $last_stored }
        if ($kind eq 'closed') { News::stored($fields[0]) }
        if ($kind eq 'file') {
            my $file = LogFile::of_row(@fields);
            my $log = $logs{ $file->{path} } //= {path => $file->{path}, files => []};
            $_->{rotated} ||= time() for @{ $log->{files} };
            push @{ $log->{files} }, $file;
            $row{ $file->{path} } .= "$_\n";
        }
    }
    for (map { $_->{files} } values %logs) {
        # Those of which nothing was read are found again, by the time of the oldest if that is all that is known.
        my $began = min(map { $_->{began} } @{$_});
        pop @{$_} while @{$_} > 1 && !$_->[-1]{read};
        $_->[0]{began} = $began unless $_->[-1]{read};
    }
    return;
}

# Parameter: a path. Returns the server that it is for: with /var/log/remote/*/openvpn.log, the directory.
sub server_of {
    my ($path) = @_;
    return Globs::server_of($path);
}

# Whether it is time for what is due every so many seconds. It is, too, when the clock was set back.
sub _is_due {
    my ($next, $seconds) = @_;
    return if time() < ${$next} && time() >= ${$next} - $seconds;
    ${$next} = time() + $seconds;
    return 1;
}

# Closes the files that were not read for the longest time, so that others can be opened.
sub _make_room {
    return if LogFile::open_files() < $most_open;
    # What was rotated may be gone from its directory: it is closed last.
    my @open = sort { !$a->{rotated} <=> !$b->{rotated} || $b->{used} <=> $a->{used} }
        grep { $_->{handle} && ($_->{read} || !$_->{rotated}) } map { @{ $_->{files} } } values %logs;
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

# Takes up a log that is new.
sub _take_up {
    my ($path, $glob, $first_position) = @_;
    my $log = {path => $path};
    my $handle = Rotation::open_log($log) or return;
    my ($inode, $size, $changed) = (Time::HiRes::stat($handle))[1, 7, 9];
    my $offset = $known_glob{$glob} || $first_position ne 'now' ? 0 : $size;
    # A path that was forgotten begins with another generation. It may have been rotated before it was seen: not
    # at every look each log is there.
    my $file = LogFile::new($path, $inode, read => $offset, processed => $offset, used => time(),
        began => $known_glob{$glob} // ($offset ? $changed : Time::HiRes::time()));
    LogFile::is_of($file, $handle) unless $known_glob{$glob};
    $log->{files} = [$file];
    $row{$path} = _row($log);
    $are_new = 1;
    return $changed{$path} = $logs{$path} = $log;
}

# A look at a path that is there: whether there may be something to read.
sub _look_at {
    my ($path, $context, $first_position, $glob) = @_;
    my ($device, $inode, $size, $changed) = (Time::HiRes::stat($path))[0, 1, 7, 9];
    return unless defined $inode;
    if ($path =~ /[\x00-\x1f\x7f]/) {
        News::closed($path, 'is not read: it has a control character in its name');
        return;
    }
    my $log = $logs{$path} // _take_up($path, $glob, $first_position) // return;
    return if ($log->{look} // 0) == $look;    # two globs mean it
    @{$log}{qw(context look changed)} = ($context, $look, $changed);
    my $seen = "$device $inode $size $changed";
    return if $seen eq ($log->{seen} // '');
    $log->{seen} = $seen;
    $polled{$path} = $log;
    my $file = $log->{files}[-1];
    # One of which nothing was read can have been emptied, too.
    $log->{is_another} = 1 if $file->{inode} != $inode || $file->{device} != $device || !LogFile::place($file);
    return;
}

# Takes up files that are new or were rotated, and lets those go that were read to their end.
sub look {
    _load();
    configure();
    $look++;
    my $now = Time::HiRes::time();
    my $check = _is_due(\$next_check, $CHECKING);
    for (@globs) {
        my ($context, $first_position, $glob) = @{$_};
        my ($directory) = $glob =~ m{^(.*?)/[^/]*[*?\[\{]};
        my $paths = Globs::paths($glob, \%logs);
        if (!$paths) {
            News::closed($directory // $glob, "cannot be looked into ($!): logs in it are not seen");
            next;
        }
        News::open_again($directory, 'can be looked into again') if defined $directory;
        _look_at($_, $context, $first_position, $glob) for @{$paths};
        News::check_directories($glob, !$known_glob{$glob}) if $check || !$known_glob{$glob};
        $changed{''} = $known_glob{$glob} = $now unless $known_glob{$glob};
    }
    for my $log (values %logs) {
        _look_after($log) if @{ $log->{files} } > 1 || ($log->{look} // 0) != $look;
        _may_be_read($log) if $check;
    }
    _forget_what_is_gone() if _is_due(\$next_tidying, $TIDYING);
    # Before a line of it is read: read again after a crash, it begins with the same generation.
    _write() if $are_new;
    return;
}

# What had the path of a log before, or has it no more, is read as long as somebody may write to it.
sub _look_after {
    my ($log) = @_;
    if (!defined $log->{context}) {    # it was not there since the start
        my $glob = Globs::glob_of($log->{path});
        ($log->{context}) = map { $_->[2] eq $glob ? $_->[0] : () } @globs or return;
    }
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
        $changed{ $log->{path} } = $log;
    }
    return;
}

# A log that is open can be read on after its rights were taken, or it was removed; the next one of its path cannot.
sub _may_be_read {
    my ($log) = @_;
    my $path = $log->{path};
    my $why = '';
    if (-e $path) {
        use filetest 'access';
        $why = 'cannot be read any more' if !-r $path && $!{EACCES};
    }
    elsif ($!{ENOENT} && ($log->{changed} // 0) > time() - $IN_USE) {
        my $beside = Rotated::beside($path, 1);
        $why = 'is not there any more' if $beside ? !@{$beside} : $!{ENOENT};
    }
    if    ($why)              { News::closed($path, $why) }
    elsif ($log->{is_closed}) { News::open_again($path, 'can be read again') }
    $log->{is_closed} = $why;
    return;
}

# Forgets logs that are gone with all that was rotated of them, such as those of a server that is no more.
sub _forget_what_is_gone {
    for my $log (grep { ($_->{look} // 0) != $look && !-e $_->{path} } values %logs) {
        my $path = $log->{path};
        my $beside = Rotated::beside($path, 1);
        next if $beside ? @{$beside} : !$!{ENOENT};
        LogFile::let_go($_) for @{ $log->{files} };
        delete @{$_}{$path} for \%logs, \%polled, \%changed, \%row;
        $changed{''} = 1;
        Globs::forget($path);
    }
    News::forget_what_is_gone();
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
        $changed{ $log->{path} } = $log if Rotation::follow($log) eq 'another';
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
    $changed{ $log->{path} } = $log;
    $in_hand = undef;
    return;
}

sub _replace {
    my ($path, @texts) = @_;
    open(my $handle, '>', "$path.new") or return;
    return print({$handle} @texts) && $handle->flush && $handle->sync && close($handle)
        && rename("$path.new", $path);
}

# Stores how far every file was processed, and now and then that nothing changed: so others see that this
# process lives and can write. While a rotated file is read, its position is kept too.
sub save {
    _load();
    my $closed = join '', map { "closed\t$_\n" } News::stored();
    return 1 if !%changed && $closed eq $stored_closed && time() < $last_stored + $ALIVE && time() >= $last_stored;
    delete $changed{''};
    $row{$_} = _row($changed{$_}) for keys %changed;
    %changed = ();
    return _write($closed);
}

sub _row {
    my ($log) = @_;
    my @files = @{ $log->{files} };
    unshift @files, $log->{before} if $log->{before} && !grep { $_->{read} } @files;
    return join '', map { join("\t", 'file', LogFile::row($_)) . "\n" } @files;
}

sub _write {
    my ($closed) = @_;
    $closed //= $stored_closed;
    $are_new = 0;
    if (_replace($offsets_file, (map { "glob\t$_\t$known_glob{$_}\n" } sort keys %known_glob), $closed, values %row)) {
        $stored_closed = $closed;
        $last_stored = time();
        News::no_complaint($offsets_file);
    }
    else {
        $changed{''} = 1;
        News::complain($offsets_file, "Cannot store the read offsets in $offsets_file ($!):"
            . ' after a crash lines are judged twice');
    }
    return 1;
}

1;
