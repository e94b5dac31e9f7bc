# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# The year of a time stamp that says none: the one that follows from the stamp before it in its file. The years of a
# file go on from line to line, and never back. The first has the latest year that is not in the future.

package Years;

use strict;
use warnings;

use Months;

my $DAY = 86_400;
my $OUT_OF_ORDER = 30;        # days; a stamp that is further back than this is of the next year

# Where in a year a time is, in days of which each month has 31: enough to compare by.
my $YEAR = 12 * 31;
my %reached;    # file => [year, place in it]

# How many years a place is after another, if it is the next in its file: 0, or 1 over New Year, or -1 if
# it is a little late and was before New Year.
sub _new_years {
    my ($from, $to) = @_;
    return 1 if $to < $from - $OUT_OF_ORDER;
    return $to > $from + $YEAR - $OUT_OF_ORDER ? -1 : 0;
}

# A stamp without a year. Parameters: the latest time that it may be, zone, offset, the month's name, day,
# hour, minute. Returns [time, year, place] of the latest of its readings.
sub _latest {
    my ($latest, $zone, $offset, $name, @rest) = @_;
    my $last = (gmtime $latest)[5] + 1901;
    my @readings;
    for my $month (Months::named($name)) {
        for my $year (reverse $last - 9 .. $last) {    # February 29 may be eight years ago
            my $time = Times::minute($zone, $offset, $year, $month, @rest);
            next if !defined $time || $time > $latest;
            push @readings, [$time, $year, _place($month, @rest)];
            last;
        }
    }
    return (sort { $b->[0] <=> $a->[0] } @readings)[0];
}

sub _place {
    my ($month, $day, $hour, $minute) = @_;
    return $month * 31 + $day + $hour / 24 + $minute / 1440;
}

# What a month of two meanings was in a file: a file is of one language.
my %meant;    # file => {name => month}

# The reading nearest to what is reached. Parameters: the file, [year, place] that is reached, the month's
# name, day, hour, minute. Returns year, place, month.
sub _next {
    my ($file, $reached, $name, @rest) = @_;
    my ($year, $from) = @{$reached};
    my @months = Months::named($name) or return;
    @months = $meant{$file}{$name} // @months if @months > 1;
    my ($nearest) = sort { $a->[0] <=> $b->[0] } map {
        my $to = _place($_, @rest);
        my $years = _new_years($from, $to);
        [abs($years * $YEAR + $to - $from), $year + $years, $to, $_];
    } @months;
    $meant{$file}{$name} = $nearest->[3] if @months > 1;
    return @{$nearest}[1 .. 3];
}

# Parameters: the file, zone, offset, the month's name, day, hour, minute. Returns the time of a stamp without a year.
sub time_of {
    my ($file, $zone, $offset, $name, @rest) = @_;
    my $latest = CORE::time() + $DAY;    # in a replay too, see Replay.pm; some clocks are ahead
    my $reached = $reached{$file};
    if ($reached) {
        my ($year, $place, $month) = _next($file, $reached, $name, @rest) or return;
        my $time = Times::minute($zone, $offset, $year, $month, @rest) // return;
        if ($time <= $latest) {
            # A late line does not take the file back.
            $reached{$file} = [$year, $place] if $year * $YEAR + $place > $reached->[0] * $YEAR + $reached->[1];
            return $time;
        }
    }
    my $reading = _latest($latest, $zone, $offset, $name, @rest) // return;
    $reached{$file} //= [@{$reading}[1, 2]] if $file ne '';
    return $reading->[0];
}

# A file that is there as a whole is not to be torn in two where it passes today's date: its last stamp
# has the latest year, and the first is so many New Years before. To be called with each stamp of the
# file, in their order, then with none to begin. Parameters: the file, the zone, the latest time that its
# last stamp may have, and a stamp.
my %counted;    # file => [first place, New Years since, place, last stamp, New Years until a February 29]

sub count_years {
    my ($file, $zone, $latest, $stamp) = @_;
    if (defined $stamp) {
        my ($name, @rest) = Times::yearless($stamp) or return;
        my $counted = $counted{$file};
        if (!$counted) {
            my $reading = _latest($latest, $zone, '', $name, @rest) // return;
            $counted{$file} = [$reading->[2], 0, $reading->[2], $stamp];
            return;
        }
        my ($year, $place, $month) = _next($file, [@{$counted}[1, 2]], $name, @rest);
        $counted->[4] = $year if $month == 1 && $rest[0] == 29;
        @{$counted}[1 .. 3] = ($year, $place, $stamp)
            if $year * $YEAR + $place > $counted->[1] * $YEAR + $counted->[2];
        return;
    }
    my ($first, $years, undef, $last, $leap) = @{ delete $counted{$file} // return };
    my $reading = _latest($latest, $zone, '', Times::yearless($last)) // return;
    my $year = $reading->[1] - $years;
    $year-- while defined $leap && !defined Times::minute('UTC', 'Z', $year + $leap, 1, 29, 0, 0);
    $reached{$file} = [$year, $first];
    return;
}

# Parameters: two files. The second begins in the year in which the first does.
sub begin_as {
    my ($like, $file) = @_;
    $reached{$file} = [@{ $reached{$like} }] if $reached{$like};
    $meant{$file} = {%{ $meant{$like} }} if $meant{$like};
    return;
}

1;
