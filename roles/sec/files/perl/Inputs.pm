# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which files SEC reads, and from where: loses no line over a restart, a kill or a rotation, and
# takes up new log files by itself. The rules in 00-inputs.sec call it once a second.
#
#   perl -MInputs=/etc/geowatch/sec/inputs.tsv,/var/lib/geowatch/sec/offsets.tsv /usr/bin/sec ...
#
# inputs.tsv:   context, "now" or "beginning", glob        (tab-separated, one input a line)
# offsets.tsv:  "glob", glob  and  "file", device, inode, offset, path
#
# A glob that was never seen starts at "now" (the end of the files that exist) or at the
# "beginning". Every file that appears later is read from its beginning.
#
# SEC has no interface for read offsets: %inputsrc and @readbuffer are its own names.

package Inputs;

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);
use IO::Handle;

our (%position, %known_glob);    # path => [device, inode, offset]; glob => 1
my ($config_file, $offsets_file, $loaded, $stored);
my %server_of;                   # path => what the first * of its glob stands for
my (%complained, %remainder);    # remainder: rotated file that is read to its end => its path

sub import {
    my (undef, @paths) = @_;
    ($config_file, $offsets_file) = @paths;
    return;
}

sub _complain {
    my ($key, $text) = @_;
    warn "<4>$text\n" unless $complained{$key}++;
    return;
}

sub _lines {
    my ($path) = @_;
    open(my $handle, '<', $path) or return;
    chomp(my @lines = <$handle>);
    return grep { length && !/^#/ } @lines;
}

sub _load {
    return if $loaded++;
    exists $main::{inputsrc} && exists $main::{readbuffer}
        or die "Inputs.pm does not know this version of SEC: it has no %inputsrc or \@readbuffer\n";
    for (_lines($offsets_file)) {
        my ($kind, @fields) = split /\t/, $_, 5;
        if ($kind eq 'glob') { $known_glob{ $fields[0] } = 1 }
        if ($kind eq 'file') { $position{ $fields[3] } = [@fields[0 .. 2]] }
    }
    return;
}

# The rotated files that were not read to their end: the one that was read last, then newer ones.
sub _unread_siblings {
    my ($path, $device, $inode, $offset) = @_;
    my (@siblings, $last_read);
    for my $sibling (bsd_glob(quotemeta($path) . '[.-]*')) {
        next if $sibling =~ /\.(?:gz|xz|bz2|zst)$/;
        my @stat = stat $sibling or next;
        $last_read = $stat[9] if $stat[0] == $device && $stat[1] == $inode;
        push @siblings, [$sibling, @stat[0, 1, 9]];
    }
    if (!defined $last_read) {
        _complain("$path $inode", "$path was rotated and its old file is gone or compressed:"
            . ' lines that were not read yet may be lost');
        return;
    }
    return map { [$_->[0], $_->[1] == $device && $_->[2] == $inode ? $offset : 0] }
        sort { $a->[3] <=> $b->[3] }
        grep { $_->[3] > $last_read || ($_->[1] == $device && $_->[2] == $inode) } @siblings;
}

# Returns where to start reading a file, and the rotated files to read before it.
sub _start {
    my ($path, $glob, $first_position) = @_;
    my ($device, $inode, $size) = (stat $path)[0, 1, 7];
    my @position = ($device, $inode, $known_glob{$glob} || $first_position ne 'now' ? 0 : $size);
    if (my $saved = $position{$path}) {
        my ($saved_device, $saved_inode, $offset) = @{$saved};
        if ($device != $saved_device || $inode != $saved_inode) {
            return (0, _unread_siblings($path, @{$saved}));
        }
        $position[2] = $size >= $offset ? $offset : 0;
    }
    # Stored with the glob: after a crash in this very second the file is not a new one.
    $position{$path} = \@position;
    return $position[2];
}

sub _consumed {
    my ($path) = @_;
    my $input = $main::inputsrc{$path};
    my $offset = sysseek($input->{fh}, 0, 1) - length $input->{buffer};
    for (my $i = 0; $i < @main::readbuffer; $i += 2) {
        next if $main::readbuffer[$i + 1] ne $path;
        $offset -= 1 + length $main::readbuffer[$i];
    }
    return $offset;
}

# Parameters: the server that a line names, if any, and the file that it is from. A server that is
# not named is the one that the file is for: with /var/log/remote/*/openvpn.log, the directory.
sub server {
    my ($named, $path) = @_;
    return $named if defined $named && length $named && $named ne '-';
    return $server_of{ $path // '' } // '';
}

# Returns what SEC has to do about its inputs, one line each, for the rules in 00-inputs.sec:
# "drop", path  or  "add", offset, context, path.
sub changes {
    _load();
    my @changes;
    for my $path (keys %remainder) {
        my $input = $main::inputsrc{$path};
        next if $input && $input->{open} && _consumed($path) < -s $input->{fh};
        push @changes, "drop\t$path";
        delete $remainder{$path};
    }
    for (_lines($config_file)) {
        my ($context, $first_position, $glob) = split /\t/, $_, 3;
        for my $path (bsd_glob($glob, GLOB_BRACE)) {
            my $input = $main::inputsrc{$path};
            next if $input && $input->{open};
            if ($path =~ /[\x00-\x1f\x7f]/) {
                _complain($path, 'A log file has a control character in its name, it is not read');
                next;
            }
            if (!-f $path || !-r _) {
                _complain($path, "$path cannot be read: it must be a file that this user may read");
                next;
            }
            push @changes, "drop\t$path" if $input;
            my ($before, $after) = map { quotemeta } split /[*]/, $glob, 2;
            ($server_of{$path}) = $path =~ m{^$before([^/]+)} if defined $after;
            my ($offset, @unread) = _start($path, $glob, $first_position);
            for (grep { !$main::inputsrc{ $_->[0] } } @unread) {
                my ($sibling, $sibling_offset) = @{$_};
                $remainder{$sibling} = $path;
                push @changes, "add\t$sibling_offset\t$context\t$sibling";
            }
            push @changes, "add\t$offset\t$context\t$path";
            delete $complained{$path};
        }
        $known_glob{$glob} = 1;
    }
    return join "\n", @changes;
}

sub _replace {
    my ($path, $text) = @_;
    open(my $handle, '>', "$path.new") or return;
    return print({$handle} $text) && $handle->flush && $handle->sync && close($handle)
        && rename("$path.new", $path);
}

# Stores how far every input was processed. While a rotated file is not read to its end, the
# position in it is kept: after a crash its rest is found by the inode.
sub save {
    my %unfinished = map { $_ => 1 } %remainder;
    for my $path (keys %main::inputsrc) {
        my $input = $main::inputsrc{$path};
        next if !$input->{open} || $unfinished{$path};
        my $offset = _consumed($path);
        $position{$path} = [@{$input}{qw(dev inode)}, $offset] if $offset >= 0;
    }
    my $text = join '',
        (map { "glob\t$_\n" } sort keys %known_glob),
        (map { join("\t", 'file', @{ $position{$_} }, $_) . "\n" } sort keys %position);
    return 1 if defined $stored && $text eq $stored;
    if (_replace($offsets_file, $text)) {
        $stored = $text;
        delete $complained{$offsets_file};
    }
    else {
        _complain($offsets_file, "Cannot store the read offsets in $offsets_file ($!):"
            . ' after a crash lines are judged twice');
    }
    return 1;
}

1;
