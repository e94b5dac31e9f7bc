# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# A log file that is read: opened, beside its rotated siblings, and known again after a rotation or a
# restart. A position is what Inputs.pm stores of one: device, inode, offset, mark and generation.

package LogFile;

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Fcntl qw(O_RDONLY);
use File::Glob qw(bsd_glob);
use IO::Handle;
use Time::HiRes ();

my $BLOCK = 1 << 16;    # bytes
my $TAIL = 64;          # bytes by which a file is known again

# A compressed file, unpacked where nobody else sees it: a rotated log can be compressed before it was read.
sub _unpacked {
    my ($name) = @_;
    require IO::Uncompress::Gunzip;
    my $packed = IO::Uncompress::Gunzip->new($name, MultiStream => 1) or return;
    open(my $unpacked, '+>', undef) or return;
    while (my $got = $packed->read(my $block, $BLOCK)) {
        return if $got < 0 || !print {$unpacked} $block;
    }
    return $unpacked->flush && $unpacked;
}

sub open_log {
    my ($path, $name, $context, $offset) = @_;
    my $handle;
    my $opened = sysopen $handle, $name, O_RDONLY;
    return if !$opened && $!{ENOENT};    # renamed just now
    if (!$opened || !-f $handle || ($name =~ /\.gz$/ && !($handle = _unpacked($name)))) {
        my $why = 'cannot be read: it must be a file that the correlator may read';
        if   ($name eq $path) { News::closed($path, $why) }
        else                  { News::complain($name, "$name $why") }
        return;
    }
    News::open_again($path, 'can be read again') if $name eq $path;
    my ($device, $inode) = stat $handle;
    sysseek $handle, $offset, 0;
    return {
        path => $path, context => $context, handle => $handle, device => $device, inode => $inode,
        read => $offset,         # all whole lines before it were read
        processed => $offset,    # all lines before it were processed
        skipped => 0,            # bytes after it, of a line that is too long
        buffer => '',            # bytes after them, of a line whose end was not read yet
        tail => undef,           # the last bytes before "read"
        at_end => 0,             # there was no more to read
        rotated => 0,            # when another file took its name
        generation => undef,     # which of the files of its path, counted
    };
}

# Opens a rotated file, to be read before the file of the path.
sub open_rotated {
    my ($path, $name, $context, $offset) = @_;
    my $input = open_log($path, $name, $context, $offset) or return;
    $input->{rotated} = time();
    return $input;
}

# The rotated files beside a path, oldest first: [name, device, inode, time of the last change].
sub siblings {
    my ($path) = @_;
    my @siblings;
    for my $name (bsd_glob(quotemeta($path) . '[.-]*')) {
        next if $name =~ /\.(?:xz|bz2|zst)$/ || !-f $name;
        my @stat = Time::HiRes::stat($name) or next;
        push @siblings, [$name, @stat[0, 1, 9]];
    }
    return sort { $a->[3] <=> $b->[3] } @siblings;
}

# Where the next byte of a file is.
sub place {
    my ($input) = @_;
    return $input->{read} + $input->{skipped} + length $input->{buffer};
}

sub is_over {
    my ($input) = @_;
    return $input->{at_end} && $input->{processed} == $input->{read};
}

# As many bytes before an offset; fewer if the file ends earlier.
sub bytes_before {
    my ($input, $offset, $length) = @_;
    my $bytes = '';
    sysseek $input->{handle}, $offset - $length, 0;
    sysread $input->{handle}, $bytes, $length;
    sysseek $input->{handle}, place($input), 0;
    return $bytes;
}

# Whether a file is the one that was read up to a position. Its inode does not say so: a new file may have
# the inode of one that was removed, and a compressed one has another.
sub is_at {
    my ($input, $position) = @_;
    my ($device, $inode, $offset, $mark) = @{$position};
    return mark($input, $offset) eq $mark if $offset && defined $mark;
    return $device == $input->{device} && $inode == $input->{inode};
}

# What a file is known by, read up to an offset.
sub mark {
    my ($input, $offset) = @_;
    return md5_hex(bytes_before($input, $offset, $offset < $TAIL ? $offset : $TAIL));
}

sub beginning {
    my ($input) = @_;
    return bytes_before($input, 4 * $TAIL, 4 * $TAIL);
}

sub position {
    my ($input) = @_;
    return [@{$input}{qw(device inode processed)}, mark($input, $input->{processed}), $input->{generation}];
}

# The last bytes of a text, by which the file is known to be as it was.
sub tail {
    my ($text) = @_;
    return length $text > $TAIL ? substr $text, -$TAIL : $text;
}

# The file was emptied, and perhaps written again.
sub was_emptied {
    my ($input, $size) = @_;
    return 1 if $size < place($input);
    return defined $input->{tail} && bytes_before($input, $input->{read}, length $input->{tail}) ne $input->{tail};
}

1;
