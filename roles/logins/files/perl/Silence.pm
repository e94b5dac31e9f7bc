# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which servers of a source are silent for longer than is usual there (Gaps.pm). Any byte in a log is a sign of life of
# the server that the path is for, whatever the rules make of it; where its lines name a single server, of that one. In
# a log of several, each is known by the lines that are understood.
#
# In the correlator's memory, by title of the source:
#   gaps     by server: what is usual
#   absent   by server or file: since when it is awaited that is not there
#   present  by file: it was there once
#   silent   by server or file: it was said
# and by title and log:
#   speaks   the servers that its lines name

package Silence;

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);

my $DAY = 86_400;
my $NOTED = 300;            # seconds; signs of life that are closer to each other are one
my $AWAY = 180;             # seconds without a look: nobody listened meanwhile
my $FORGOTTEN = 60 * $DAY;  # after the last sign
my $SAID = 400 * $DAY;
my $MOST = 1000;            # servers of a source: whoever writes to a log can make up names
my $AWAITED = $DAY;         # on weekdays, for a server that is expected, until more is known of it
my $NO_FILE = 3600;         # before there ever was one: a new log server has none yet
my $GONE = 30;              # after there was one, so that the second look says it

# Once a minute. Parameters: of each item of logins_sources its title, globs and expected servers.
sub look {
    my @items = map { {title => $_->[0], files => $_->[1], expected => {map { $_ => 1 } @{ $_->[2] }}} } @_;
    my $spoken = Source::spoken();
    my $heard = Inputs::heard() // return 1;    # in a replay
    my $now = time();
    _wake($now);
    for my $path (sort keys %{ {%{$heard}, %{$spoken}} }) {
        my ($item) = grep { grep { Globs::leads_to($_, $path) } @{ $_->{files} } } @items or next;
        $item->{has_file} = 1;
        _listen($item, $path, $heard->{$path} // $now, sort keys %{ $spoken->{$path} // {} });
    }
    for my $item (@items) {
        _look_for_files($item, $now);
        _look_for($item->{title}, $_, $now) for sort keys %{ $item->{expected} };
    }
    my %is_watched = map { $_->{title} => 1 } @items;
    for (grep { $is_watched{ $_->[0] } } Memory::all('gaps')) {
        my ($title, $server, $text) = @{$_};
        my $gaps = Gaps::of_text($text);
        _say('silent', $title, $server, $gaps->{last}, Gaps::longest($gaps)) if Gaps::is_silent($gaps, $now);
    }
    return 1;
}

# What was while nobody listened is no silence.
sub _wake {
    my ($now) = @_;
    my $looked = Memory::recall('silence', 'clock', 'looked') || $now;
    Memory::remember('silence', $SAID, 'clock', 'looked', $now);
    return if $now >= $looked && $now <= $looked + $AWAY;
    for (Memory::all('gaps')) {
        my ($title, $server, $text) = @{$_};
        my $gaps = Gaps::of_text($text);
        $gaps->{last} += $now - $looked;
        _put($title, $server, Gaps::text($gaps));
    }
    return;
}

sub _put { return Memory::remember('gaps', $FORGOTTEN, @_) }

# Bytes came in a log. Parameters: its source, its path, when, and the servers that understood lines named.
sub _listen {
    my ($item, $path, $time, @spoken) = @_;
    my ($title, $server) = ($item->{title}, Inputs::server_of($path));
    my $log = "$title " . (length $server ? $server : $path);
    my @before = Memory::keys_of('speaks', $log);
    for (@spoken) {
        Memory::knows('speaks', $log, $_) ? Memory::keep('speaks', $FORGOTTEN, $log, $_)
            : @before < $MOST && Memory::remember('speaks', $FORGOTTEN, $log, $_);
    }
    my @names = Memory::keys_of('speaks', $log);
    my $of = @names == 1 && !$item->{expected}{$server} ? $names[0] : $server;
    # What was learned by the bytes of a log is of whoever they count for.
    _pass_on($title, $before[0], $server) if @before == 1 && @names > 1 && $before[0] ne $server;
    _pass_on($title, $server, $of) if $of ne $server;
    _hear($title, $_, $time) for grep { length } $of, grep { $_ ne $of && (@names > 1 || $item->{expected}{$_}) } @spoken;
    return;
}

sub _pass_on {
    my ($title, $from, $to) = @_;
    my $text = Memory::take('gaps', $title, $from);
    _unsay($title, $from);
    return unless length $text && length $to;
    my $there = Memory::recall('gaps', $title, $to);
    _put($title, $to, $text) if !length $there || Gaps::of_text($text)->{first} < Gaps::of_text($there)->{first};
    return;
}

# A sign of life.
sub _hear {
    my ($title, $server, $time) = @_;
    _unsay($title, $server);
    $time = int $time;
    my $text = Memory::recall('gaps', $title, $server);
    if (!length $text) {
        Memory::take('absent', $title, $server);
        return if Memory::number_of('gaps', $title) >= $MOST;
        return _put($title, $server, Gaps::text(Gaps::new($time)));
    }
    my $gaps = Gaps::of_text($text);
    return if $time < $gaps->{last} + $NOTED;
    Gaps::heard($gaps, $time);
    return _put($title, $server, Gaps::text($gaps));
}

# A server that is expected counts before anything is known of it.
sub _look_for {
    my ($title, $server, $now) = @_;
    my $text = Memory::recall('gaps', $title, $server);
    my $gaps = length $text ? Gaps::of_text($text) : undef;
    return if $gaps && grep { defined } Gaps::limits($gaps);
    my $since = $gaps ? $gaps->{last} : _absent_since($title, $server, $now);
    _say($gaps ? 'silent' : 'absent', $title, $server, $since) if (Gaps::between($since, $now))[1] > $AWAITED;
    return;
}

# What was rotated shows that there was a log, and is going to be one.
sub _look_for_files {
    my ($item, $now) = @_;
    my ($title, $globs) = ($item->{title}, join ' ', @{ $item->{files} });
    if ($item->{has_file} || grep { bsd_glob("$_*", GLOB_BRACE) } @{ $item->{files} }) {
        Memory::remember('present', $SAID, $title, $globs, 1) unless Memory::knows('present', $title, $globs);
        Memory::take('absent', $title, $globs);
        _unsay($title, $globs);
        return;
    }
    my $since = _absent_since($title, $globs, $now);
    my $patience = Memory::knows('present', $title, $globs) ? $GONE : $NO_FILE;
    _say('missing', $title, $globs, $since) if $now > $since + $patience;
    return;
}

sub _absent_since {
    my ($title, $what, $now) = @_;
    Memory::remember('absent', $SAID, $title, $what, $now) unless Memory::knows('absent', $title, $what);
    return Memory::recall('absent', $title, $what);
}

# Says it once. Parameters: what is wrong, the title, the server or globs, since when, the longest silence before.
sub _say {
    my ($what, $title, $who, $since, $longest) = @_;
    return if Memory::knows('silent', $title, $who);
    Memory::remember('silent', $SAID, $title, $who, $what);
    return _happens($what, $title, $who, Times::utc($since), $longest);
}

sub _unsay {
    my ($title, $who) = @_;
    my $what = Memory::take('silent', $title, $who);
    return length $what ? _happens($what eq 'missing' ? 'found' : 'heard', $title, $who) : 1;
}

sub _happens { return Event::happens('SILENCE', @_[0 .. 4]) }

1;
