# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Life.pm by itself: messages in, connections and events out. Reads a JSON list of lives, each a list of steps and each
# with a memory of its own; prints for each life a line: what was said in its steps, and the clients that are known at
# its end. The clock is the test's, and stands still between steps.

use strict;
use warnings;

our $now;
BEGIN { $now = 1_800_000_000; *CORE::GLOBAL::time = sub () { $now } }

use IO::Handle;
use JSON::PP;
use POSIX qw(strftime);

use Address;
use Event;
use Memory;
use Queue;
use Times;
use Client;
use Late;
use Life;

my @said;
my $lines = 0;
{
    no warnings qw(once redefine);
    *Queue::append = sub { my ($queue, @fields) = @_; push @said, [$queue, @fields]; return 1 };
    *Inputs::place = sub { return ++$lines };
}

# Parameter: the seconds that pass.
sub pass {
    my $end = $now + $_[0];
    while ($now < $end) {
        my $next = Memory::next_awaited() // $end;
        $now = $next < $end ? $next : $end;
        for my $due (split /\n/, Memory::forgotten()) {
            my ($table, @entry) = split /\t/, $due, 4;
            Life::overdue(@entry) if $table eq 'client';
        }
    }
    return;
}

# Parameter: a step. Returns what was said in it.
sub take {
    my ($step) = @_;
    pass($step->{wait} // 0);
    if ($step->{means}) {
        my %message = (%{$step}, time => strftime('%Y-%m-%dT%H:%M:%S.000Z', gmtime $now));
        $message{place} //= Client::place(\%message);
        $message{daemon} = Client::daemon(@message{qw(source server program pid)});
        Life::follow(\%message, $step->{confirm} // 10);
    }
    while (my ($event, $context) = splice @main::events, 0, 2) { push @said, [$context, split /\t/, $event, -1] }
    return [splice @said];
}

STDOUT->autoflush;
my $json = JSON::PP->new->canonical;
my $lives = $json->decode(join '', <STDIN>);
for my $steps (@{$lives}) {
    my $child = fork() // die "fork: $!\n";
    if (!$child) {
        my @steps = map { take($_) } @{$steps};
        my @clients = map { [(split /\t/, $_->[2])[0, 6, 9]] } Memory::all('client');
        print $json->encode([\@steps, \@clients]), "\n";
        exit 0;
    }
    waitpid $child, 0;
    exit 1 if $?;
}
