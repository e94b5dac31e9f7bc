# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# The life of a client, as a small state machine: docs/design.md has it as a table. A message is what
# Source.pm found in a line.
#
# In the correlator's memory, by daemon (source, server, program and its pid) and place (address and port):
#   client    one that connected, and its state: connected, deferred or addressed until it is decided
#             whether it was let in, then in
#   try       what was said of a try that failed: refused, failed, rejected, deferred. It ends with the
#             try, and says nothing of the next one
# by daemon:
#   habit     what it says of every client that it lets in: addressed, established
#
# What anybody can cause decides when a login is judged, never whether: a state that a stranger can set
# ends within seconds, and a login that could be somebody's is judged.

package Client;

use strict;
use warnings;

my $FOLLOWED = 604_800;      # seconds; a session whose end is not logged is forgotten after a week
my $BACKGROUND = 90;         # a check in the background takes no longer; a second factor says how long
my $LEARNS = 2;              # from the address of the pool to the last checks
my $SAME_TRY = 2;            # between the lines of one try, by the log's own time
my $SAID_AGAIN = 60;         # more lines about a failed try are no news

my @FIELDS = qw(state proof id time server program user ip source place raw);    # of an entry in "client"
# Of what is in "client":
my %names;                   # daemon => {name => {key => 1}}
my %places;                  # server => {key => {daemon => 1}}
my %awaited;                 # server => {daemon => {key => 1}}
my $confirm = 10;            # seconds

Memory::watch('client', \&_changed);

# Parameters: 1 or -1, the daemon, the key, the value of the entry that came or went.
sub _changed {
    my ($change, $daemon, $key, $value) = @_;
    my ($state, undef, undef, undef, $server, undef, $user) = split /\t/, $value, 8;
    if ($change > 0) {
        $names{$daemon}{$user}{$key} = 1;
        $places{$server}{$key}{$daemon} = 1;
        $awaited{$server}{$daemon}{$key} = 1 if $state ne 'in';
        return;
    }
    _forget(\%names, $daemon, $user, $key);
    _forget(\%places, $server, $key, $daemon);
    _forget(\%awaited, $server, $daemon, $key) if $state ne 'in';
    return;
}

sub _forget {
    my ($tree, $first, $second, $third) = @_;
    delete $tree->{$first}{$second}{$third};
    delete $tree->{$first}{$second} unless %{ $tree->{$first}{$second} };
    delete $tree->{$first} unless %{ $tree->{$first} };
    return;
}

sub _awaited {
    my ($server, $daemon) = @_;
    return map { _entry($daemon, $_) // () } sort keys %{ $awaited{$server}{$daemon} // {} };
}

# How a daemon is told from all others. Sources have clients of their own.
sub daemon {
    my ($source, $server, $program, $pid) = map { $_ // '' } @_;
    return "$source $server $program\[$pid]";
}

# Parameter: a message. The place of its client: address and port, or what the program calls the session.
sub place {
    my ($message) = @_;
    return "#$message->{session}" if length($message->{session} // '');
    my ($ip, $port) = @{$message}{qw(ip port)};
    return '' unless defined $ip;
    return !length($port // '') ? $ip : $ip =~ /:/ ? "[$ip]:$port" : "$ip:$port";
}

sub has_names { return exists $names{ $_[0] } }

sub knows_name {
    my ($daemon, $name) = @_;
    return exists $names{$daemon} && exists $names{$daemon}{$name};
}

sub is_at {
    my ($daemon, $place, $name) = @_;
    return knows_name($daemon, $name) && exists $names{$daemon}{$name}{ _key($place, $name) };
}

sub is_awaited {
    my ($server, $daemon, $place) = @_;
    return exists $awaited{$server} && exists $awaited{$server}{$daemon} && exists $awaited{$server}{$daemon}{$place};
}

# Whether nobody else can have this place: an address with its port, or a session's own id.
sub _is_own { return $_[0] =~ /^(?:#|[^:]+:\d|\[)/ }

# Several clients may share an address without a port: their names tell them apart.
sub _key {
    my ($place, $user) = @_;
    return _is_own($place) ? $place : "$place " . ($user // '');
}

sub _entry {
    my ($daemon, $key) = @_;
    my $value = Memory::recall('client', $daemon, $key);
    return unless length $value;
    my %entry = (daemon => $daemon, key => $key);
    @entry{@FIELDS} = split /\t/, $value, scalar @FIELDS;
    return \%entry;
}

# The entry that a message is about. A line without a name is about whoever is at its place, if that is one.
sub _at {
    my ($message) = @_;
    my ($daemon, $place, $user) = @{$message}{qw(daemon place user)};
    return if $place eq '';
    my $entry = _entry($daemon, _key($place, $user));
    return $entry if $entry;
    if (!$message->{is_named} && _is_own($place)) {
        # A program beside the daemon knows its clients, too.
        my ($other) = sort keys %{ $places{ $message->{server} }{$place} // {} };
        return defined $other ? _entry($other, $place) : undef;
    }
    my @here = grep { $_->{place} eq $place && (!length($user // '') || $_->{state} ne 'in') } map { _entry($daemon, $_) }
        grep { index($_, $place) == 0 } Memory::keys_of('client', $daemon);
    return @here == 1 ? $here[0] : undef;
}

# Puts an entry into its place. Parameters: the entry, seconds, and whether it is awaited.
sub _put {
    my ($entry, $seconds, $awaited) = @_;
    my @value = map { $_ // '' } @{$entry}{@FIELDS};
    my $put = $awaited ? \&Memory::await : \&Memory::remember;
    return $put->('client', $seconds, @{$entry}{qw(daemon key)}, @value);
}

sub _take {
    my ($entry) = @_;
    return Memory::take('client', @{$entry}{qw(daemon key)});
}

# A client as a message shows it.
sub _new {
    my ($message, $proof) = @_;
    my %entry = map { $_ => $message->{$_} } qw(time server program user ip source place raw daemon);
    @entry{qw(proof id key)} = ($proof, Queue::id(Inputs::place(), $message->{raw}), _key(@{$message}{qw(place user)}));
    return \%entry;
}

sub _is_in { return $_[0] && $_[0]{state} eq 'in' }

# A login: it is judged, and followed to its end.
sub _log_in {
    my ($entry) = @_;
    return unless Address::is_one($entry->{ip} =~ s/%.*//sr);
    $entry->{proof} = 'unconfirmed' if $entry->{proof} eq 'doubted';
    Queue::append('connections', @{$entry}{qw(id ip source time server user place proof raw)});
    @{$entry}{qw(state raw)} = ('in', '');
    _put($entry, $FOLLOWED, 0);
    Event::happens('LOGIN', @{$entry}{qw(proof time server source)});
    return;
}

# Its session is over.
sub _over {
    my ($entry, $time) = @_;
    _take($entry);
    Event::happens('SESSION_ENDED', $time, @{$entry}{qw(server user id time source)});
    return;
}

# What was never rejected is a login. But a daemon that says more of those that it lets in has to say it, and
# one that asked for a second factor, too, unless nobody can wait any longer.
sub _decide {
    my ($entry, $why) = @_;
    _take($entry);
    my ($daemon, $state) = @{$entry}{qw(daemon state)};
    return if $state eq 'deferred' && $why eq 'ended';
    return if Memory::knows('habit', $daemon, 'established') || ($state ne 'addressed' && Memory::knows('habit', $daemon, 'addressed'));
    _log_in($entry);
    return;
}

sub _has_habit {
    my ($daemon, $habit) = @_;
    Memory::remember('habit', $FOLLOWED, $daemon, $habit) unless Memory::knows('habit', $daemon, $habit);
    return;
}

# What was said of a try at this place, if it can be of the try that the message is about. Returns its state and
# the name that it gave, if so.
sub _try {
    my ($message, $seconds, @states) = @_;
    my ($state, $time, $user, $more) = split /\t/, Memory::recall('try', @{$message}{qw(daemon place)}), -1;
    return unless defined $state && grep { $_ eq $state } @states;
    my $since = Times::between($time, $message->{time});
    return $since >= -$seconds && $since <= $seconds ? ($state, $user, $more) : ();
}

sub _note_try {
    my ($message, $state, $user, $more) = @_;
    return Memory::remember('try', $SAID_AGAIN, @{$message}{qw(daemon place)}, $state, $message->{time}, $user // '', $more // '');
}

# Parameters: a message, and which counts are meant: all, name (it is the same failure, named now), or less.
sub _failure {
    my ($message, $counts, $user) = @_;
    return Event::happens('FAILURE', $counts, @{$message}{qw(time server)}, $user // $message->{user}, @{$message}{qw(ip source raw)});
}

my %step;

# What a message does. Parameters: the message, for how many seconds a connected client may be rejected.
sub follow {
    my ($message, $seconds) = @_;
    $confirm = $seconds;
    Event::happens('NOT_UNDERSTOOD', @{$message}{qw(time server source)}, 'its time cannot be read', $message->{raw})
        if $message->{odd_time};
    $step{ $message->{means} }->($message);
    return 1;
}

# The time of an awaited entry is over. Parameters: its daemon, its key, its value.
sub overdue {
    my ($daemon, $key, $value) = @_;
    my %entry = (daemon => $daemon, key => $key);
    @entry{@FIELDS} = split /\t/, $value, scalar @FIELDS;
    _decide(\%entry, 'overdue');
    return 1;
}

# A client gave its name. Whatever is known of its place is of an earlier try. A wrong password is said before.
$step{connected} = sub {
    my ($message) = @_;
    my $earlier = _at({%{$message}, is_named => 0});
    if ($earlier && $earlier->{daemon} eq $message->{daemon}) {
        _is_in($earlier) ? _over($earlier, $message->{time}) : _decide($earlier, 'another');
    }
    # Where others have the same place, they could say it.
    if (_is_own($message->{place}) && (my ($state, $user) = _try($message, $SAME_TRY, 'failed'))) {
        _note_try($message, 'rejected', $user);
        return;
    }
    my $entry = _new($message, 'unconfirmed');
    my (undef, undef, $wait) = _try($message, $BACKGROUND, 'deferred');
    $entry->{state} = $wait ? 'deferred' : 'connected';
    _put($entry, $wait || $confirm, 1);
};

# Without a place it is said of all that are awaited: nobody knows which.
$step{deferred} = sub {
    my ($message) = @_;
    my $wait = $message->{seconds} ? $message->{seconds} + $confirm : $BACKGROUND;
    my @entries = $message->{place} eq ''
        ? _awaited(@{$message}{qw(server daemon)})
        : _at($message) // ();
    for (grep { $_->{state} =~ /^(?:connected|deferred)$/ } @entries) {
        $_->{state} = 'deferred';
        _put($_, $wait, 1);
    }
    _note_try($message, 'deferred', '', $wait) if !@entries && $message->{place} ne '';
};

# Behind an eviction it names nobody: then it is of the one that connected last.
$step{addressed} = sub {
    my ($message) = @_;
    my $daemon = $message->{daemon};
    my ($entry) = $message->{place} ne '' ? _at($message)
        : sort { $b->{time} cmp $a->{time} } _awaited(@{$message}{qw(server daemon)});
    return if _is_in($entry) || (!$entry && $message->{place} eq '');
    if ($entry) { _take($entry) }
    else        { $entry = _new($message, 'addressed') }
    @{$entry}{qw(state proof)} = qw(addressed addressed);
    _rename($entry, $message);
    _put($entry, Memory::knows('habit', $daemon, 'established') ? $BACKGROUND : $LEARNS, 1);
    _has_habit($daemon, 'addressed');
};

# A client may get another name than the one that it gave.
sub _rename {
    my ($entry, $message) = @_;
    return unless length($message->{user} // '') && $message->{user} ne $entry->{user};
    $entry->{user} = $message->{user};
    $entry->{key} = _key(@{$entry}{qw(place user)});
    return;
}

# Said again for every network behind the client.
$step{established} = sub {
    my ($message) = @_;
    my $entry = _at($message);
    if (_is_in($entry)) {
        return if !length($message->{user} // '') || $entry->{user} eq $message->{user};
        _over($entry, $message->{time});
        $entry = undef;
    }
    if ($entry) {
        _take($entry);
        _has_habit($entry->{daemon}, 'established') if $entry->{daemon} eq $message->{daemon};
    }
    else {
        $entry = _new($message, 'established');
    }
    $entry->{proof} = 'established';
    _rename($entry, $message);
    _log_in($entry);
};

# At the place of its session it started anew: nothing says that it connected.
$step{resumed} = sub {
    my ($message) = @_;
    my $entry = _at($message);
    if    (_is_in($entry)) { _over($entry, $message->{time}) }
    elsif ($entry)         { _take($entry) }
    _log_in(_new($message, 'resumed'));
};

$step{moved} = sub {
    my ($message) = @_;
    my $old = _at({%{$message}, place => place({ip => $message->{old_ip}, port => $message->{old_port}}), is_named => 0});
    _over($old, $message->{time}) if _is_in($old);
    my $there = _at($message);
    _over($there, $message->{time}) if _is_in($there);
    _log_in(_new($message, 'moved'));
};

# It has its name by now, so it is in. Which of several sessions moved is not known.
$step{seen} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my $here = _entry($daemon, _key(@{$message}{qw(place user)}));
    if ($here) {
        Memory::keep('client', $FOLLOWED, @{$here}{qw(daemon key)}) if _is_in($here);
        return;
    }
    my @elsewhere = grep { _is_in($_) } map { _entry($daemon, $_) // () } sort keys %{ $names{$daemon}{$user} // {} };
    _over($elsewhere[0], $message->{time}) if @elsewhere == 1;
    _log_in(_new($message, @elsewhere ? 'moved' : 'seen'));
};

# Where it was not seen before it moved, without a word.
$step{ended} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my $entry = _at($message);
    if (!$entry && $message->{is_named} && knows_name($daemon, $user)) {
        $step{seen}->($message);
        $entry = _at($message);
    }
    return unless $entry;
    _decide($entry, 'ended') unless _is_in($entry);
    $entry = _entry(@{$entry}{qw(daemon key)});
    _over($entry, $message->{time}) if $entry;
};

$step{evicted} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my @over = grep { _is_in($_) } map { _entry($daemon, $_) // () } sort keys %{ $names{$daemon}{$user} // {} };
    _over($_, $message->{time}) for @over;
};

# The handshake failed. Nothing of what is known of the client changes: it may be anybody's handshake.
$step{refused} = sub {
    my ($message) = @_;
    return if _try($message, $SAID_AGAIN, 'refused');
    _note_try($message, 'refused');
    _failure($message, 'all');
};

$step{failed} = sub {
    my ($message) = @_;
    my (undef, $named) = my @before = _try($message, $SAME_TRY, 'failed');
    _failure($message, @before ? 'name' : 'all') if !@before || (length($message->{user} // '') && !length $named);
    _note_try($message, 'failed', length($message->{user} // '') ? $message->{user} : $named);
};

# It was no failure, and there is nothing to wait for.
$step{challenged} = sub {
    my ($message) = @_;
    my $entry = _at($message);
    _take($entry) if $entry && !_is_in($entry);
    my ($state, $named) = _try($message, $SAID_AGAIN, 'failed', 'rejected');
    _failure($message, 'less', $named) if $state;
    _note_try($message, 'failed', length($named // '') ? $named : $message->{user}) if !$state || $state eq 'failed';
};

$step{rejected} = sub {
    my ($message) = @_;
    return _user_rejected($message) if $message->{place} eq '';
    my $entry = _at($message);
    my ($state, $named) = _try($message, $SAID_AGAIN, 'failed', 'rejected');
    my $user = $message->{user};
    if ($entry && !_is_in($entry) && ($state // '') ne 'failed') {
        _take($entry);
        $user = $entry->{user} unless length($user // '');
    }
    elsif ($state) {
        # One failure may be several lines, and not the first of them may be the one that names the user.
        if (length($user // '') && !length $named) {
            _note_try($message, $state, $user);
            _failure($message, 'name');
        }
        return;
    }
    # Its time to be rejected was over, or its token is now: the server sends it away.
    elsif (_is_in($entry)) {
        _over($entry, $message->{time});
    }
    _note_try($message, $entry ? 'rejected' : 'failed', $user);
    _failure($message, 'all', $user);
};

# By name only, by whatever program on this server. Of several tries of one name nobody knows which: they are
# rejected when all are.
sub _user_rejected {
    my ($message) = @_;
    my ($server, $user) = @{$message}{qw(server user)};
    my @tries = sort { $a->{time} cmp $b->{time} } grep { fold($_->{user}) eq fold($user) }
        map { _awaited($server, $_) } keys %{ $awaited{$server} // {} };
    my ($doubted) = grep { $_->{proof} ne 'doubted' } @tries;
    if ($doubted) {
        $doubted->{proof} = 'doubted';
        if (grep { $_->{proof} ne 'doubted' } @tries) { _put($doubted, $confirm, 1) }
        else                                          { _take($_) for @tries }
    }
    _failure($message, 'all');
    return;
}

# Not let in, but not for anything that it did.
$step{turned_away} = sub {
    my ($message) = @_;
    my $entry = _at($message);
    _take($entry) if $entry && !_is_in($entry);
};

# Its sessions ended, and what it is going to say may be something else.
$step{started} = sub {
    my ($message) = @_;
    my $daemon = $message->{daemon};
    my @entries = map { _entry($daemon, $_) // () } Memory::keys_of('client', $daemon);
    _is_in($_) ? _over($_, $message->{time}) : _decide($_, 'ended') for @entries;
    Memory::take('habit', $daemon, $_) for Memory::keys_of('habit', $daemon);
    Event::happens('SERVER_RESTARTED', @{$message}{qw(time server source raw)}) if grep { _is_in($_) } @entries;
};

$step{muted} = sub { Event::happens('LOG_MUTED', @{ $_[0] }{qw(time server source raw)}) };
$step{not_understood} = sub { Event::happens('NOT_UNDERSTOOD', @{ $_[0] }{qw(time server source why raw)}) };
$step{unclear} = sub { Event::happens('UNCLEAR', @{ $_[0] }{qw(time server source raw)}) };

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
