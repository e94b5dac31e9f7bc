# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Silence.pm by itself: minutes of a log server in, what is said out. Reads a JSON list of items (title, globs, expected
# servers) and one of steps: {"wait": seconds}, {"hear": {path: [servers that understood lines name]}}, {"moves": [file,
# where to]}, or {"away": seconds} without a look. Prints as JSON a list of [seconds since the start, what, title, who],
# and how many servers are known.

use strict;
use warnings;

our ($start, $now);
BEGIN { $now = $start = 1_798_459_200; *CORE::GLOBAL::time = sub () { $now } }    # Monday 12:00 UTC

use JSON::PP;

use Event;
use Gaps;
use Globs;
use Memory;
use Times;
use Silence;

our (%heard, %spoken, @said);
{
    no warnings qw(once redefine);
    *Inputs::heard = sub { my %since = %heard; %heard = (); return \%since };
    *Inputs::server_of = \&Globs::server_of;
    *Source::spoken = sub { my %since = %spoken; %spoken = (); return \%since };
}

my ($items, $steps) = @{ JSON::PP->new->decode(join '', <STDIN>) };
Globs::configure(map { @{ $_->[1] } } @{$items});

sub minute {
    Memory::forgotten();
    Silence::look(@{$items});
    while (my ($event, $context) = splice @main::events, 0, 2) {
        push @said, [$now - $start, (split /\t/, $event)[0 .. 2]];
    }
    return;
}

for my $step (@{$steps}) {
    $now += $step->{away} // 0;
    rename $step->{moves}[0], $step->{moves}[1] or die "$!\n" if $step->{moves};
    for my $path (keys %{ $step->{hear} // {} }) {
        $heard{$path} = $now;
        $spoken{$path}{$_} = 1 for @{ $step->{hear}{$path} };
    }
    minute();
    my $end = $now + ($step->{wait} // 0);
    while ($now < $end) {
        $now += $end - $now > 60 ? 60 : $end - $now;
        minute();
    }
}
print JSON::PP->new->encode([\@said, scalar Memory::number_of('gaps', 'OpenVPN')]), "\n";
