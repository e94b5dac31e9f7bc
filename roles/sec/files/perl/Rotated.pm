# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# The files that a rotation leaves beside a log: how they are named, in which order they were written, and
# which of them is the one that was read before.

package Rotated;

use strict;
use warnings;

use Errno qw(EAGAIN);
use Time::HiRes ();

my $BLOCK = 1 << 16;      # bytes
my $ROUNDED = 1e-6;       # seconds: with so many digits times are stored
my $SETTLED = 0.01;       # seconds; the kernel stamps what happens in as many with the same time

my $PACKED = qr/[.](?:gz|bz2|xz|zst|lz4|lzma|Z|zip)/;
my $ADDED = qr/[.](?<number>\d+)|[._-](?<date>\d{4}[\d.:_T-]*)|[._-](?:old|bak|orig|prev|previous|save)|~/;

# What the directory that was looked into last has of this kind.
my ($directory, $stamp, $names) = ('', '', {});

my %held;    # device and inode => handle

sub is_packed {
    my ($name) = @_;
    return $name =~ /$PACKED$/;
}

# Parameter: a path. Returns those that it may be a rotated file of, the nearest first.
sub logs_of {
    my ($name) = @_;
    my @logs;
    push @logs, $name while $name =~ s/(?<=[^\/])(?:$PACKED|$ADDED)$//;
    return @logs;
}

sub _stamp {
    my ($path) = @_;
    return join ' ', (Time::HiRes::stat($path))[0, 1, 9, 10];
}

# What is beside the logs of a directory: name of the log => [names]. Nothing and $! while it changes: what
# is renamed meanwhile may be missed, or found twice.
sub _look_into {
    my ($path, $anyway) = @_;
    my $now = _stamp($path);
    return $names if $path eq $directory && $now eq $stamp;
    my $changed = (split ' ', $now)[2] // 0;
    my $settled = $anyway || abs(Time::HiRes::time() - $changed) > $SETTLED;    # the clock can have been set back
    opendir my $handle, $path or return;
    my %found;
    for my $name (grep { /(?:$PACKED|$ADDED)$/ } readdir $handle) {
        push @{ $found{$_} }, $name for logs_of($name);
    }
    closedir $handle;
    if (!$settled || (_stamp($path) ne $now && !$anyway)) {
        $! = EAGAIN;
        return;
    }
    ($directory, $stamp, $names) = ($anyway ? '' : $path, $now, \%found);
    return $names;
}

# What a rotation calls the files beside a log: {number} or {date}.
sub _called {
    my ($name) = @_;
    return $name =~ /$ADDED(?:$PACKED)?$/ ? {%+} : {};
}

# Parameter: those beside a log. Returns them, oldest first, by what a rotation calls them: the time of the last
# change is not always kept when one is compressed. The highest number is the oldest, unless all their times say the
# opposite.
sub _in_order {
    my %called = map { $_ => _called($_->[0]) } @_;
    my $number = sub { $called{ $_[0] }{number} };
    my @times = map { $_->[3] } sort { $number->($a) <=> $number->($b) } grep { defined $number->($_) } @_;
    my $upwards = @times >= 3 && !grep { $times[$_] <= $times[$_ - 1] } 1 .. $#times;
    my $order = sub {
        my ($one, $other) = @_;
        my ($first, $second) = @called{$one, $other};
        if (defined $first->{number} && defined $second->{number}) {
            my $is_older = $second->{number} <=> $first->{number};
            return $upwards ? -$is_older : $is_older;
        }
        return $first->{date} cmp $second->{date} if defined $first->{date} && defined $second->{date};
        return $one->[3] <=> $other->[3];
    };
    return sort { $order->($a, $b) } @_;
}

# Parameter: the path of a log, and whether it may be looked at while something changes. Returns the files
# beside it, oldest first, as [[name, device, inode, time of the last change, size]]. Nothing and $! if that
# cannot be said now. While a file is compressed there are two; it is the one that is whole.
sub beside {
    my ($path, $anyway) = @_;
    my $beside = _beside($path, $anyway) or return;
    return $beside unless $anyway;
    # The directory is never at rest; these are if they are the same twice.
    my $again = _beside($path, 1) or return;
    return $again if join("\n", map { "@{$_}" } @{$beside}) eq join "\n", map { "@{$_}" } @{$again};
    $! = EAGAIN;
    return;
}

sub _beside {
    my ($path, $anyway) = @_;
    my ($directory, $log) = $path =~ m{^(.*)/([^/]+)$} or return;
    my $names = _look_into("$directory/", $anyway) or return;
    my %named = map { $_ => 1 } @{ $names->{$log} // [] };
    my ($stands, @found) = (1);
    for my $name (keys %named) {
        next if is_packed($name) && $named{ $name =~ s/$PACKED$//r };
        my @stat = Time::HiRes::stat("$directory/$name");
        $stands &&= @stat > 0;
        push @found, ["$directory/$name", @stat[0, 1, 9, 7]] if @stat && -f _;
    }
    # Since the names were read, one can have been given to another file.
    if (!$stands || (!$anyway && _stamp("$directory/") ne $stamp)) {
        $! = EAGAIN;
        return;
    }
    return [_in_order(@found)];
}

# A compressed file, unpacked where nobody else sees it: it can have been compressed before it was read.
sub _unpacked {
    my ($handle) = @_;
    require IO::Uncompress::AnyUncompress;
    my $packed = IO::Uncompress::AnyUncompress->new($handle, MultiStream => 1) or return;
    open(my $unpacked, '+>', undef) or return;
    my $got;
    while (($got = $packed->read(my $block, $BLOCK)) > 0) {
        print {$unpacked} $block or return;
    }
    return $got == 0 && $unpacked->flush && $unpacked;
}

# Opens one of the files beside a log. Nothing if it cannot be read, or is not whole yet. What was opened is
# kept until it is taken: it may be renamed faster than all of them are found.
sub open_one {
    my ($found) = @_;
    my ($name, $device, $inode) = @{$found};
    return $held{"$device $inode"} if $held{"$device $inode"};
    my $handle = LogFile::handle_of($name) or return;
    my @is = stat $handle;
    return if $is[0] != $device || $is[1] != $inode;    # renamed meanwhile
    $handle = _unpacked($handle) if is_packed($name);
    $held{"$device $inode"} = $handle if $handle;
    return $handle;
}

# Those that were opened are taken, or not needed.
sub are_taken {
    %held = ();
    return;
}

# Parameters: one of those beside a log, and a file. Whether it was changed since the file began.
sub is_since {
    my ($each, $file) = @_;
    return $each->[3] >= $file->{began} - $ROUNDED;
}

# Parameters: a file of which something is known, those beside its path, and whether it is open still. Returns
# which of those has its bytes, and a handle to read it through, if there may be more to read there. Otherwise,
# the name of one that cannot be read, if any.
sub find {
    my ($file, $beside, $is_open) = @_;
    my (@same, @later, @moment, @earlier);    # of the same moment, the newest first: the older was there before the file
    for my $at (0 .. $#{$beside}) {
        my (undef, $device, $inode) = @{ $beside->[$at] };
        if    ($device == $file->{device} && $inode == $file->{inode}) { push @same, $at }
        elsif ($beside->[$at][3] > $file->{began} + $ROUNDED)          { push @later, $at }
        elsif (is_since($beside->[$at], $file))                        { unshift @moment, $at }
        elsif ($at == $#{$beside})                                     { push @earlier, $at }    # the clock was set back
    }
    my ($shorter, $unreadable);
    for my $at (@same, @later, @moment, @earlier) {
        my $handle = open_one($beside->[$at]);
        if (!$handle) {
            $unreadable //= $beside->[$at][0];
        }
        elsif ($is_open) {
            return $at if LogFile::is_copy($handle, $file);
        }
        else {
            return ($at, $handle) if LogFile::is_at($file, $handle) && LogFile::begins_alike($file, $handle, 1);
            $shorter //= $at if LogFile::is_shorter($file, $handle);
        }
    }
    # It was read further than it was copied.
    return defined $shorter && !defined $unreadable ? $shorter : (undef, undef, $unreadable);
}

1;
