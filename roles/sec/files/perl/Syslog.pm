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

my %MONTH;
@MONTH{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;

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
    my $this_year = (localtime)[5];
    for my $year ($this_year + 1, $this_year, $this_year - 1) {
        my $epoch = mktime(@rest, $month, $year, 0, 0, -1);
        return $epoch if defined $epoch && $epoch <= time() + 86_400;
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

# Parameters: a time stamp as logged, in any of the forms above, or nothing. A stamp without a
# zone is in this host's zone. Returns RFC 3339, UTC, with milliseconds; the present time for a
# stamp that is missing or cannot be read: a login is not held back by an odd clock.
sub utc {
    my ($stamp) = @_;
    my $epoch = defined $stamp && length $stamp ? eval { _epoch($stamp) } : undef;
    return _utc_text($epoch // time());
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
