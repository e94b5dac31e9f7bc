# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes SEC read past logs in their own time, instead of the inputs of a log server.
#
#   perl -MReplay=CONTEXT,DIRECTORY,LOOKUP ... -MQueue=DIRECTORY -MMemory -MTimes -MInputs /usr/bin/sec ...
#
# It has to be the first module: it replaces time(). The logs are the files DIRECTORY/log.0, log.1 and
# so on; the next line is always the one with the earliest time, so several servers' logs are one.
# DIRECTORY/logs has a row for each: its path as the user named it, when it was changed last, and the zone
# of its time stamps if they do not say. LOOKUP is a command that answers every line of "connections" with a line of "located"; its words are
# separated by commas too.
#
# The clock shows the time of the last line. Before a line is read, all windows that end by then
# end, in their order, and everything that follows from the line before it has happened.
#
# read_line, process_lists, @events, %inputsrc and %configuration are SEC's own names.

package Replay;

use strict;
use warnings;

my $clock;

BEGIN {
    no warnings 'once';
    *CORE::GLOBAL::time = sub () { return $clock // CORE::time() };
}

use IPC::Open2 qw(open2);

my $DAY = 86_400;
my $FIRST_LOG = 978_307_200;    # seconds since 1970: 2001. Older files have lost their date

my ($context, $directory, @lookup);
my @logs;       # {path, zone, handle, line, time, and how many lines were what}
my $in_hand;    # the log of the line that the rules have
my ($question, $answer, $found);

sub import {
    (undef, $context, $directory, @lookup) = @_;
    return;
}

my $BLANK = qr/(?:\xEF\xBB\xBF|\s|\e\[[\d;]*m)*/;
my $PRIORITY = qr/(?:\d{1,5} (?=<))?(?:<[\w.]{1,20}>(?:1 )?)?/;
my @HEADS = (qr/^$BLANK$PRIORITY/, qr{^$BLANK(?:[\w.-]{1,64} *[|] *|\[[\w./-]{1,200}\] |[\w./-]{1,200}:)$PRIORITY});
my $KEY = qr/"(?:time|\@?timestamp|\@time|ts|timereported|__REALTIME_TIMESTAMP)"\s*:\s*"?([^",}]{1,60})/;

# The time stamp of a line: it begins with it, or has it behind what syslog, docker compose, kubectl or grep
# put in front; or the line is a JSON object with a field for it.
sub _stamp {
    my ($line) = @_;
    return ($line =~ $KEY)[0] if $line =~ /^\s*[{]/;
    for my $head (@HEADS) {
        next if $line !~ $head;
        my ($stamp) = Times::stamp_at(\$line, $+[0]);
        return $stamp if defined $stamp;
    }
    return;
}

sub _time {
    my ($log, $line) = @_;
    my $stamp = _stamp($line) // return;
    # One line ahead of the rules, so it has years of its own.
    return Times::epoch($stamp, $log->{zone}, "the next line of $log->{path}");
}

# A line without a time has the time of the line before it.
sub _fetch {
    my ($log) = @_;
    while (defined($log->{line} = readline $log->{handle})) {
        $log->{lines}++;
        chomp $log->{line};
        my $time = _time($log, $log->{line});
        $log->{time} = int $time if defined $time;
        next unless Lines::matters($context, $log->{line});
        $log->{signs}++;
        $log->{timeless}++ unless defined $time;
        last;
    }
    return;
}

# The last stamp of a file that says no years has the latest that is neither in the future nor after the
# file was changed last: a copy may be changed later than what it is a copy of, but never earlier.
sub _count_years {
    my ($log) = @_;
    my ($latest) = sort { $a <=> $b } map { $_ + $DAY } CORE::time(), $log->{changed} > $FIRST_LOG ? $log->{changed} : ();
    my $before = '';
    while (defined(my $line = readline $log->{handle})) {
        my $stamp = _stamp($line);
        next if !defined $stamp || $stamp =~ /^\d{4}-/ || substr($stamp, 0, -3) eq $before;
        $before = substr $stamp, 0, -3;
        Years::count_years(@{$log}{qw(path zone)}, $latest, $stamp);
    }
    Years::count_years(@{$log}{qw(path zone)}, $latest);
    Years::begin_as($log->{path}, "the next line of $log->{path}");
    seek $log->{handle}, 0, 0;
    return;
}

# The server that a path is for: as live, and so are what it was rotated and compressed to.
sub _server_of {
    my ($server_of, $path) = @_;
    for my $name ($path, $path =~ s/[.](?:gz|bz2|xz|zst)$//r, $path =~ s/(?:[.-]\d{1,14})?(?:[.](?:gz|bz2|xz|zst))?$//r) {
        my $server = $server_of->($name);
        return $server if length $server;
    }
    return '';
}

sub _open {
    Logs::configure();
    my @rows;
    if (open(my $list, '<', "$directory/logs")) {
        chomp(@rows = <$list>);
    }
    for (my $number = 0; -e "$directory/log.$number"; $number++) {
        my ($path, $changed, $zone) = split /\t/, $rows[$number] // "$directory/log.$number\t0\t", -1;
        open(my $handle, '<', "$directory/log.$number") or die "$path: $!\n";
        my $log = {path => $path, changed => $changed, zone => $zone, handle => $handle, time => 0};
        $log->{$_} = 0 for qw(lines signs timeless number connected not_understood);
        push @logs, $log;
        $main::inputsrc{$path} = {context => $context, open => 0, lines => 0};
        _count_years($log);
        _fetch($log);
    }
    open($found, '>', "$directory/found") or die "$directory/found: $!\n";
    open2($answer, $question, @lookup);
    return;
}

sub _ask {
    my ($line) = @_;
    print {$question} $line;
    $question->flush;
    my $located = readline $answer;
    die "$lookup[0] does not answer\n" unless defined $located;
    chomp $located;
    return $located;
}

# Parameters: what was found, and its fields, while the line is in hand. For the output of a replay.
sub found {
    my ($kind, @fields) = @_;
    $in_hand->{$kind}++ if $in_hand && exists $in_hand->{$kind};
    unshift @fields, @{$in_hand}{qw(path number)} if $kind eq 'not_understood';
    print {$found} join("\t", $kind, map { $_ // '' } @fields), "\n";
    return 1;
}

# Parameter: an address. Returns its country, or an empty text.
sub country {
    return (split /\t/, _ask("-\t$_[0]\t-\n"))[2];
}

sub _set_clock {
    my ($time) = @_;
    $clock = $time if !defined $clock || $time > $clock;
    main::process_lists();
    push @main::events, map { ($_, 'FORGOTTEN') } split /\n/, Memory::forgotten();
    return;
}

# In the place of SEC's own: the line, and where it is from. No line, but 1: there is more to do first.
sub read_line {
    _open() unless $found;
    @_[0, 1] = (undef, 1);
    my ($log) = sort { $a->{time} <=> $b->{time} } grep { defined $_->{line} } @logs;
    my $window = Memory::next_awaited();
    if (defined $window && (!$log || $window <= $log->{time})) {
        _set_clock($window);
        return;
    }
    if (!$log) {
        $_[1] = 0;
        return;
    }
    if (!defined $clock || $log->{time} > $clock) {
        _set_clock($log->{time} || CORE::time());
        return if @main::events;
    }
    my ($line, $path) = @{$log}{qw(line path)};
    $in_hand = $log;
    $log->{number} = $log->{lines};
    _fetch($log);
    @_[0, 1] = ($line, $path);
    return;
}

INIT {
    defined &main::read_line && defined &main::process_lists
        or die "Replay.pm does not know this version of SEC: it has no read_line or process_lists\n";
    no warnings qw(redefine once);
    *main::read_line = \&read_line;
    *Inputs::place = sub { return $in_hand ? join("\t", @{$in_hand}{qw(path number)}) : '' };
    *Inputs::heard = sub { return };    # what is silent today shows in no past log
    my $server_of = \&Inputs::server_of;
    *Inputs::server_of = sub { return _server_of($server_of, @_) };
    my $append = \&Queue::append;
    *Queue::append = sub {
        my ($queue, @fields) = @_;
        my $line = Queue::line(@fields);
        if ($queue eq 'connections') {
            my $located = _ask($line);
            push @main::events, $located, 'LOCATED';
            found('login', split /\t/, $located);
        }
        return $append->(@_);
    };
}

# What became of the lines of each log; and how often each rule matched, for the check that each has a case.
END {
    if ($found && open(my $inputs, '>', "$directory/inputs")) {
        print {$inputs} join("\t", @{$_}{qw(lines signs timeless connected not_understood path)}), "\n" for @logs;
    }
    if ($found && open(my $coverage, '>', "$directory/coverage")) {
        for my $file (sort keys %main::configuration) {
            print {$coverage} join("\t", $file =~ s{.*/}{}r, $_->{Desc} // '', $_->{MatchCount}), "\n"
                for @{ $main::configuration{$file} };
        }
    }
}

1;
