# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# How far each log was read, on the disk: after a restart it goes on from there. In offsets.tsv:
#
#   "glob", glob, since when;  "closed", path;  "file" and a row of LogFile.pm        (all tab-separated)

package Offsets;

use strict;
use warnings;

use IO::Handle;
use List::Util qw(min);

my $ALIVE = 60;                 # seconds after which they are stored in any case

my $path;
my %since;                      # glob => since when it is watched
my %changed;                    # path => log: what is stored of it is not up to date
my %row;                        # path => what is stored of it
my $stored_closed = '';
my $last_stored;                # when; nothing until they are loaded
my $are_new = 0;                # logs that are not stored yet

sub configure {
    ($path) = @_;
    return;
}

# Returns the rows of a file that is there: no empty ones, and no comments.
sub rows {
    my ($file) = @_;
    open(my $handle, '<', $file) or return;
    chomp(my @lines = <$handle>);
    return grep { length && !/^#/ } @lines;
}

# Returns the logs of the process before, by their paths; once.
sub load {
    return if defined $last_stored;
    $last_stored = (stat $path)[9] // 0;
    my %logs;
    for (rows($path)) {
        my ($kind, @fields) = split /\t/;
        if ($kind eq 'glob') { $since{ $fields[0] } = $fields[1] // $last_stored }
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
    return %logs;
}

# Since when a glob is watched, if it is; and that it is, from now on.
sub since {
    my ($glob) = @_;
    return $since{$glob};
}

sub is_watched {
    my ($glob, $now) = @_;
    $changed{''} = $since{$glob} = $now;
    return;
}

# A log that is new, one of which more was processed or that has other files, and one that is gone.
sub added {
    my ($log) = @_;
    $row{ $log->{path} } = _row($log);
    $are_new = 1;
    return changed($log);
}

sub changed {
    my ($log) = @_;
    return $changed{ $log->{path} } = $log;
}

sub removed {
    my ($log) = @_;
    delete @{$_}{ $log->{path} } for \%changed, \%row;
    $changed{''} = 1;
    return;
}

# Before a line of a new log is read: read again after a crash, it begins with the same generation.
sub save_new {
    _write($stored_closed) if $are_new;
    return;
}

# Stores how far every file was processed, and now and then that nothing changed: so others see that this
# process lives and can write. While a rotated file is read, its position is kept too.
sub save {
    return 1 unless defined $last_stored;    # what is there is all that is known
    my $closed = join '', map { "closed\t$_\n" } News::stored();
    return 1 if !%changed && $closed eq $stored_closed && time() < $last_stored + $ALIVE && time() >= $last_stored;
    delete $changed{''};
    $row{$_} = _row($changed{$_}) for keys %changed;
    %changed = ();
    _write($closed);
    return 1;
}

sub _row {
    my ($log) = @_;
    my @files = @{ $log->{files} };
    unshift @files, $log->{before} if $log->{before} && !grep { $_->{read} } @files;
    return join '', map { join("\t", 'file', LogFile::row($_)) . "\n" } @files;
}

sub _replace {
    my (@texts) = @_;
    open(my $handle, '>', "$path.new") or return;
    return print({$handle} @texts) && $handle->flush && $handle->sync && close($handle) && rename("$path.new", $path);
}

sub _write {
    my ($closed) = @_;
    $are_new = 0;
    if (_replace((map { "glob\t$_\t$since{$_}\n" } sort keys %since), $closed, values %row)) {
        $stored_closed = $closed;
        $last_stored = time();
        News::no_complaint($path);
    }
    else {
        $changed{''} = 1;
        News::complain($path, "Cannot store the read offsets in $path ($!): after a crash lines are judged twice");
    }
    return;
}

1;
