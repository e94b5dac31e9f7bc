# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What a line costs by its length. Reads a JSON list of [source, [head, part, end], lengths], prints for each the CPU
# seconds of one line of each length: head, so many parts, end. The daemon of the line has a client that is known.

use strict;
use warnings;

use IO::Handle;
use JSON::PP;
use Time::HiRes qw(clock);

use Address;
use Event;
use Globs;
use Memory;
use Queue;
use Times;
use Client;
use Shape;
use Source;

my $LEAST = 0.002;    # CPU seconds that are measured

{
    no warnings 'once';
    *Inputs::server_of = sub { return '' };
}

sub seconds { return clock() }

# CPU seconds of one call.
sub cost {
    my ($call) = @_;
    for (my $often = 1; ; $often *= 2) {
        my $begun = seconds();
        $call->() for 1 .. $often;
        my $used = seconds() - $begun;
        return $used / $often if $used >= $LEAST;
    }
}

STDOUT->autoflush;
my $json = JSON::PP->new;
for (@{ $json->decode(join '', <STDIN>) }) {
    my ($source, $parts, $lengths) = @{$_};
    my $reader = Source::reader(%{$source});
    my %client = (qw(user anna ip 198.51.100.1 port 1 state in server vpn1 program vpn pid 1), source => $source->{title});
    $client{daemon} = Client::daemon(@client{qw(source server program pid)});
    $client{place} = Client::place(\%client);
    $client{key} = Client::key(@client{qw(place user)});
    Client::put(\%client, 1000, 0);
    my ($head, $part, $end) = @{$parts};
    my @costs;
    for my $length (@{$lengths}) {
        my $line = $head . substr($part x ($length / length $part), 0) . $end;
        push @costs, cost(sub { $reader->($line, '/var/log/x.log') });
    }
    print $json->encode(\@costs), "\n";
}
