# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What a time stamp in a log means. A stamp is one of these, as logged, in bytes:
#
#   2026-07-01T10:00:00.123456+02:00     ISO 8601 and RFC 3339: a blank for the T, a slash for the dash, a
#                                        comma for the dot; with Z, an offset, or neither
#   Wed 2026-07-01 10:00:00 UTC          journalctl; of its words for a zone only UTC and GMT can be told
#   Wed, 2026-07-01, 10:00:00            strongSwan, in files of its own
#   Jul  1 10:00:00                      syslog; a weekday or none, a year or none, in any language
#   Wed Jul  1 10:00:00 2026             C
#   2026:07:01-10:00:00                  Sophos
#   1782900000.000000                    seconds since 1970; without a fraction 10, 13 or 16 digits

package Times;

use strict;
use warnings;

use Months;
use POSIX qw(floor mktime strftime tzset);
use Time::Local qw(timegm_modern);
use Years;

my $DAY = 86_400;
my $LONGEST = 120;            # bytes; no stamp is longer
my $ZONES = $ENV{TZDIR} // '/usr/share/zoneinfo';

my $WEEKDAY = qr/(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;
my $CLOCK = qr/(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}+))?+(?!\d)/;
my $OFFSET = qr/Z|[+-]\d\d:?\d\d/;
my $WORD = qr/[A-Z]{2,5}|[+-]\d\d(?:\d\d)?/;
# The name of a month is a word, two or three; if it begins with digits, more than digits.
my $NAME = qr/(?:[^\s\d]|\d{1,2}+(?=[^\s\d]))\S{0,59}+(?: \S{1,40}+){0,2}/;
my $ISO = qr{(?<year>\d{4})(?:-(?<month>\d\d)-|/(?<month>\d\d)/)(?<day>\d\d)};

my $FORM = qr{
    $ISO[T ]$CLOCK(?:(?<zone>$OFFSET)|[ ](?<zone>[+-]\d\d:?\d\d)(?![\w.-]))?
    | $WEEKDAY[ ]$ISO[ ]$CLOCK(?:[ ](?<zone>$WORD)(?![\w.-]))?
    | $WEEKDAY,[ ]$ISO,[ ]$CLOCK
    | (?<year>\d{4}):(?<month>\d\d):(?<day>\d\d)-$CLOCK
    | (?:$WEEKDAY,?[ ])?(?<name>$NAME)[ ]{1,4}(?<day>\d{1,2})[ ](?:(?<year>(?:19|20)\d\d)[ ])?
      $CLOCK(?:(?:[ ](?<zone>$WORD))?[ ](?<year>(?:19|20)\d\d)(?![\w.-]|:\d))?
    | (?<epoch>\d{9,11})[.](?<fraction>\d{1,9}+)(?!\d)
}x;
my $STAMP = qr/^$FORM/;
my $ONLY_STAMP = qr/^$FORM$/;

# Nearly all stamps are of these forms, which are found faster where nothing is captured.
my $COMMON = qr{^(?:
    \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9}+)?+(?:$OFFSET|(?![\dZ+-]|[ ][+-]\d))
    | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d
      (?![\d.,]|[ ](?:[A-Z]{2,5}[ ]|[+-]\d{2,4}[ ])?(?:19|20)\d\d)
)}x;

# Parameters: a reference to a text, a place in it. Returns the time stamp that begins there, and the place
# behind it; nothing if there is none. The month of a stamp is a month, its day need not exist.
sub stamp_at {
    my ($text, $at) = @_;
    return if $at > length ${$text};
    my $here = substr ${$text}, $at, $LONGEST;    # so no pattern can look further
    if ($here !~ $COMMON) {
        return if $here !~ $STAMP;
        my $end = $+[0];
        return if defined $+{name} && !Months::named($+{name});
        return (substr($here, 0, $end), $at + $end);
    }
    return (substr($here, 0, $+[0]), $at + $+[0]);
}

# Parameter: a zone as an IANA name. Returns true if this host knows it.
my %is_zone = ('' => 1, UTC => 1);

sub is_zone {
    my ($zone) = @_;
    return $is_zone{$zone} //= $zone =~ m{^[A-Za-z][\w+-]*(?:/[\w+-]+)*$}a && -f "$ZONES/$zone" ? 1 : 0;
}

# Parameters: year, month from 0, day, hour, minute. Nothing if there is no such day. An hour that a clock
# goes through twice is the first; one that it leaves out is counted as if it had not.
sub _local {
    my @time = (0, map { 0 + $_ } reverse @_);
    $time[5] -= 1900;
    my @readings = map { [mktime(@time, 0, 0, $_)] } 1, 0, -1;
    my @fit = grep { join(' ', (localtime $_)[1 .. 5]) eq join(' ', @time[1 .. 5]) } map { $_->[0] // () } @readings;
    return (sort { $a <=> $b } @fit)[0] // $readings[1][0];
}

# Parameters: zone, then the same. Looking one up takes long, and many files have the same minute.
my %in_zone;
my $MOST_IN_ZONE = 10_000;

sub _in_zone {
    my ($zone, @time) = @_;
    my $key = join ' ', @_;
    return $in_zone{$key} if exists $in_zone{$key};
    %in_zone = () if keys %in_zone >= $MOST_IN_ZONE;
    my ($was_set, $before) = (exists $ENV{TZ}, $ENV{TZ});
    if ($zone ne '') {
        $ENV{TZ} = $zone;
        tzset();
    }
    my $time = _local(@time);
    if ($zone ne '') {
        if ($was_set) { $ENV{TZ} = $before }
        else { delete $ENV{TZ} }
        tzset();
    }
    return $in_zone{$key} = $time;
}

# Parameters: zone, an offset or '' for none, year, month from 0, day, hour, minute.
sub minute {
    my ($zone, $offset, @time) = @_;
    my ($year, $month, $day, $hour, $minute) = @time;
    my $utc = eval { timegm_modern(0, $minute, $hour, $day, $month, $year) } // return;
    return _in_zone($zone, @time) if $offset eq '';
    return $utc if $offset =~ /^[A-Z]/;
    my ($sign, $hours, $minutes) = $offset =~ /^([+-])(\d\d):?(\d\d)?$/;
    $minutes //= 0;
    return if $hours > 14 || $minutes > 59;
    return $utc - "${sign}1" * ($hours * 3600 + $minutes * 60);
}

# The name of the month, the day and the clock of a stamp without a year; nothing for another, or one that is no time.
sub yearless {
    my ($stamp) = @_;
    return if length $stamp > $LONGEST || $stamp !~ $ONLY_STAMP || !defined $+{name} || defined $+{year};
    my ($name, @rest) = @+{qw(name day hour minute)};
    return if !Months::named($name) || $rest[0] < 1 || $rest[0] > 31 || $rest[1] > 23 || $rest[2] > 59;
    return ($name, @rest);
}

# Parameters: as of epoch(). Returns the beginning of the minute, and whether the stamp has no year.
sub _start {
    my ($stamp, $zone, $file) = @_;
    return unless is_zone($zone);
    return unless $stamp =~ $ONLY_STAMP && defined $+{hour};
    my ($year, $month, $name, $offset, @rest) = @+{qw(year month name zone day hour minute)};
    return if $rest[1] > 23 || $rest[2] > 59;
    # Of other words for a zone nobody knows which is meant.
    $offset = '' if !defined $offset || ($offset =~ /^[A-Z]/ && $offset !~ /^(?:Z|UTC|GMT)$/);
    return (scalar Years::time_of($file, $zone, $offset, $name, @rest), 1) unless defined $year;
    my @months = defined $name ? Months::named($name) : $month - 1;
    my @times = sort { $a <=> $b } map { minute($zone, $offset, $year, $_, @rest) // () } @months;
    return (grep { $_ <= CORE::time() + $DAY } @times)[-1] // $times[0];
}

# Most stamps share their minute with the one before, and zones differ by whole minutes.
my $known = qr/^(?!)/;    # a stamp of this minute: its second, the digits of its fraction
my ($known_zone, $known_file, $start, $start_text) = ('', '', 0, '');    # no file if it makes no difference

# Parameters: as of epoch(). Returns the beginning of the minute, the second in it, the digits of the fraction.
sub _parts {
    my ($stamp, $zone, $file) = @_;
    return if length $stamp > $LONGEST;
    my ($minute, $second, $fraction, $rest) =
        $stamp =~ /^((?:\d{4}:\d\d:\d\d-|[^:]{1,80}[ T])\d\d:\d\d):(\d\d)(?:[.,](\d{1,9}))?((?:\D.*)?)$/
        or return _counted($stamp);
    return if $second > 60;
    my ($found, $yearless) = _start($stamp, $zone, $file);
    return unless defined $found;
    return ($found, $second, $fraction // '') if $found % 60;    # local mean time, long ago
    $known = qr/^\Q$minute\E:([0-5]\d)(?:[.,](\d{1,9}))?\Q$rest\E$/;
    ($known_zone, $known_file, $start) = ($zone, $yearless ? $file : undef, $found);
    $start_text = strftime('%Y-%m-%dT%H:%M:', gmtime $start);
    return ($start, $second, $fraction // '');
}

# A number of seconds, milliseconds or microseconds.
sub _counted {
    my ($stamp) = @_;
    my ($seconds, $fraction) = $stamp =~ /^(\d{9,11})(?:[.](\d{1,9}))?$/ ? ($1, $2)
        : $stamp =~ /^(\d{10})(\d{3}|\d{6})$/ ? ($1, $2) : return;
    return ($seconds, 0, $fraction // '');
}

# Parameters: a stamp as logged; the zone of one that does not say its own, an IANA name or '' for this
# host's; the file that it is from, or '' for none. Returns seconds since 1970, with the fraction;
# nothing for a stamp that cannot be read.
sub epoch {
    my ($stamp, $zone, $file) = @_;
    my ($minute, $second, $fraction) = _parts($stamp // '', $zone // '', $file // '') or return;
    return $minute + $second + "0.$fraction";
}

sub _text {
    my ($seconds, $fraction) = @_;
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds) . sprintf '.%.3sZ', $fraction . '000';
}

# Parameters: as of epoch(). Returns RFC 3339, UTC, with milliseconds; '' for a stamp that cannot be read.
sub utc {
    my ($stamp, $zone, $file) = @_;
    return '' unless defined $stamp;
    $zone //= '';
    $file //= '';
    return $start_text . $1 . '.' . substr(($2 // '') . '000', 0, 3) . 'Z'
        if $zone eq $known_zone && (!defined $known_file || $file eq $known_file) && $stamp =~ $known;
    my ($minute, $second, $fraction) = _parts($stamp, $zone, $file) or return '';
    return _text($minute + $second, $fraction);
}

# Returns the present time as utc() would; in a replay that of its clock.
sub utc_now {
    return _text(time, '');
}

# Parameters: two times as utc() returns them. Returns how long it is between them, in words.
sub span {
    my ($from, $to) = map { floor(epoch($_) // 0) } @_;
    return in_words(abs($to - $from));
}

# The same of a number of seconds.
sub in_words {
    my ($seconds) = @_;
    return "$seconds s" if $seconds < 60;
    return sprintf '%d min %d s', $seconds / 60, $seconds % 60 if $seconds < 3600;
    return sprintf '%d h %d min', $seconds / 3600, $seconds % 3600 / 60 if $seconds < 2 * $DAY;
    return sprintf '%d days', $seconds / $DAY;
}

1;
