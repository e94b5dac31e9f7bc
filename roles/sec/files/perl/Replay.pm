# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes SEC read past logs in their own time, instead of the inputs of a log server.
#
#   perl -MReplay=CONTEXT,DIRECTORY,LOOKUP ... -MQueue=DIRECTORY -MMemory -MSyslog -MInputs /usr/bin/sec ...
#
# It has to be the first module: it replaces time(). The logs are the files DIRECTORY/log.0, log.1 and
# so on; the next line is always the one with the earliest time, so several servers' logs are one.
# LOOKUP is a command that answers every line of "connections" with a line of "located"; its words are
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

my ($context, $directory, @lookup);
my @logs;       # {path, handle, line, time}
my ($question, $answer, $found);
my $place = '';

sub import {
    (undef, $context, $directory, @lookup) = @_;
    return;
}

# A line without a time has the time of the line before it.
sub _fetch {
    my ($log) = @_;
    while (defined($log->{line} = readline $log->{handle})) {
        chomp $log->{line};
        my $time = Syslog::epoch_of($log->{line});
        $log->{time} = int $time if defined $time;
        last if Lines::matters($context, $log->{line});
    }
    return;
}

sub _open {
    Inputs::configure();
    for (my $number = 0; -e "$directory/log.$number"; $number++) {
        my $path = "$directory/log.$number";
        open(my $handle, '<', $path) or die "$path: $!\n";
        push @logs, {path => $path, handle => $handle, time => 0};
        $main::inputsrc{$path} = {context => $context, open => 0, lines => 0};
        _fetch($logs[-1]);
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

# Parameters: what was found, and its fields. For the output of a replay.
sub found {
    print {$found} join("\t", map { $_ // '' } @_), "\n";
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
    $place = "$path:" . tell $log->{handle};
    _fetch($log);
    @_[0, 1] = ($line, $path);
    return;
}

INIT {
    defined &main::read_line && defined &main::process_lists
        or die "Replay.pm does not know this version of SEC: it has no read_line or process_lists\n";
    no warnings qw(redefine once);
    *main::read_line = \&read_line;
    *Inputs::place = sub { return $place };
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

# How often each rule matched, for the check that every rule has a case.
END {
    if ($found && open(my $coverage, '>', "$directory/coverage")) {
        for my $file (sort keys %main::configuration) {
            print {$coverage} join("\t", $file =~ s{.*/}{}r, $_->{Desc} // '', $_->{MatchCount}), "\n"
                for @{ $main::configuration{$file} };
        }
    }
}

1;
