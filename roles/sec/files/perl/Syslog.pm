# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What rules need to know of a log line besides what their patterns match.

package Syslog;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use POSIX qw(floor mktime strftime);
use Socket qw(AF_INET AF_INET6 inet_pton);
use Time::Local qw(timegm);

my $LONGEST_RAW = 32_000;    # bytes; OpenVPN's longest line has 10,240, but a relay adds to it

my %MONTH;
@MONTH{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;

my $BSD_TIME = qr/(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?/;
my $ISO_TIME = qr/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/;

sub _utc_text {
    my ($epoch) = @_;
    my $seconds = floor($epoch);
    my $milliseconds = int(($epoch - $seconds) * 1000);
    return strftime('%Y-%m-%dT%H:%M:%S', gmtime $seconds) . sprintf('.%03dZ', $milliseconds);
}

# A BSD time stamp has no year: it is the latest year that does not lie in the future
# (a day of tolerance for a sender whose clock is ahead).
sub _latest_year {
    my ($month, @rest) = @_;
    my $now = CORE::time();    # in a replay too, see Replay.pm
    my $this_year = (localtime $now)[5];
    for my $year ($this_year + 1, $this_year, $this_year - 1) {
        my $epoch = mktime(@rest, $month, $year, 0, 0, -1);
        return $epoch if defined $epoch && $epoch <= $now + 86_400;
    }
    return;
}

sub _epoch {
    my ($stamp) = @_;
    if ($stamp =~ /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:(Z)|([+-])(\d\d):?(\d\d))?$/) {
        my ($fraction, $zulu, $sign, $hours, $minutes) = ("0." . ($7 // 0), $8, $9, $10, $11);
        my @time = ($6, $5, $4, $3, $2 - 1);
        return mktime(@time, $1 - 1900, 0, 0, -1) + $fraction unless $zulu || $sign;
        my $offset = $sign ? "${sign}1" * ($hours * 3600 + $minutes * 60) : 0;
        return timegm(@time, $1) - $offset + $fraction;
    }
    if ($stamp =~ /^(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: (\d{4}))?$/
        && exists $MONTH{$1}) {
        my ($month, @rest) = ($MONTH{$1}, $6, $5, $4, $2);
        my ($year, $fraction) = ($3 // $8, "0." . ($7 // 0));
        my $epoch = defined $year ? mktime(@rest, $month, $year - 1900, 0, 0, -1) : _latest_year($month, @rest);
        return defined $epoch ? $epoch + $fraction : undef;
    }
    return $stamp if $stamp =~ /^\d{9,11}(?:\.\d+)?$/;
    return;
}

# Most stamps share their minute with the one before, and zones differ by whole minutes.
my ($minute, $minute_utc) = ('', '');

sub _utc_in_minute {
    my ($stamp) = @_;
    my ($start, $seconds, $fraction, $zone) =
        $stamp =~ /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):([0-5]\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/ or return;
    if ("$start$zone" ne $minute) {
        my $epoch = eval { _epoch("$start:00$zone") } // return;
        ($minute, $minute_utc) = ("$start$zone", substr _utc_text($epoch), 0, 17);
    }
    return sprintf '%s%s.%.3sZ', $minute_utc, $seconds, ($fraction // '') . '000';
}

# Parameters: a time stamp as logged, in any of the forms above, or nothing. A stamp without a
# zone is in this host's zone. Returns RFC 3339, UTC, with milliseconds; the present time for a
# stamp that is missing or cannot be read: a login is not held back by an odd clock.
sub utc {
    my ($stamp) = @_;
    my $in_minute = defined $stamp && _utc_in_minute($stamp);
    return $in_minute if $in_minute;
    my $epoch = defined $stamp && length $stamp ? eval { _epoch($stamp) } : undef;
    return _utc_text($epoch // time());
}

# Parameter: a log line. Returns the time stamp that it begins with, or that docker put into it, in
# seconds since the epoch; nothing if it has none that can be read.
sub epoch_of {
    my ($line) = @_;
    my ($stamp) = $line =~ /^(?:\xEF\xBB\xBF)?(?:\d{1,5} )?(?:<\d{1,3}>)?(?:1 )?($BSD_TIME|$ISO_TIME|\d{9,11}\.\d+(?= ))/;
    ($stamp) = $line =~ /^[{]"log":.*"time":"([^"]+)"[^"]*$/ unless defined $stamp;
    return defined $stamp ? eval { _epoch($stamp) } : undef;
}

# Parameter: an address as text, IPv4 or IPv6. Returns "4:" or "6:" and its bytes as hex digits, which
# are compared with those of a network; an empty text for anything else.
sub hex_address {
    my ($text) = @_;
    my $version = $text =~ /:/ ? 6 : 4;
    my $packed = inet_pton($version == 6 ? AF_INET6 : AF_INET, $text =~ s/%.*//r) // return '';
    return "$version:" . unpack 'H*', $packed;
}

# Parameters: two times as utc() returns them. Returns how long it is between them, in words.
sub span {
    my ($from, $to) = map { floor(_epoch($_) // 0) } @_;
    my $seconds = abs($to - $from);
    return "$seconds s" if $seconds < 60;
    return sprintf '%d min %d s', $seconds / 60, $seconds % 60 if $seconds < 3600;
    return sprintf '%d h %d min', $seconds / 3600, $seconds % 3600 / 60 if $seconds < 2 * 86_400;
    return sprintf '%d days', $seconds / 86_400;
}

# Parameters: any texts. Returns 32 hex digits, the same for the same texts: a line that is
# read twice after a crash keeps its id.
sub id {
    return substr(sha256_hex(join "\0", map { defined ? $_ : '' } @_), 0, 32);
}

# Parameters: a text. True if it is an IPv4 or IPv6 address, without port or scope.
sub is_address {
    my ($text) = @_;
    return defined inet_pton($text =~ /:/ ? AF_INET6 : AF_INET, $text);
}

# Parameters: what a shape found in a log line, and how to undo the quoting of its message, if it has one.
# Returns the message. Time and server are those of the line from now on, as the rules need them, and
# "raw" is the whole line.
sub unwrap {
    my ($line, $unquote) = @_;
    my ($time) = grep { defined && length } @{$line}{qw(time log_time)};
    @{$line}{qw(time server raw)} = (utc($time), Inputs::server(@{$line}{qw(server _inputsrc)}), $line->{0});
    return '-' if length $line->{raw} > $LONGEST_RAW;
    my $message = $unquote ? $unquote->($line->{message}) : $line->{message};
    return length $message ? $message : '-';
}

# The next two undo a quoting of the log's format. Neither lets a control character through: it
# would break the line that the result becomes part of. Nothing is the answer then.

# Parameters: the inside of a JSON string, UTF-8. Returns the text, UTF-8.
sub from_json {
    my ($quoted) = @_;
    my $text = eval { JSON::PP->new->utf8->decode(qq(["$quoted"]))->[0] } // return '';
    utf8::encode($text);
    return $text =~ /[\x00-\x1f\x7f]/ ? '' : $text;
}

# Parameters: the inside of a string as Python's repr() prints it. Returns the bytes.
sub from_python {
    my ($text) = @_;
    $text =~ s/\\(?:x([0-9a-f]{2})|(.))/defined $1 ? chr hex $1 : $2/gse;
    return $text =~ /[\x00-\x1f\x7f]/ ? '' : $text;
}

1;
