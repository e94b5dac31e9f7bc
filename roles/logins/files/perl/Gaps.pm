# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What silence is usual in a log: its longest gaps in each of the last months. Silence counts by three clocks: one that
# always runs, one that runs on weekdays and one that does on weekends. So a silent weekend is learned as one, and is
# no night.

package Gaps;

use strict;
use warnings;

use List::Util qw(max min);
use POSIX qw(strftime);

my $DAY = 86_400;
my $FACTOR = 1.5;                         # so much longer than ever is too long
my ($LEAST, $MOST) = (3600, 30 * $DAY);
my @LEARNED = (10 * $DAY, 3 * $DAY, 10 * $DAY);    # seconds until a clock counts; ten days have a whole weekend
my $SURE = 14;                            # days with a line; of less, more is awaited
my $KEPT = 400 * $DAY;                    # so that it knows last year's holidays
my $TAUGHT = 2;                           # what rang makes that three times as long at most: it may have been no usual silence

sub new {
    my ($time) = @_;
    return {first => $time, last => $time, days => 1, months => {}};
}

# As a text, and of it.
sub text {
    my ($gaps) = @_;
    return join ' ', @{$gaps}{qw(first last days)}, map { join ':', $_, @{ $gaps->{months}{$_} } } sort keys %{ $gaps->{months} };
}

sub of_text {
    my ($first, $last, $days, @months) = split / /, $_[0];
    return {first => $first, last => $last, days => $days, months => {map { my ($month, @longest) = split /:/; $month => \@longest } @months}};
}

# Parameters: two times. Returns what is between them by each clock.
sub between {
    my ($from, $to) = @_;
    my @seconds = (0, 0, 0);
    while ($from < $to) {
        my ($second, $minute, $hour, $weekday) = (localtime $from)[0, 1, 2, 6];
        my $today = min($to - $from, $DAY - 3600 * $hour - 60 * $minute - $second);
        $seconds[$_] += $today for 0, $weekday % 6 ? 1 : 2;
        $from += $today;
    }
    return @seconds;
}

# The longest that was ever silence here, by one of the clocks.
sub longest {
    my ($gaps, $clock) = @_;
    return max(0, map { $_->[$clock // 0] } values %{ $gaps->{months} });
}

# What is too long by each clock; nothing for one that has not learned yet.
sub limits {
    my ($gaps) = @_;
    return map {
        my $longest = longest($gaps, $_);
        $gaps->{last} - $gaps->{first} < $LEARNED[$_] ? undef
            : min($MOST, max($LEAST, $FACTOR * max(1, $SURE / $gaps->{days}) * $longest));
    } 0 .. 2;
}

# Whether it has been silent for too long.
sub is_silent {
    my ($gaps, $now) = @_;
    my ($limits, $seconds) = ([limits($gaps)], [between($gaps->{last}, $now)]);
    return grep { defined $limits->[$_] && $seconds->[$_] > $limits->[$_] } 0 .. 2;
}

# A sign of life.
sub heard {
    my ($gaps, $time) = @_;
    return if $time <= $gaps->{last};
    my @limits = limits($gaps);
    my $longest = $gaps->{months}{ strftime('%Y%m', localtime $time) } //= [0, 0, 0];
    my @seconds = between($gaps->{last}, $time);
    for (0 .. 2) {
        my $taught = int min($seconds[$_], defined $limits[$_] ? $TAUGHT * $limits[$_] : $MOST);
        $longest->[$_] = max($longest->[$_], $taught);
    }
    my $oldest = strftime('%Y%m', localtime $time - $KEPT);
    delete @{ $gaps->{months} }{ grep { $_ lt $oldest } keys %{ $gaps->{months} } };
    $gaps->{days}++ if (localtime $time)[7] != (localtime $gaps->{last})[7];
    $gaps->{last} = $time;
    return;
}

1;
