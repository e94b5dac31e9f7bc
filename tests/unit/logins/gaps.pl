# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Gaps.pm over years: reads when a log had a line, in seconds, one a line. Prints as JSON the false alarms of each year,
# and of servers that died at many moments: how long it took to tell, and how often that was the longest gap before.

use strict;
use warnings;

use JSON::PP;
use List::Util qw(max);

use Gaps;

my ($DAY, $YEAR) = (86_400, 365.25 * 86_400);
my $BETWEEN_DEATHS = 4.6 * $DAY;
my $SURE = 14;                  # days with a line; of fewer, more is awaited

chomp(my ($first, @times) = <STDIN>);
my $gaps = Gaps::new($first);
my (@false, @deaths, $longest, $next_death);
($longest, $next_death) = (0, $first);

# The first minute in which it is told.
sub told {
    my ($early, $late) = ($gaps->{last}, $gaps->{last} + 90 * $DAY);
    while ($late - $early > 60) {
        my $middle = int(($early + $late) / 2);
        if (Gaps::is_silent($gaps, $middle)) { $late = $middle }
        else                                 { $early = $middle }
    }
    return $late - $gaps->{last};
}

for my $time (@times) {
    if ($time > $next_death && $gaps->{days} >= $SURE) {
        $next_death = $time + $BETWEEN_DEATHS;
        my $after = told();
        push @deaths, [$after, $after / max(2400, $longest)];    # an hour, at least
    }
    next if $time < $gaps->{last} + 300;    # as Silence.pm
    $false[ ($time - $first) / $YEAR ]++ if Gaps::is_silent($gaps, $time);
    $longest = max($longest, $time - $gaps->{last});
    Gaps::heard($gaps, $time);
}
print encode_json({false => [map { $_ // 0 } @false], deaths => \@deaths, longest => $longest}), "\n";
