# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which files are read, from where, and which of their lines matter: loses no line over a restart, a
# kill or a rotation, takes up new log files by itself, and holds a bounded part of a file in memory.
#
#   perl -MInputs=/etc/geowatch/sec/inputs.tsv,/var/lib/geowatch/sec/offsets.tsv -MFeed /usr/bin/sec ...
#
# inputs.tsv:   "file", context, "now" or "beginning", glob  and what Lines.pm says
# offsets.tsv:  "glob", glob;  "closed", path;  "file", device, inode, offset, path, mark, generation
#               (all tab-separated)
#
# A glob that was never seen starts at "now" (the end of the files that exist) or at the "beginning".
# Every file that appears later is read from its beginning.
#
# The files that had the same path, one after another, are its generations.

package Inputs;

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);
use IO::Handle;

my $LONGEST_LINE = 1 << 20;     # bytes; a longer one is skipped, with a warning

my $BLOCK = 1 << 16;            # bytes asked for in one read(2)

my $TIDYING = 3600;             # seconds
my $CHECKING = 10;              # seconds

my ($config_file, $offsets_file, $loaded, $stored);
my $last_stored = 0;            # when
my ($next_tidying, $next_check) = (0, 0);
my $linger = 60;                # seconds; a syslog daemon may write to a rotated file for a while
my (%position, %known_glob);    # path => [device, inode, offset, mark, generation]; glob => 1
my @inputs;                     # open files in reading order: a rotated one is before its successor
my %current;                    # path => the input that is no rotated one
my @ready;                      # [input, line, offset behind it, place]; a line that is not defined was skipped
my $in_hand;                    # the one of them that SEC works on
my $configured = '';            # the file's identity when it was read
my @globs;                      # [context, first position, glob]

sub import {
    my (undef, @paths) = @_;
    require $_ for qw(Globs.pm Lines.pm LogFile.pm News.pm);    # not before: a module is checked by itself when installed
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
    for (_lines($offsets_file)) {
        my ($kind, @fields) = split /\t/;
        if ($kind eq 'glob') { $known_glob{ $fields[0] } = 1 }
        if ($kind eq 'closed') { News::stored($fields[0]) }
        if ($kind eq 'file') { $position{ $fields[3] } = [@fields[0 .. 2, 4], $fields[5] // 0] }
    }
    $last_stored = (stat $offsets_file)[9] // 0;
    return;
}

# Parameter: a path. Returns the server that it is for: with /var/log/remote/*/openvpn.log, the directory.
sub server_of {
    my ($path) = @_;
    return Globs::server_of($path);
}

# Parameters: the server that a line names, if any, and the file that it is from.
sub server {
    my ($named, $path) = @_;
    return $named if defined $named && length $named && $named ne '-';
    return defined $path ? server_of($path) : '';
}

# Whether it is time for what is due every so many seconds. It is, too, when the clock was set back.
sub _is_due {
    my ($next, $seconds) = @_;
    return if time() < ${$next} && time() >= ${$next} - $seconds;
    ${$next} = time() + $seconds;
    return 1;
}

# Which of the siblings have this device and inode.
sub _same {
    my ($device, $inode, @siblings) = @_;
    return grep { $siblings[$_][1] == $device && $siblings[$_][2] == $inode } 0 .. $#siblings;
}

# A path has another file than before. Returns what is to be read first: the rest of the old file, then the
# files that were there between the two. Parameters: the path, its context, and the position in the old file.
sub _before {
    my ($path, $context, $position) = @_;
    my ($device, $inode, $offset) = @{$position};
    my @siblings = LogFile::siblings($path);
    my @same = _same($device, $inode, @siblings);
    my @newer = grep { $siblings[$_][3] >= $last_stored - $linger } 0 .. $#siblings;
    # Most often it has kept its inode. If it was compressed, it is known by its mark: it is one of those that
    # were written to since, or the newest of the others, of which all was read.
    for my $old (@same, grep { $_ >= 0 } reverse $#siblings - @newer .. $#siblings) {
        my $input = LogFile::open_rotated($path, $siblings[$old][0], $context, $offset) or next;
        next unless LogFile::is_at($input, $position);
        $input->{generation} = $position->[4];
        return ($input, _from_the_beginning($path, $context, @siblings[$old + 1 .. $#siblings]));
    }
    # One that was empty has no mark: it was written to since, or is empty still.
    News::lost($path, 'is another file than before, and what it was is gone') if $offset || !@siblings;
    return _from_the_beginning($path, $context, @siblings[@newer]);
}

sub _from_the_beginning {
    my ($path, $context, @siblings) = @_;
    return map { LogFile::open_rotated($path, $_->[0], $context, 0) // () } @siblings;
}

# The files that were there between one that is open and the one that has its name now.
sub _since {
    my ($path, $context, $open) = @_;
    my @siblings = LogFile::siblings($path);
    my ($last) = _same(@{$open}{qw(device inode)}, @siblings);
    return _from_the_beginning($path, $context, @siblings[$last + 1 .. $#siblings]) if defined $last;
    # It was compressed or removed: those that are not older, and do not begin as it does.
    my $changed = (stat $open->{handle})[9];
    my $beginning = LogFile::beginning($open);
    return grep { LogFile::beginning($_) ne $beginning }
        _from_the_beginning($path, $context, grep { $_->[3] >= $changed } @siblings);
}

# A file was emptied in place. What was not read of it yet is in the newest copy, if there is one.
sub _open_copy {
    my ($input) = @_;
    my ($path, $context, $offset) = @{$input}{qw(path context read)};
    my $tail = $input->{tail} // "\n";
    my ($newest) = reverse LogFile::siblings($path);
    return if !$newest || $newest->[2] == $input->{inode} || $offset < length $tail;
    my $copy = LogFile::open_rotated($path, $newest->[0], $context, $offset) or return;
    return if -s $copy->{handle} <= $offset || LogFile::bytes_before($copy, $offset, length $tail) ne $tail;
    my ($place) = grep { $inputs[$_] == $input } 0 .. $#inputs;
    splice @inputs, $place, 0, $copy;
    $copy->{generation} = $input->{generation};
    return;
}

# Takes up a path that is not read yet, or whose file is another one.
sub _take_up {
    my ($path, $context, $glob, $first_position) = @_;
    my $input = LogFile::open_log($path, $path, $context, 0) or return;
    my $offset = $known_glob{$glob} || $first_position ne 'now' ? 0 : -s $input->{handle};
    my $saved = $position{$path};
    my @before;
    my $generation = $saved ? $saved->[4] : undef;
    if (my $open = $current{$path}) {
        $open->{rotated} = time();
        $generation = $open->{generation} + 1;
        $offset = 0;
        @before = _since($path, $context, $open);
    }
    elsif ($saved && !LogFile::is_at($input, $saved)) {
        $offset = 0;
        @before = _before($path, $context, $saved);
        $generation++ unless @before && defined $before[0]{generation};
    }
    elsif ($saved) {
        $offset = $saved->[2];
    }
    elsif ($known_glob{$glob}) {
        # It may have appeared and been rotated between two looks.
        @before = _from_the_beginning($path, $context, grep { $_->[3] >= time() - $linger } LogFile::siblings($path));
    }
    @{$input}{qw(read processed)} = ($offset, $offset);
    sysseek $input->{handle}, $offset, 0;
    # A path that was forgotten begins with another one.
    $generation //= (@before, $input)[0]{inode};
    $_->{generation} = $generation++ for @before, $input;
    push @inputs, @before, $input;
    $current{$path} = $input;
    # Stored with the glob: after a crash in this very second the file is not a new one.
    $position{$path} //= LogFile::position($input);
    return;
}

# Takes up files that are new or were rotated, and lets those go that were read to their end.
sub look {
    _load();
    configure();
    my $check = _is_due(\$next_check, $CHECKING);
    for (@globs) {
        my ($context, $first_position, $glob) = @{$_};
        for my $path (bsd_glob($glob, GLOB_BRACE)) {
            my ($device, $inode) = stat $path or next;
            my $input = $current{$path};
            next if $input && $input->{device} == $device && $input->{inode} == $inode;
            if ($path =~ /[\x00-\x1f\x7f]/) {
                News::closed($path, 'is not read: it has a control character in its name');
                next;
            }
            _take_up($path, $context, $glob, $first_position);
        }
        News::check_directories($glob, !$known_glob{$glob}) if $check || !$known_glob{$glob};
        $known_glob{$glob} = 1;
    }
    my %over = map { $_ => 1 }
        grep { $_->{rotated} && LogFile::is_over($_) && time() >= $_->{rotated} + $linger } @inputs;
    for my $input (grep { $over{$_} } @inputs) {
        # Its last line has no end, and will get none.
        push @ready, [$input, $input->{buffer}, LogFile::place($input)] if Lines::matters(@{$input}{qw(context buffer)});
    }
    @inputs = grep { !$over{$_} } @inputs;
    _forget_what_is_gone() if _is_due(\$next_tidying, $TIDYING);
    return;
}

# Forgets files that are gone with all that was rotated of them, such as those of a server that is no more.
sub _forget_what_is_gone {
    for my $path (keys %position) {
        next if -e $path;
        my @siblings = LogFile::siblings($path);
        next if @siblings;
        my $input = delete $current{$path};
        $input->{rotated} = time() if $input;
        delete $position{$path};
        Globs::forget($path);
    }
    News::forget_what_is_gone();
    return;
}

# Reads the next block of a file. Returns true if there was something to read.
sub _read_block {
    my ($input) = @_;
    if ($input->{at_end}) {
        my $size = -s $input->{handle};
        return if $size == LogFile::place($input);
        if (LogFile::was_emptied($input, $size)) {
            _open_copy($input);
            $input->{generation}++;
            @{$input}{qw(read processed buffer skipped tail)} = (0, 0, '', 0, undef);
            sysseek $input->{handle}, 0, 0;
            return 1;    # the copy is read first
        }
    }
    my $got = sysread $input->{handle}, $input->{buffer}, $BLOCK, length $input->{buffer};
    News::closed($input->{path}, "cannot be read: $!") unless defined $got;
    $input->{at_end} = !$got;
    return unless $got;
    my $end = rindex $input->{buffer}, "\n";
    if ($end < 0) {
        return 1 if length $input->{buffer} <= $LONGEST_LINE;
        $input->{skipped} += length $input->{buffer};
        $input->{buffer} = '';
        return 1;
    }
    my $lines = substr $input->{buffer}, 0, $end + 1, '';
    $input->{tail} = LogFile::tail($lines);
    if ($input->{skipped}) {
        my $rest = 1 + index $lines, "\n";
        $input->{read} += $input->{skipped} + $rest;
        warn "<4>$input->{path}: skipped a line of more than $LONGEST_LINE bytes\n";
        $input->{skipped} = 0;
        $lines = substr $lines, $rest;
    }
    push @ready, map { [$input, $_->[0], $input->{read} + $_->[1], $_->[2]] } Lines::chosen($input->{context}, \$lines);
    $input->{read} += length $lines;
    push @ready, [$input, undef, $input->{read}];
    return 1;
}

# Returns line, path and context of the next line. Without a line, the second value is true if there was
# something to read.
sub next_line {
    my $there_was = @ready;
    if (!@ready) {
        for my $input (my @in_order = @inputs) { $there_was = 1 if _read_block($input) }
    }
    while (my $next = shift @ready) {
        my ($input, $line) = @{$next};
        $in_hand = $next;
        return ($line, @{$input}{qw(path context)}) if defined $line;
        processed();
    }
    return (undef, $there_was);
}

# The place of the line that was given out, as a text: the same whenever this line is read again, whatever
# the file is called by then, and another for every other line.
sub place {
    return '' unless $in_hand;
    my ($input, $line, $behind) = @{$in_hand};
    return join "\t", @{$input}{qw(path generation)}, $behind - length $line;
}

# The line that was given out is processed.
sub processed {
    $in_hand->[0]{processed} = $in_hand->[2] if $in_hand;
    $in_hand = undef;
    return;
}

sub _replace {
    my ($path, $text) = @_;
    open(my $handle, '>', "$path.new") or return;
    return print({$handle} $text) && $handle->flush && $handle->sync && close($handle)
        && rename("$path.new", $path);
}

# Stores how far every file was processed. While a rotated file is not read to its end, the position in
# it is kept: after a crash its rest is found.
sub save {
    _load();
    my %saved;
    for my $input (@inputs) {
        next if $saved{ $input->{path} } || ($input->{rotated} && LogFile::is_over($input));
        $saved{ $input->{path} } = 1;
        my $before = $position{ $input->{path} };
        next if $before && join(' ', @{$before}[0 .. 2, 4]) eq join(' ', @{$input}{qw(device inode processed generation)});
        # One that was emptied just now has no mark there any more.
        $position{ $input->{path} } = LogFile::position($input) if -s $input->{handle} >= $input->{processed};
    }
    my $text = join '',
        (map { "glob\t$_\n" } sort keys %known_glob),
        (map { "closed\t$_\n" } News::stored()),
        (map { join("\t", 'file', @{ $position{$_} }[0 .. 2], $_, @{ $position{$_} }[3, 4]) . "\n" } sort keys %position);
    return 1 if defined $stored && $text eq $stored;
    if (_replace($offsets_file, $text)) {
        $stored = $text;
        $last_stored = time();
        News::no_complaint($offsets_file);
    }
    else {
        News::complain($offsets_file, "Cannot store the read offsets in $offsets_file ($!):"
            . ' after a crash lines are judged twice');
    }
    return 1;
}

1;
