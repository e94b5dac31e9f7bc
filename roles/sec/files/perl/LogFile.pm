# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# A log file that is read, whatever it is called by now: its bytes, its lines, and what it is known by.
# It can be closed while nothing is written to it, and opened again.

package LogFile;

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Fcntl qw(O_NONBLOCK O_RDONLY);

my $BLOCK = 1 << 16;            # bytes asked for in one read(2)
my $LONGEST_LINE = 1 << 20;     # bytes; a longer one is skipped, with a warning
my $TAIL = 64;                  # bytes before the place, by which it is known to be the same file
my $HEAD = 128;                 # bytes at its beginning, by which a copy is known that ends earlier

my $open = 0;

# How many are open.
sub open_files { return $open }

# Parameters: its path, which of the files of that path it is, and what is known of it.
sub new {
    my ($path, $generation, %known) = @_;
    return {
        path => $path, generation => $generation, handle => undef, device => 0, inode => 0,
        began => 0,        # no later form of it was changed before
        read => 0,         # all whole lines before it were read
        processed => 0,    # all lines before it were processed
        past => '',        # bytes before "read": as many as it takes for the mark of what was processed
        mark => undef,     # what stands before "read" is known by it, if "past" is not
        buffer => '',      # bytes after "read", of a line whose end was not read yet
        skipped => 0,      # bytes between the two, of a line that is too long
        tail => '',        # the last bytes that were read
        head => '',        # the first
        known_head => undef,    # their number and digest, if they were not read by this process
        at_end => 0,       # there was no more to read
        rotated => 0,      # when another file took its path
        ended => 0,        # what followed is gone
        used => 0,         # when there was something to read
        %known,
    };
}

sub _last {
    my ($bytes) = @_;
    return length $bytes > $TAIL ? substr $bytes, -$TAIL : $bytes;
}

# Opens a regular file, without waiting for a pipe's other end. Nothing and $! if that fails.
sub handle_of {
    my ($name) = @_;
    sysopen(my $handle, $name, O_RDONLY | O_NONBLOCK) or return;
    return $handle if -f $handle;
    close $handle;
    $! = 0;
    return;
}

sub _bytes {
    my ($handle, $from, $length) = @_;
    my $bytes = '';
    sysseek $handle, $from, 0;
    sysread $handle, $bytes, $length;
    return $bytes;
}

# Where the next byte of it is.
sub place {
    my ($file) = @_;
    return $file->{read} + $file->{skipped} + length $file->{buffer};
}

# What a file is known by that was processed so far.
sub mark {
    my ($file) = @_;
    return $file->{mark} if $file->{skipped} || ($file->{read} && !length $file->{past});
    return md5_hex(_last(substr $file->{past}, 0, length($file->{past}) - $file->{read} + $file->{processed}));
}

# Whether a handle has all that was read of the file, as far as can be told.
sub is_at {
    my ($file, $handle) = @_;
    my $length = $file->{read} < $TAIL ? $file->{read} : $TAIL;
    my $bytes = _bytes($handle, $file->{read} - $length, $length);
    return 0 if length $bytes < $length;
    return length $file->{past} ? $bytes eq _last($file->{past}) : !$length || md5_hex($bytes) eq $file->{mark};
}

sub _head {
    my ($file) = @_;
    return $file->{known_head} // [length $file->{head}, md5_hex($file->{head})];
}

# Whether a handle has the beginning of the file, and no more of it than was read.
sub is_shorter {
    my ($file, $handle) = @_;
    my $size = -s $handle;
    return 0 if !$size || $size > $file->{read};
    return _bytes($handle, 0, $size) eq substr $file->{head}, 0, $size if $size < length $file->{head};
    return begins_alike($file, $handle, 1);
}

# Whether a handle begins as the file does, with that many bytes; otherwise in more than a line or two.
sub begins_alike {
    my ($file, $handle, $least) = @_;
    my ($length, $digest) = @{ _head($file) };
    return $length >= ($least // $HEAD) && md5_hex(_bytes($handle, 0, $length)) eq $digest;
}

# Whether a handle has what an open file has, or had some time ago.
sub is_copy {
    my ($handle, $file) = @_;
    return -s $handle && is_prefix($handle, $file->{handle});
}

# Whether a handle has the beginning of what another has, as far as its ends show.
sub is_prefix {
    my ($one, $other) = @_;
    my $size = -s $one;
    my $last = $size > $TAIL ? $size - $TAIL : 0;
    return $size <= -s $other && _bytes($one, 0, $HEAD) eq substr(_bytes($other, 0, $HEAD), 0, $size)
        && _bytes($one, $last, $TAIL) eq _bytes($other, $last, $size - $last);
}

# Reads the file through a handle from now on, after its last whole line that was read. Device and inode are
# given if the handle has others than the file.
sub continue_in {
    my ($file, $handle, $device, $inode) = @_;
    let_go($file);
    $open++;
    @{$file}{qw(handle at_end)} = ($handle, 0);
    @{$file}{qw(device inode)} = defined $inode ? ($device, $inode) : stat $handle;
    my $length = $file->{read} < $TAIL ? $file->{read} : $TAIL;
    $file->{tail} = _bytes($handle, $file->{read} - $length, $length);
    $file->{past} = $file->{tail} unless length $file->{past};
    $file->{head} = _bytes($handle, 0, $file->{read} < $HEAD ? $file->{read} : $HEAD);
    $file->{known_head} = undef;
    return;
}

# Closes it. What has no end yet is read again.
sub let_go {
    my ($file) = @_;
    return unless $file->{handle};
    close delete $file->{handle};
    $open--;
    @{$file}{qw(buffer skipped)} = ('', 0);
    return;
}

# Reads the next block. Returns its length; nothing if the file is not what it was.
sub read_block {
    my ($file) = @_;
    my $known = length $file->{tail};
    my $place = place($file);
    sysseek $file->{handle}, $place - $known, 0;
    my $got = sysread $file->{handle}, my $bytes, $known + $BLOCK;
    if (!defined $got) {
        News::closed($file->{path}, "cannot be read: $!");
        return 0;
    }
    return if $got < $known || substr($bytes, 0, $known, '') ne $file->{tail};
    $file->{at_end} = $got == $known;
    return 0 if $file->{at_end};
    $file->{head} .= substr $bytes, 0, $HEAD - $place if $place < $HEAD && $place == length $file->{head};
    $file->{tail} = _last($file->{tail} . $bytes);
    $file->{buffer} .= $bytes;
    return length $bytes;
}

# Forgets what was read and not taken, at its beginning.
sub unread {
    my ($file) = @_;
    @{$file}{qw(buffer tail head)} = ('', '', '');
    return;
}

# Takes the whole lines that were read, as one text. Whatever was taken before is processed.
sub take_lines {
    my ($file) = @_;
    my $end = rindex $file->{buffer}, "\n";
    if ($end < 0) {
        return '' if length $file->{buffer} <= $LONGEST_LINE;
        $file->{mark} = mark($file) unless $file->{skipped};
        $file->{past} = _last($file->{past} . $file->{buffer});
        $file->{skipped} += length $file->{buffer};
        $file->{buffer} = '';
        return '';
    }
    my $lines = substr $file->{buffer}, 0, $end + 1, '';
    $file->{past} = _last($file->{past}) . $lines;
    if ($file->{skipped}) {
        my $rest = 1 + index $lines, "\n";
        $file->{processed} = $file->{read} += $file->{skipped} + $rest;
        warn "<4>$file->{path}: skipped a line of more than $LONGEST_LINE bytes\n";
        $file->{skipped} = 0;
        $lines = substr $lines, $rest;
    }
    $file->{read} += length $lines;
    return $lines;
}

# All lines before an offset were processed.
sub processed {
    my ($file, $offset) = @_;
    $file->{processed} = $offset;
    $file->{past} = _last($file->{past}) if $offset == $file->{read};
    return;
}

# Whether all of it was processed that is there.
sub is_over {
    my ($file) = @_;
    return ($file->{at_end} || $file->{ended}) && $file->{processed} == $file->{read};
}

# Its position as a row of texts, and the file that has such a position.
sub row {
    my ($file) = @_;
    my $left = $file->{handle} && $file->{rotated} ? (-s $file->{handle}) - $file->{processed} : 0;
    return @{$file}{qw(device inode processed path)}, mark($file) // '', $file->{generation},
        sprintf('%.6f', $file->{began}), @{ _head($file) }, $left, $file->{rotated};
}

sub of_row {
    my ($device, $inode, $offset, $path, $mark, $generation, $began, $length, $digest, $left, $rotated) = @_;
    return new($path, $generation, device => $device, inode => $inode, read => $offset, processed => $offset,
        mark => $mark, began => $began // 0, known_head => [$length // 0, $digest // ''], left => $left // 0, rotated => $rotated // 0);
}

1;
