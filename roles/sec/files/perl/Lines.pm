# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which lines of a log are read: to look for a few texts in a large block is far cheaper than a rule for
# each line. Where a context has none of these rows in inputs.tsv, all of its lines are read:
#
#   "word", context, text            A line that holds it is read.
#   "sign", context, text, pattern   It says no more than who is where. The pattern takes both out of what
#                                    stands before it. Such a line is read if that is news.
#   "end", context, text, pattern    It ends what is known of a place. The pattern takes that out of what
#                                    stands before it. Such a line is read if the memory mentions the
#                                    place, or if there is none.

package Lines;

use strict;
use warnings;

my $MOMENT = 60;          # seconds for which a sign is no news
my $MOST_SEEN = 10_000;

my (%words, %signs, %ends);    # context => [words], [[text, pattern]]
my %seen;                      # who => [where, time]

# Parameters: rows, each [kind, context, text, pattern].
sub configure {
    my @rows = @_;
    (%words, %signs, %ends) = ();
    for (@rows) {
        my ($kind, $context, $text, $pattern) = @{$_};
        push @{ $words{$context} }, $text if $kind eq 'word';
        push @{ $signs{$context} }, [$text, qr/$pattern/] if $kind eq 'sign';
        push @{ $ends{$context} }, [$text, qr/$pattern/] if $kind eq 'end';
    }
    return;
}

# Parameters: a reference to whole lines, a text. Returns [start of its line, its own place, end of its
# line] for each line that holds it, the first place of each.
sub _found {
    my ($lines, $text) = @_;
    my ($at, $end, @found) = (0, 0);
    while (($at = index ${$lines}, $text, $end) >= 0) {
        $end = index ${$lines}, "\n", $at;
        push @found, [rindex(${$lines}, "\n", $at) + 1, $at, $end];
    }
    return @found;
}

# Parameters: what stands before a sign in its line, and after it, the sign, its pattern.
sub _is_news {
    my ($before, $after, $sign, $pattern) = @_;
    # Which of two is meant, the rules know.
    return 1 if index($after, $sign) >= 0;
    my ($who, $where) = $before =~ $pattern or return 0;
    my ($seen, $now) = ($seen{$who}, time());
    return 0 if $seen && $seen->[0] eq $where && $now >= $seen->[1] && $now < $seen->[1] + $MOMENT;
    %seen = () if keys %seen >= $MOST_SEEN;
    $seen{$who} = [$where, $now];
    return 1;
}

# Parameters: a context, a reference to whole lines. Returns those to be read: [line, offset behind it,
# the place that the memory has to mention, if so].
sub chosen {
    my ($context, $lines) = @_;
    return _all($lines) unless $words{$context} || $signs{$context} || $ends{$context};
    my (%end, %place, %signs_in);
    for my $text (@{ $words{$context} }) {
        $end{ $_->[0] } = $_->[2] for _found($lines, $text);
    }
    for my $sign (@{ $signs{$context} }) {
        push @{ $signs_in{ $_->[0] } }, [@{$_}[1, 2], @{$sign}] for _found($lines, $sign->[0]);
    }
    # In the order of the lines: what is news depends on it.
    for my $start (sort { $a <=> $b } grep { !$end{$_} } keys %signs_in) {
        for (@{ $signs_in{$start} }) {
            my ($at, $end, $sign, $pattern) = @{$_};
            my $behind = $at + length $sign;
            my ($before, $after) = (substr(${$lines}, $start, $at - $start), substr ${$lines}, $behind, $end - $behind);
            $end{$start} = $end if _is_news($before, $after, $sign, $pattern);
        }
    }
    # Last: a place decides only about a line that nothing else asks for.
    for (@{ $ends{$context} }) {
        my ($text, $pattern) = @{$_};
        for (_found($lines, $text)) {
            my ($start, $at, $end) = @{$_};
            next if $end{$start};
            $end{$start} = $end;
            my $behind = $at + length $text;
            next if index(substr(${$lines}, $behind, $end - $behind), $text) >= 0;    # as with two signs
            ($place{$start}) = substr(${$lines}, $start, $at - $start) =~ $pattern;
        }
    }
    return map { [substr(${$lines}, $_, $end{$_} - $_), $end{$_} + 1, $place{$_}] } sort { $a <=> $b } keys %end;
}

sub _all {
    my ($lines) = @_;
    my $end = 0;
    return map { [$_, $end += 1 + length] } split /\n/, substr(${$lines}, 0, -1), -1;
}

# Parameters: a context, a line. Returns true if it holds one of the texts, or all lines are read.
sub may_matter {
    my ($context, $line) = @_;
    my @texts = (@{ $words{$context} // [] }, map { $_->[0] } @{ $signs{$context} // [] }, @{ $ends{$context} // [] });
    return !@texts || scalar grep { index($line, $_) >= 0 } @texts;
}

# Parameters: a context, a line. Returns true if it is to be read now.
sub matters {
    my ($context, $line) = @_;
    my ($chosen) = length $line ? chosen($context, \"$line\n") : ();
    return $chosen && is_known($chosen->[2]) ? 1 : 0;
}

# Parameter: a place that the memory has to mention, if so. To be asked when all that came before is done.
sub is_known {
    my ($place) = @_;
    return !defined $place || Memory::mentions($place);
}

1;
