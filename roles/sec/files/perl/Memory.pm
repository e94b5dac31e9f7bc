# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What the correlator has to know later: open sessions, windows that run, users and their countries.
# SEC's own contexts end with the process and have no limit. An entry here survives a restart and a
# kill, and a table holds a bounded number of them.
#
#   perl -MMemory=/var/lib/geowatch/sec/memory ... /usr/bin/sec ...
#
# An entry is in a table, belongs to an owner, and has a key, a value and a time to be forgotten. An
# entry that is awaited comes back as an event when its time is over; see forgotten().
#
# The file is a journal, one change a line, tab-separated:
#   "+", due time, 1 if awaited, table, owner, key, value    or    "-", table, owner, key

package Memory;

use strict;
use warnings;

use IO::Handle;

# At 20,000 entries of 500 bytes a table takes 10 MB. The oldest make room, awaited ones early.
our $limit = 20_000;

my $path;
my %entries;    # table => {owner => {key => [due, awaited, serial, value]}}
my %size;       # table => how many entries
my %order;      # table => [[owner, key, serial], ...], oldest first
my %due;        # second => [[table, owner, key, serial], ...]
my ($due_places, $earliest) = (0, 0);
my ($serial, $last_look, $loaded) = (0, 0, 0);
my ($journal, $journal_lines, $unsaved) = (undef, 0, '');
my @early;      # awaited entries that had to make room
my $complained;

sub import {
    my (undef, $file) = @_;
    $path = $file;
    return;
}

sub _escape {
    my ($text) = @_;
    $text =~ s/([\\\x00-\x1f])/sprintf '\\x%02x', ord $1/ge;
    return $text;
}

sub _unescape {
    my ($text) = @_;
    $text =~ s/\\x([0-9a-f]{2})/chr hex $1/ge;
    return $text;
}

sub _line {
    return join("\t", map { _escape($_) } @_) . "\n";
}

sub _added {
    my ($table, $owner, $key, $entry) = @_;
    return _line('+', @{$entry}[0, 1], $table, $owner, $key, $entry->[3]);
}

sub _find {
    my ($table, $owner, $key) = @_;
    my $owned = $entries{$table} && $entries{$table}{$owner} or return;
    return $owned->{$key};
}

sub _remove {
    my ($table, $owner, $key) = @_;
    my $entry = _find($table, $owner, $key) or return;
    delete $entries{$table}{$owner}{$key};
    delete $entries{$table}{$owner} unless %{ $entries{$table}{$owner} };
    $size{$table}--;
    return $entry;
}

sub _event {
    my ($table, $owner, $key, $entry) = @_;
    return join "\t", $table, $owner, $key, $entry->[3];
}

sub _make_room {
    my ($table) = @_;
    while ($size{$table} > $limit) {
        my ($owner, $key, $number) = @{ shift @{ $order{$table} } };
        my $entry = _find($table, $owner, $key);
        next if !$entry || $entry->[2] != $number;
        _remove($table, $owner, $key);
        $unsaved .= _line('-', $table, $owner, $key);
        push @early, _event($table, $owner, $key, $entry) if $entry->[1];
    }
    return;
}

sub _entries {
    my $entries = 0;
    $entries += $_ for values %size;
    return $entries;
}

sub _all_due_anew {
    my ($seconds_earlier) = @_;
    (%due, $due_places, $earliest) = ();
    for my $table (keys %entries) {
        for my $owner (keys %{ $entries{$table} }) {
            while (my ($key, $entry) = each %{ $entries{$table}{$owner} }) {
                $entry->[0] -= $seconds_earlier;
                _note_due($table, $owner, $key, $entry);
                $unsaved .= _added($table, $owner, $key, $entry) if $seconds_earlier;
            }
        }
    }
    return;
}

# Entries that were replaced or forgotten leave their places in the lists behind.
sub _tidy {
    my ($table) = @_;
    if (@{ $order{$table} } > 4 * $size{$table} + 1000) {
        $order{$table} = [
            grep { my $entry = _find($table, @{$_}[0, 1]); $entry && $entry->[2] == $_->[2] }
                @{ $order{$table} }
        ];
    }
    _all_due_anew(0) if $due_places > 10_000 && $due_places > 4 * _entries();
    return;
}

sub _note_due {
    my ($table, $owner, $key, $entry) = @_;
    push @{ $due{ $entry->[0] } }, [$table, $owner, $key, $entry->[2]];
    $due_places++;
    $earliest = $entry->[0] if !$earliest || $entry->[0] < $earliest;
    return;
}

sub _put {
    my ($table, $owner, $key, $due, $awaited, $value) = @_;
    my $entry = [$due, $awaited, ++$serial, $value];
    $size{$table}++ unless _find($table, $owner, $key);
    $entries{$table}{$owner}{$key} = $entry;
    push @{ $order{$table} }, [$owner, $key, $serial];
    _note_due($table, $owner, $key, $entry);
    return $entry;
}

sub _load {
    return if $loaded++ || !defined $path;
    my $file;
    if (!open($file, '<', $path)) {
        die "The correlator's memory $path cannot be read: $!\n" unless $!{ENOENT};
        return;
    }
    while (my $line = <$file>) {
        last unless chomp $line;    # torn by a crash
        my ($kind, @fields) = map { _unescape($_) } split /\t/, $line, -1;
        _put(@fields[2, 3, 4], @fields[0, 1], $fields[5]) if $kind eq '+' && @fields == 6;
        _remove(@fields) if $kind eq '-' && @fields == 3;
    }
    return;
}

sub _remember {
    my ($awaited, $table, $seconds, $owner, $key, @values) = @_;
    _load();
    my $due = int(time() + $seconds);
    my $entry = _put($table, $owner, $key, $due, $awaited, join "\t", @values);
    $unsaved .= _added($table, $owner, $key, $entry);
    _make_room($table);
    _tidy($table);
    return 1;
}

# Parameters of both: table, seconds until it is forgotten, owner, key, the fields of the value.
# An awaited entry comes back as an event then. An entry that is there already is replaced.
sub remember { return _remember(0, @_) }
sub await    { return _remember(1, @_) }

# Counts one more: parameters as above, with one value. The entry is forgotten when nothing was counted
# for so many seconds, and is awaited. Its value: count, first value, last value. Returns the count.
sub count {
    my ($table, $seconds, $owner, $key, $value) = @_;
    my ($count, $first) = split /\t/, recall($table, $owner, $key);
    ($count, $first) = (0, $value) unless $count;
    await($table, $seconds, $owner, $key, $count + 1, $first, $value);
    return $count + 1;
}

# Parameters: table, seconds until it is forgotten from now, owner, key. What is not there stays so.
# Returns the value, or an empty text.
sub keep {
    my ($table, $seconds, $owner, $key) = @_;
    _load();
    my $entry = _find($table, $owner, $key) or return '';
    _remember($entry->[1], $table, $seconds, $owner, $key, $entry->[3]);
    return $entry->[3];
}

# Parameters of the next five: table, owner, key. The value, or an empty text:
sub recall {
    _load();
    my $entry = _find(@_) or return '';
    return $entry->[3];
}

# True if there is such an entry:
sub knows {
    _load();
    return _find(@_) ? 1 : 0;
}

# Forgets the entry before its time; the value, or an empty text:
sub take {
    my ($table, $owner, $key) = @_;
    _load();
    my $entry = _remove($table, $owner, $key) or return '';
    $unsaved .= _line('-', $table, $owner, $key);
    return $entry->[3];
}

# What count() has counted:
sub counted { return (split /\t/, recall(@_))[0] || 0 }

# Any number of tables, then owner and key. True if one of them has such an entry:
sub knows_in {
    my $key = pop;
    my $owner = pop;
    return scalar grep { knows($_, $owner, $key) } @_;
}

# Parameters: table, owner. Returns the keys of what the owner has, sorted.
sub keys_of {
    my ($table, $owner) = @_;
    _load();
    my $owned = $entries{$table} && $entries{$table}{$owner} or return;
    my @keys = sort keys %{$owned};
    return @keys;    # their number, where that is asked for: a bare sort says nothing there
}

# Parameter: table. Returns all [owner, key, value].
sub all {
    my ($table) = @_;
    _load();
    my $owners = $entries{$table} or return;
    return map { my $owner = $_; map { [$owner, $_, $owners->{$owner}{$_}[3]] } sort keys %{ $owners->{$owner} } }
        sort keys %{$owners};
}

# Forgets what is over. Returns the awaited ones, in the order of their times, one a line:
# table, owner, key, value.
sub forgotten {
    _load();
    my $now = time();
    # A clock that was set back must not keep what is awaited waiting: the entries move with it.
    _all_due_anew($last_look - $now) if $now < $last_look - 5;
    $last_look = $now;
    my @events = splice @early;
    return join "\n", @events if !$earliest || $now < $earliest;
    for my $second (sort { $a <=> $b } grep { $_ <= $now } keys %due) {
        my $places = delete $due{$second};
        $due_places -= @{$places};
        for (@{$places}) {
            my ($table, $owner, $key, $number) = @{$_};
            my $entry = _find($table, $owner, $key);
            next if !$entry || $entry->[2] != $number;
            _remove($table, $owner, $key);
            $unsaved .= _line('-', $table, $owner, $key);
            push @events, _event($table, $owner, $key, $entry) if $entry->[1];
        }
    }
    ($earliest) = sort { $a <=> $b } keys %due;
    return join "\n", @events;
}

# Returns when the next awaited entry is due, or nothing.
sub next_awaited {
    _load();
    return time() if @early;
    for my $second (sort { $a <=> $b } keys %due) {
        for (@{ $due{$second} }) {
            my $entry = _find(@{$_}[0 .. 2]);
            return $second if $entry && $entry->[2] == $_->[3] && $entry->[1];
        }
    }
    return;
}

sub _write_anew {
    open(my $file, '>', "$path.new") or return;
    my $lines = 0;
    for my $table (sort keys %entries) {
        for my $owner (keys %{ $entries{$table} }) {
            for my $key (keys %{ $entries{$table}{$owner} }) {
                print {$file} _added($table, $owner, $key, $entries{$table}{$owner}{$key}) or return;
                $lines++;
            }
        }
    }
    $file->flush && $file->sync && rename("$path.new", $path) or return;
    ($journal, $journal_lines) = ($file, $lines);
    return 1;
}

# Stores all changes since the last time. Returns 1, or nothing if they could not be stored: the
# read offsets must not be ahead of the memory.
sub save {
    return 1 if !defined $path || ($unsaved eq '' && $journal);
    _load();
    my $stored;
    if (!$journal || $journal_lines > 4 * _entries() + 10_000) {
        $stored = _write_anew();
    }
    else {
        $journal_lines += $unsaved =~ tr/\n//;
        $stored = print({$journal} $unsaved) && $journal->flush && $journal->sync;
        $journal = undef unless $stored;    # may be torn
    }
    if ($stored) {
        ($unsaved, $complained) = ('', undef);
        return 1;
    }
    warn "<4>Cannot store the correlator's memory in $path ($!): after a crash lines are judged twice\n"
        unless $complained++;
    return;
}

1;
