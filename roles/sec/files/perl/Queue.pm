# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Appends events to queue files from SEC rules:
#
#   action=lcall %queued connections %id $+{ip} $0 -> ( \&Queue::append )
#
# SEC's own "write" drops the event when the disk is full and says so only at its debug level.
# Here the correlator waits until there is room: its inputs are files, they can wait too.

package Queue;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Errno qw(ENOSPC);
use Fcntl qw(O_RDWR O_APPEND O_CREAT SEEK_END SEEK_SET);
use IO::Handle;
use Notify ();

my $directory;
my %open_files;    # name => [handle, device, inode]
my %unsynced;      # handle => handle, of files that were written to

sub import {
    my (undef, $path) = @_;
    $directory = $path;
    return;
}

# The line of a queue file for these fields. They come from the network: only the last one, the free
# text, may hold a tab.
sub line {
    my @fields = map { defined ? $_ : '' } @_;
    my $free_text = pop @fields;
    tr/\x00-\x1f\x7f/?/ for @fields;
    $free_text =~ tr/\n/?/;
    return join("\t", @fields, $free_text) . "\n";
}

# Parameters: any texts. Returns the id of a line, 32 hex digits, the same for the same texts: what is read twice after
# a crash keeps its id.
sub id {
    return substr(sha256_hex(join "\0", map { $_ // '' } @_), 0, 32);
}

sub _open {
    my ($name) = @_;
    my $path = "$directory/$name";
    if (my $file = $open_files{$name}) {
        my ($device, $inode) = stat $path;
        return $file->[0] if defined $inode && $device == $file->[1] && $inode == $file->[2];
        delete $open_files{$name};    # rotated away
    }
    sysopen(my $handle, $path, O_RDWR | O_APPEND | O_CREAT, 0640) or return;
    my ($device, $inode) = stat $handle;
    # A crash in the middle of a write leaves a torn line: end it, or it would swallow the next.
    my $size = sysseek($handle, 0, SEEK_END);
    if ($size > 0 && sysseek($handle, $size - 1, SEEK_SET) && sysread($handle, my $last, 1)) {
        if ($last ne "\n") { syswrite($handle, "\n") or return; }
    }
    $open_files{$name} = [$handle, $device, $inode];
    return $handle;
}

sub _write {
    my ($name, $line) = @_;
    my $handle = _open($name) or return;
    my $size = sysseek($handle, 0, SEEK_END);
    my $written = syswrite($handle, $line);
    $unsynced{$handle} = $handle;
    return 1 if defined $written && $written == length $line;
    # A short write is that of a full disk, and sets no error.
    my $error = defined $written ? ENOSPC : $!;
    truncate($handle, $size) if $written;
    $! = $error;
    return;
}

# Parameters: the queue file's name, the fields. Returns 1 when the line is in the file.
sub append {
    my ($name, @fields) = @_;
    my $line = line(@fields);
    my $waiting;
    until (_write($name, $line)) {
        warn "<3>Cannot write to the queue file $directory/$name ($!), waiting for it\n"
            unless $waiting++;
        # Leave without saving the offsets: the line is read again after the start.
        exit 1 if $main::terminate{$$};
        Notify::alive();
        sleep 1;
    }
    warn "<5>The queue file $directory/$name can be written again\n" if $waiting;
    return 1;
}

# Returns 1 when what was appended would survive a power cut. The read offsets must not be ahead of it.
sub sync {
    for my $handle (values %unsynced) {
        if (!$handle->sync) {
            warn "<3>Cannot sync a queue file in $directory: $!\n";
            return;
        }
        delete $unsynced{$handle};
    }
    return 1;
}

1;
