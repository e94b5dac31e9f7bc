# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What becomes of a client: a small state machine, which docs/design.md has as a table. A message is what Source.pm
# found in a line, an entry is a client that is known (Client.pm).
#
# In the correlator's memory, by daemon and place:
#   try       what was said of a try that failed: refused, failed, rejected, deferred. It ends with the
#             try, and says nothing of the next one
# by daemon:
#   habit     what it says of every client that it lets in: addressed, established
#   named     by daemon and place: what a session was given as its name
#   news      by source and server, and address and user: was judged a short time ago
#
# What anybody can cause decides when a login is judged, never whether: a state that a stranger can set
# ends within seconds, and a login that could be somebody's is judged.

package Life;

use strict;
use warnings;

use Counts ();

my $FOLLOWED = 604_800;      # seconds; a session whose end is not logged is forgotten after a week
my $BACKGROUND = 90;         # a check in the background takes no longer; a second factor says how long
my $LEARNS = 2;              # from the address of the pool to the last checks
my $NAMED = 600;             # from a session's name to its login; anybody can give one, and its number comes again
my $HANDSHAKE = 30;          # one that fails is over
my $SAME_TRY = 3;            # between the lines of one try, by the log's own time
my $SAID_AGAIN = 60;         # more lines about a failed try are no news

my $confirm = 10;            # seconds

sub _is_in { return $_[0] && $_[0]{state} eq 'in' }

# A login: it is judged, and followed to its end.
sub _log_in {
    my ($entry) = @_;
    return Event::happens('NOT_UNDERSTOOD', @{$entry}{qw(time server source)}, 'it has no address that can be read', $entry->{raw})
        unless Address::is_one($entry->{ip});
    $entry->{proof} = 'unconfirmed' if $entry->{proof} eq 'doubted';
    Late::recognised($entry);
    Queue::append('connections', @{$entry}{qw(id ip source time server user place proof raw)});
    @{$entry}{qw(state raw)} = ('in', '');
    Client::put($entry, $FOLLOWED, 0);
    Event::happens('LOGIN', @{$entry}{qw(proof time server source)});
    return;
}

# Its session is over.
sub _over {
    my ($entry, $time) = @_;
    Client::take($entry);
    Event::happens('SESSION_ENDED', $time, @{$entry}{qw(server user id time source)});
    return;
}

# What was never rejected is a login. But a daemon that says more of all that it lets in has to say it.
sub _decide {
    my ($entry) = @_;
    Client::take($entry);
    return if $entry->{state} =~ /^(?:connected|deferred)$/ && Memory::keys_of('habit', $entry->{daemon});
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
    my $since = _seconds($time, $message->{time});
    return abs $since < $seconds ? ($state, $user, $more) : ();
}

# How many seconds it is between two times, RFC 3339 in UTC.
sub _seconds {
    my ($from, $to) = @_;
    return substr($to, 17, 6) - substr($from, 17, 6) if substr($from, 0, 17) eq substr $to, 0, 17;
    return (Times::epoch($to, '', '') // 0) - (Times::epoch($from, '', '') // 0);
}

sub _note_try {
    my ($message, $state, $user, $more) = @_;
    return Memory::remember('try', $SAID_AGAIN, @{$message}{qw(daemon place)}, $state, $message->{time}, $user // '', $more // '');
}

# Parameters: a message, and which counts are meant: all, name (it is the same failure, named now), or less.
sub _failure {
    my ($message, $counts, $user) = @_;
    Counts::add(1, 'failed', @{$message}{qw(source server)}) if $counts eq 'all';
    return Event::happens('FAILURE', $counts, @{$message}{qw(time server)}, $user // $message->{user}, @{$message}{qw(ip source raw)});
}

my %step;

# What a message does. Parameters: the message, for how many seconds a connected client may be rejected.
sub follow {
    my ($message, $seconds) = @_;
    $confirm = $seconds;
    Event::happens('NOT_UNDERSTOOD', @{$message}{qw(time server source)}, 'its time cannot be read', $message->{raw})
        if $message->{odd_time};
    # A session that was given a name has it in all that follows.
    if (substr($message->{place}, 0, 1) eq '#' && length(my $named = Memory::recall('named', @{$message}{qw(daemon place)}) // '')) {
        $message->{user} = $named;
    }
    $step{ $message->{means} }->($message);
    Event::happens('LACKING', @{$message}{qw(means time server source lacks raw)}) if $message->{lacks};
    return 1;
}

# Where a program logs in again and again, somebody at a place is no news for a while. The server is part of the place.
sub _is_news {
    my ($message) = @_;
    my $seconds = $message->{news} or return 1;
    my ($source, $server, $user, $ip) = map { $_ // '' } @{$message}{qw(source server user ip)};
    my @who = ("$source $server", "$ip " . Client::fold($user));
    return 0 if Memory::knows('news', @who);
    Memory::remember('news', $seconds, @who);
    return 1;
}

# The time of an awaited entry is over. Parameters: its daemon, its key, its value.
sub overdue {
    my ($daemon, $key, $value) = @_;
    _decide(Client::entry($daemon, $key, $value));
    return 1;
}

# A client gave its name. Whatever is known of its place is of an earlier try. A wrong password is said before.
$step{connected} = sub {
    my ($message) = @_;
    my $earlier = Client::at({%{$message}, is_named => 0});
    if ($earlier && $earlier->{daemon} eq $message->{daemon}) {
        _is_in($earlier) ? _over($earlier, $message->{time}) : _decide($earlier);
    }
    # Where others have the same place, they could say it.
    if (Client::is_own($message->{place}) && (my ($state, $user) = _try($message, $SAME_TRY, 'failed'))) {
        _note_try($message, 'rejected', $user);
        return;
    }
    my $entry = Client::new($message, 'unconfirmed');
    my (undef, undef, $wait) = _try($message, $BACKGROUND, 'deferred');
    $entry->{state} = $wait ? 'deferred' : 'connected';
    Client::put($entry, $wait || $confirm, 1);
};

# Without a place it is said of all that are awaited: nobody knows which.
$step{deferred} = sub {
    my ($message) = @_;
    my $wait = $message->{seconds} ? $message->{seconds} + $confirm : $BACKGROUND;
    my @entries = $message->{place} eq ''
        ? Client::awaited($message, $message->{daemon})
        : Client::at($message) // ();
    for (grep { $_->{state} =~ /^(?:connected|deferred)$/ } @entries) {
        $_->{state} = 'deferred';
        Client::put($_, $wait, 1);
    }
    return if @entries || $message->{place} eq '';
    if (!$message->{is_named}) {
        # Said of every session with a password, of one that was wrong too: that was counted.
        _note_try($message, 'deferred', '', $wait) unless (_try($message, $SAME_TRY, 'failed', 'rejected'))[0];
        return;
    }
    # It has its name, so it was in before, and is going to be again without having connected.
    Client::put({%{ Client::new($message, 'unconfirmed') }, state => 'returning'}, $confirm, 1);
};

# Behind an eviction it names nobody: then it is of the one that connected last.
$step{addressed} = sub {
    my ($message) = @_;
    my $daemon = $message->{daemon};
    my ($entry) = $message->{place} ne '' ? Client::at($message)
        : sort { $b->{time} cmp $a->{time} } Client::awaited($message, $message->{daemon});
    return if _is_in($entry) || (!$entry && $message->{place} eq '');
    if ($entry) { Client::take($entry) }
    else        { $entry = Client::new($message, 'addressed') }
    @{$entry}{qw(state proof)} = qw(addressed addressed);
    _rename($entry, $message);
    Client::put($entry, Memory::knows('habit', $daemon, 'established') ? $BACKGROUND : $LEARNS, 1);
    _has_habit($daemon, 'addressed');
};

# A client may get another name than the one that it gave.
sub _rename {
    my ($entry, $message) = @_;
    return unless length($message->{user} // '') && $message->{user} ne $entry->{user};
    $entry->{user} = $message->{user};
    $entry->{key} = Client::key(@{$entry}{qw(place user)});
    return;
}

# Said again for every network behind the client.
$step{established} = sub {
    my ($message) = @_;
    my $entry = Client::at($message);
    my $is_news = _is_news($message);
    if (_is_in($entry)) {
        # A session's number comes again when the daemon restarts.
        my $is_same = ($message->{ip} // $entry->{ip}) eq $entry->{ip}
            && (!length($message->{user} // '') || $entry->{user} eq $message->{user});
        return if $is_same && !($message->{news} && $is_news);
        _over($entry, $message->{time});
        $entry = undef;
    }
    if ($entry) {
        Client::take($entry);
        _has_habit($entry->{daemon}, 'established') if $entry->{daemon} eq $message->{daemon};
    }
    else {
        $entry = Client::new($message, 'established');
    }
    $entry->{proof} = 'established';
    _rename($entry, $message);
    _log_in($entry) if $is_news;
};

# It proves nothing.
$step{named} = sub {
    my ($message) = @_;
    Memory::remember('named', $NAMED, @{$message}{qw(daemon place user)});
};

# At the place of its session it started anew: nothing says that it connected.
$step{resumed} = sub {
    my ($message) = @_;
    my $entry = Client::at($message);
    if    (_is_in($entry)) { _over($entry, $message->{time}) }
    elsif ($entry)         { Client::take($entry) }
    _log_in(Client::new($message, 'resumed'));
};

$step{moved} = sub {
    my ($message) = @_;
    my $old = Client::at({%{$message}, place => Client::place({ip => $message->{old_ip}, port => $message->{old_port}}), is_named => 0});
    _over($old, $message->{time}) if _is_in($old);
    my $there = Client::at($message);
    _over($there, $message->{time}) if _is_in($there);
    _log_in(Client::new($message, 'moved'));
};

# It has its name by now, so it is in. Which of several sessions moved is not known.
$step{seen} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my $here = Client::entry($daemon, Client::key(@{$message}{qw(place user)}));
    if ($here) {
        return unless _is_in($here);
        # It is remembered from now on for as long as from its login, and so is what was said of that.
        Memory::keep('client', $FOLLOWED, @{$here}{qw(daemon key)});
        Memory::keep('verdict', $FOLLOWED, "$user\@$here->{server}", $here->{id});
        Memory::keep('open', $FOLLOWED, Client::fold($user), $here->{id});
        return;
    }
    my @elsewhere = grep { _is_in($_) } Client::named($message);
    _over($elsewhere[0], $message->{time}) if @elsewhere == 1;
    _log_in(Client::new($message, @elsewhere ? 'moved' : 'seen')) if _is_news($message);
};

# Where it was not seen before it moved, without a word.
$step{ended} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my $entry = Client::at($message);
    if (!$entry && $message->{is_named} && Client::knows_name($daemon, $user)) {
        $step{seen}->($message);
        $entry = Client::at($message);
    }
    return unless $entry;
    if (!_is_in($entry)) {
        # A client has its name in front of its lines when it is in. One that went away while it was asked is none.
        if    ($message->{is_named})           { _log_in($entry) }
        elsif ($entry->{state} eq 'deferred') { return Client::take($entry) }
        else                                  { _decide($entry) }
        $entry = Client::entry(@{$entry}{qw(daemon key)}) or return;
    }
    _over($entry, $message->{time});
};

$step{evicted} = sub {
    my ($message) = @_;
    my ($daemon, $user) = @{$message}{qw(daemon user)};
    my @over = grep { _is_in($_) } Client::named($message);
    _over($_, $message->{time}) for @over;
};

# The handshake failed. Nothing of what is known of the client changes: it may be anybody's handshake.
$step{refused} = sub {
    my ($message) = @_;
    return if (_try($message, $HANDSHAKE, 'refused'))[0];
    _note_try($message, 'refused');
    _failure($message, 'all');
};

$step{failed} = sub {
    my ($message) = @_;
    my (undef, $named) = my @before = _try($message, $SAME_TRY, 'failed');
    my $is_named = length($message->{user} // '') > 0;
    # At an address that several share, two names are two tries.
    @before = () if $is_named && length($named // '') && !Client::is_own($message->{place});
    _failure($message, @before ? 'name' : 'all') if !@before || ($is_named && !length $named);
    _note_try($message, 'failed', $is_named ? $message->{user} : $named);
};

# It was no failure, and there is nothing to wait for.
$step{challenged} = sub {
    my ($message) = @_;
    my $entry = Client::at($message);
    Client::take($entry) if $entry && !_is_in($entry);
    my ($state, $named) = _try($message, $SAID_AGAIN, 'failed', 'rejected');
    _failure($message, 'less', $named) if $state;
    _note_try($message, 'failed', length($named // '') ? $named : $message->{user}) if !$state || $state eq 'failed';
};

$step{rejected} = sub {
    my ($message) = @_;
    return _user_rejected($message) if $message->{place} eq '';
    my $entry = Client::at($message);
    my ($state, $named) = _try($message, $SAID_AGAIN, 'failed', 'rejected');
    my $user = $message->{user};
    if ($entry && !_is_in($entry) && ($state // '') ne 'failed') {
        Client::take($entry);
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
    my @tries = sort { $a->{time} cmp $b->{time} } grep { Client::fold($_->{user}) eq Client::fold($user) }
        Client::awaited($message);
    my ($doubted) = grep { $_->{proof} ne 'doubted' } @tries;
    if ($doubted) {
        $doubted->{proof} = 'doubted';
        if (grep { $_->{proof} ne 'doubted' } @tries) { Client::put($doubted, $confirm, 1) }
        else                                          { Client::take($_) for @tries }
    }
    _failure($message, 'all');
    return;
}

# Not let in, but not for anything that it did.
$step{turned_away} = sub {
    my ($message) = @_;
    my $entry = Client::at($message);
    Client::take($entry) if $entry && !_is_in($entry);
};

# Its sessions ended, and what it is going to say may be something else.
$step{started} = sub {
    my ($message) = @_;
    my $daemon = $message->{daemon};
    my @entries = Client::all($message);
    for my $entry (@entries) {
        _decide($entry) unless _is_in($entry);
        _over($entry, $message->{time}) if _is_in($entry);
    }
    Memory::take('habit', $daemon, $_) for Memory::keys_of('habit', $daemon);
    Event::happens('SERVER_RESTARTED', @{$message}{qw(time server source raw)}) if grep { _is_in($_) } @entries;
};

$step{muted} = sub { Event::happens('LOG_MUTED', @{ $_[0] }{qw(time server source raw)}) };
$step{not_understood} = sub { Event::happens('NOT_UNDERSTOOD', @{ $_[0] }{qw(time server source why raw)}) };
$step{unclear} = sub { Event::happens('UNCLEAR', @{ $_[0] }{qw(time server source raw)}) };

1;
