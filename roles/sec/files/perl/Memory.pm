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
# The file is a journal, one change a line, tab-separated, of which the value may hold tabs itself:
#   "+", due time, 1 if awaited, table, owner, key, value    or    "-", table, owner, key
# What comes and goes between two times of storing is not in it.

package Memory;

use strict;
use warnings;

use IO::Handle;

# A table has room for so many entries, and for so many bytes of owners, keys and values. The oldest make
# room, awaited ones early.
our $limit = 10_000;
our $limit_bytes = 8 << 20;

# An entry, which the table and both lists below hold. One that was replaced or forgotten stays in the lists,
# emptied, until they are tidied.
use constant {DUE => 0, AWAITED => 1, VALUE => 2, TABLE => 3, OWNER => 4, KEY => 5, STORED => 6};

my $MOST_UNSAVED = 50_000;    # changes

my $path;
my %entries;    # table => {owner => {key => entry}}
my %watch;      # table => what is called for each entry that comes or goes
my (%size, %bytes);    # table => how many entries, and their bytes
my %order;      # table => [entries, oldest first]
my %due;        # second => [entries]
my ($due_places, $earliest) = (0, 0);
my ($last_look, $loaded) = (0, 0);
my ($journal, $journal_lines) = (undef, 0);
my @unsaved;    # changes in their order: an entry that is new, or the place of one that is gone
my @early;      # awaited entries that had to make room
my $complained;
my %full;       # table => when it was said that it is full

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
    my ($kind, @fields) = @_;
    my $value = $kind eq '+' ? pop @fields : undef;
    for (@fields) { $_ = _escape($_) if tr/\\\x00-\x1f// }
    return join("\t", $kind, @fields) . "\n" unless defined $value;
    $value = join "\t", map { _escape($_) } split /\t/, $value, -1 if $value =~ tr/\\\x00-\x08\x0a-\x1f//;
    return join("\t", $kind, @fields, $value) . "\n";
}

sub _find {
    my ($table, $owner, $key) = @_;
    my $owned = $entries{$table} && $entries{$table}{$owner} or return;
    return $owned->{$key};
}

sub _bytes_of {
    my ($entry) = @_;
    return length($entry->[OWNER]) + length($entry->[KEY]) + length $entry->[VALUE];
}

sub _remove {
    my ($table, $owner, $key) = @_;
    my $entry = _find($table, $owner, $key) or return;
    delete $entries{$table}{$owner}{$key};
    delete $entries{$table}{$owner} unless %{ $entries{$table}{$owner} };
    $size{$table}--;
    $bytes{$table} -= _bytes_of($entry);
    $watch{$table}->(-1, @{$entry}[OWNER, KEY, VALUE]) if $watch{$table};
    my @was = @{$entry};
    @{$entry} = ();
    return \@was;
}

sub _event {
    my ($entry) = @_;
    return join "\t", @{$entry}[TABLE, OWNER, KEY, VALUE];
}

sub _forget {
    my @place = @_;
    my $entry = _remove(@place);
    push @unsaved, \@place if $entry && $entry->[STORED];
    return $entry;
}

sub _make_room {
    my ($table) = @_;
    while ($size{$table} > $limit || $bytes{$table} > $limit_bytes) {
        my $entry = shift @{ $order{$table} };
        next unless @{$entry};
        $entry = _forget(@{$entry}[TABLE, OWNER, KEY]);
        push @early, _event($entry) if $entry->[AWAITED];
        _complain_of($table);
    }
    return;
}

# An event of its own, once a day for a table: what makes room is a window that ended early, or a session that
# is not followed to its end.
sub _complain_of {
    my ($table) = @_;
    return if $full{$table} && time() < $full{$table} + 86_400;
    $full{$table} = time();
    push @early, join "\t", 'full', '', $table, $size{$table};
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
    for my $owners (values %entries) {
        for my $entry (map { values %{$_} } values %{$owners}) {
            $entry->[DUE] -= $seconds_earlier;
            _note_due($entry);
            push @unsaved, $entry if $seconds_earlier && defined $path;
        }
    }
    return;
}

sub _tidy {
    my ($table) = @_;
    if (@{ $order{$table} } > 1.25 * $size{$table} + 1000) {
        $order{$table} = [grep { @{$_} } @{ $order{$table} }];
    }
    _all_due_anew(0) if $due_places > 1.25 * _entries() + 1000;
    return;
}

sub _note_due {
    my ($entry) = @_;
    push @{ $due{ $entry->[DUE] } }, $entry;
    $due_places++;
    $earliest = $entry->[DUE] if !$earliest || $entry->[DUE] < $earliest;
    return;
}

sub _put {
    my ($table, $owner, $key, $due, $awaited, $value) = @_;
    my $before = _remove($table, $owner, $key);
    my $entry = [$due, $awaited, $value, $table, $owner, $key, $before && $before->[STORED]];
    $watch{$table}->(1, $owner, $key, $value) if $watch{$table};
    $size{$table}++;
    $bytes{$table} += _bytes_of($entry);
    $entries{$table}{$owner}{$key} = $entry;
    push @{ $order{$table} }, $entry;
    _note_due($entry);
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
        my ($kind, @fields) = map { _unescape($_) } split /\t/, $line, 7;
        _put(@fields[2, 3, 4], @fields[0, 1], $fields[5])->[STORED] = 1 if $kind eq '+' && @fields == 6;
        _remove(@fields) if $kind eq '-' && @fields == 3;
    }
    return;
}

sub _remember {
    my ($awaited, $table, $seconds, $owner, $key, @values) = @_;
    _load();
    my $due = int(time() + $seconds);
    my $entry = _put($table, $owner, $key, $due, $awaited, join "\t", @values);
    push @unsaved, $entry if defined $path;
    _make_room($table);
    _tidy($table);
    save() if @unsaved > $MOST_UNSAVED;    # more is only stored earlier than once a second
    return 1;
}

# Parameters: a table, and what is called for each of its entries that comes (1) or goes (-1), with its owner, key
# and value. It must not change the memory.
sub watch {
    my ($table, $call) = @_;
    $watch{$table} = $call;
    return;
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

# Parameters: table, seconds until it is forgotten from now, owner, key. What is not there stays so, and so does
# what has more than half of that time before it: then there is nothing to store.
sub keep {
    my ($table, $seconds, $owner, $key) = @_;
    _load();
    my $entry = _find($table, $owner, $key) or return;
    return if $entry->[DUE] > time() + $seconds / 2;
    return _remember($entry->[AWAITED], $table, $seconds, $owner, $key, $entry->[VALUE]);
}

# Parameters of the next five: table, owner, key. The value, or an empty text:
sub recall {
    _load();
    my $entry = _find(@_) or return '';
    return $entry->[VALUE];
}

# True if there is such an entry:
sub knows {
    _load();
    return _find(@_) ? 1 : 0;
}

# Forgets the entry before its time; the value, or an empty text:
sub take {
    _load();
    my $entry = _forget(@_) or return '';
    return $entry->[VALUE];
}

# Takes one back that was counted. Parameters: table, owner, key.
sub uncount {
    my ($table, $owner, $key) = @_;
    _load();
    my $entry = _find($table, $owner, $key) or return;
    my ($count, @times) = split /\t/, $entry->[VALUE];
    return _forget($table, $owner, $key) if $count <= 1;
    return _remember($entry->[AWAITED], $table, $entry->[DUE] - time(), $owner, $key, $count - 1, @times);
}

# What count() has counted:
sub counted { return (split /\t/, recall(@_))[0] || 0 }

# Parameters: table, owner. Returns the keys of what the owner has, sorted.
sub keys_of {
    my ($table, $owner) = @_;
    _load();
    my $owned = $entries{$table} && $entries{$table}{$owner} or return;
    my @keys = sort keys %{$owned};
    return @keys;    # their number, where that is asked for: a bare sort says nothing there
}

# Parameters: table, owner. How many keys that has.
sub number_of {
    my ($table, $owner) = @_;
    _load();
    my $owned = $entries{$table} && $entries{$table}{$owner};
    return $owned ? scalar keys %{$owned} : 0;
}

# Parameter: table. Returns all [owner, key, value].
sub all {
    my ($table) = @_;
    _load();
    my $owners = $entries{$table} or return;
    return map { my $owner = $_; map { [$owner, $_, $owners->{$owner}{$_}[VALUE]] } sort keys %{ $owners->{$owner} } }
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
        my $entries = delete $due{$second};
        $due_places -= @{$entries};
        for my $entry (grep { @{$_} } @{$entries}) {
            $entry = _forget(@{$entry}[TABLE, OWNER, KEY]);
            push @events, _event($entry) if $entry->[AWAITED];
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
        return $second if grep { @{$_} && $_->[AWAITED] } @{ $due{$second} };
    }
    return;
}

# Parameters: a handle, entries. Returns how many lines it wrote; nothing if it could not.
sub _write {
    my ($file, @changes) = @_;
    my $lines = 0;
    for my $change (@changes) {
        next unless @{$change};    # it is gone again, and was never stored
        if (@{$change} == 3) {
            print {$file} _line('-', @{$change}) or return;
        }
        else {
            print {$file} _line('+', @{$change}[DUE, AWAITED, TABLE, OWNER, KEY, VALUE]) or return;
            $change->[STORED] = 1;
        }
        $lines++;
    }
    return unless $file->flush && $file->sync;
    return $lines;
}

sub _write_anew {
    open(my $file, '>', "$path.new") or return;
    my $lines = _write($file, map { map { values %{$_} } values %{ $entries{$_} } } sort keys %entries);
    return unless defined $lines && rename "$path.new", $path;
    ($journal, $journal_lines) = ($file, $lines);
    return 1;
}

sub _write_changes {
    my $lines = _write($journal, @unsaved);
    $journal_lines += $lines if defined $lines;
    $journal = undef unless defined $lines;    # may be torn
    return defined $lines;
}

# Stores all changes since the last time. Returns 1, or nothing if they could not be stored: the
# read offsets must not be ahead of the memory.
sub save {
    return 1 if !defined $path || (!@unsaved && $journal);
    _load();
    my $stored = $journal && $journal_lines <= 4 * _entries() + 10_000 ? _write_changes() : _write_anew();
    if ($stored) {
        (@unsaved, $complained) = ();
        return 1;
    }
    warn "<4>Cannot store the correlator's memory in $path ($!): after a crash lines are judged twice\n"
        unless $complained++;
    return;
}

1;
