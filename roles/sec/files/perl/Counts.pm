# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What the correlator has counted since its start, for who looks at it from outside: it goes into metrics.
#
#   perl ... -MCounts=/var/lib/geowatch/sec/counts.tsv ... /usr/bin/sec ...
#
# counts.tsv: what, of what (such as source and server), how many    (tab-separated; without a path nothing is counted)

package Counts;

use strict;
use warnings;

my $EVERY = 5;       # seconds between two times of storing
my $MOST = 5000;     # whoever writes to a log can make up servers; what comes later is of the server "other"

my $path;
my %number;          # what and of what => how many
my ($next, $changed) = (0, 0);

sub import {
    (undef, $path) = @_;
    no warnings 'once';
    push @Feed::every_second, \&_store if defined $path;
    return;
}

# Parameters: how many more, what, of what.
sub add {
    return unless defined $path;
    my ($more, @of) = map { tr/\x00-\x1f\x7f/?/r } @_;
    $of[-1] = 'other' if keys %number >= $MOST && !exists $number{ join "\t", @of };
    $number{ join "\t", @of } += $more;
    return $changed = 1;
}

# What is lost in a crash begins anew, as all of it does at a start.
sub _store {
    return if !$changed || (time() < $next && time() >= $next - $EVERY);
    $next = time() + $EVERY;
    my $handle;
    my $stored = open($handle, '>', "$path.new")
        && print({$handle} map { "$_\t$number{$_}\n" } sort keys %number)
        && close($handle) && rename "$path.new", $path;
    $changed = !$stored;
    return;
}

1;
