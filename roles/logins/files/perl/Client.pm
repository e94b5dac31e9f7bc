# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# The clients that are known: who is where. Life.pm says what becomes of them.
#
# In the correlator's memory, by daemon (source, server, program and its pid) and place (address and port):
#   client    one that connected, and its state: connected, deferred or addressed until it is decided
#             whether it was let in, then in
#   logged_as by id of the login: the name in the log, if another stands for the person

package Client;

use strict;
use warnings;

my $A_DAY = 86_400;
my @FIELDS = qw(state proof id time server program user ip source place raw);    # of an entry in "client"

# Of what is in "client":
my %names;      # daemon => {name => how many have it}
my %places;     # source and server => {key => the daemon that spoke of it last}
my %awaited;    # source and server => {daemon => {key => 1}}

INIT { Memory::watch('client', \&_changed) }    # modules are loaded in any order

# Parameters: 1 or -1, the daemon, the key, the value of the entry that came or went.
sub _changed {
    my ($change, $daemon, $key, $value) = @_;
    my ($state, undef, undef, undef, $server, undef, $user, undef, $source) = split /\t/, $value, 10;
    my $host = "$source $server";
    if ($change > 0) {
        $names{$daemon}{$user}++;
        $places{$host}{$key} = $daemon;
        $awaited{$host}{$daemon}{$key} = 1 if $state ne 'in';
        return;
    }
    _forget(\%names, $daemon, $user) unless --$names{$daemon}{$user};
    _forget(\%places, $host, $key) if ($places{$host}{$key} // '') eq $daemon;
    if ($state ne 'in') {
        _forget($awaited{$host}, $daemon, $key);
        delete $awaited{$host} unless %{ $awaited{$host} };
    }
    return;
}

sub _forget {
    my ($tree, $first, $second) = @_;
    delete $tree->{$first}{$second};
    delete $tree->{$first} unless %{ $tree->{$first} };
    return;
}

# Parameters of the next three: a message, and a daemon if only its clients are meant. Those that wait to be decided:
sub awaited {
    my ($message, $only) = @_;
    my $daemons = $awaited{"$message->{source} $message->{server}"} or return;
    return map { my $daemon = $_; map { entry($daemon, $_) // () } sort keys %{ $daemons->{$daemon} } }
        defined $only ? grep { exists $daemons->{$_} } $only : sort keys %{$daemons};
}

# Those of its name, at whatever place:
sub named {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    return knows_name($daemon, $user // '') ? grep { $_->{user} eq $user } all($message) : ();
}

# All of its daemon:
sub all {
    my ($message) = @_;
    return map { entry($message->{daemon}, $_) } Memory::keys_of('client', $message->{daemon});
}

# How a daemon is told from all others. Sources have clients of their own.
sub daemon {
    my ($source, $server, $program, $pid) = map { $_ // '' } @_[0 .. 3];
    return "$source $server $program\[$pid]";
}

# Parameter: a message. The place of its client: address and port, or what the program calls the session.
sub place {
    my ($message) = @_;
    return "#$message->{session}" if length($message->{session} // '');
    my ($ip, $port) = @{$message}{qw(ip port)};
    return '' unless defined $ip;
    $ip =~ s/%.*//s;
    return !length($port // '') ? $ip : $ip =~ /:/ ? "[$ip]:$port" : "$ip:$port";
}

sub has_names { return exists $names{ $_[0] } }

sub knows_name {
    my ($daemon, $name) = @_;
    return exists $names{$daemon} && exists $names{$daemon}{$name};
}

sub is_at {
    my ($daemon, $place, $name) = @_;
    return unless knows_name($daemon, $name);
    my $entry = entry($daemon, key($place, $name));
    return $entry && $entry->{user} eq $name;
}

# Whether nobody else can have this place: an address with its port, or a session's own id.
sub is_own { return $_[0] =~ /^(?:#|[^:]+:\d|\[)/ }

# Several clients may share an address without a port: their names tell them apart.
sub key {
    my ($place, $user) = @_;
    return is_own($place) ? $place : "$place " . ($user // '');
}

# Parameters: a daemon, a key, and the value if it is gone from the memory.
sub entry {
    my ($daemon, $key, $value) = @_;
    $value //= Memory::recall('client', $daemon, $key);
    return unless length $value;
    my %entry = (daemon => $daemon, key => $key);
    @entry{@FIELDS} = split /\t/, $value, scalar @FIELDS;
    return \%entry;
}

# The entry that a message is about. A line without a name is about whoever is at its place, if that is one.
sub at {
    my ($message) = @_;
    my ($daemon, $place, $user) = @{$message}{qw(daemon place user)};
    if ($place eq '') {
        my @named = length($user // '') ? named($message) : ();
        return @named == 1 ? $named[0] : undef;
    }
    my $entry = entry($daemon, key($place, $user));
    return $entry if $entry;
    if (!$message->{is_named} && is_own($place)) {
        # A program beside the daemon knows its clients, too.
        my $other = $places{"$message->{source} $message->{server}"}{$place};
        return defined $other ? entry($other, $place) : undef;
    }
    my @here = grep { $_->{place} eq $place && (!length($user // '') || $_->{state} ne 'in') } map { entry($daemon, $_) }
        grep { index($_, $place) == 0 } Memory::keys_of('client', $daemon);
    return @here == 1 ? $here[0] : undef;
}

# Puts an entry into its place. Parameters: the entry, seconds, and whether it is awaited.
sub put {
    my ($entry, $seconds, $awaited) = @_;
    my @value = map { $_ // '' } @{$entry}{@FIELDS};
    my $put = $awaited ? \&Memory::await : \&Memory::remember;
    return $put->('client', $seconds, @{$entry}{qw(daemon key)}, @value);
}

sub take {
    my ($entry) = @_;
    return Memory::take('client', @{$entry}{qw(daemon key)});
}

# A client as a message shows it.
sub new {
    my ($message, $proof) = @_;
    my %entry = map { $_ => $message->{$_} } qw(time server program user ip source place raw daemon);
    @entry{qw(proof id key)} = ($proof, Queue::id(Inputs::place(), $message->{raw}), key(@{$message}{qw(place user)}));
    Late::came(\%entry);
    Memory::remember('logged_as', $A_DAY, 'login', $entry{id}, $message->{logged_as}) if defined $message->{logged_as};
    return \%entry;
}

# Names that differ in upper and lower case only are one, where the rules say so.
our $keeps_case = 0;

sub fold {
    my ($name) = map { $_ // '' } @_;
    return $name if $keeps_case;
    my $text = $name;
    return $name unless utf8::decode($text);
    $text = lc $text;
    utf8::encode($text);
    return $text;
}

1;
