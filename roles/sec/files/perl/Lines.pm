# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which lines of a log are read: those that hold one of a few texts. To look for these in a large block is far cheaper
# than a rule for each line. They are the rows "word", context, text of inputs.tsv; where a context has none, all of its
# lines are read.

package Lines;

use strict;
use warnings;

my %words;    # context => [texts]

# Parameters: rows, each [kind, context, text].
sub configure {
    %words = ();
    push @{ $words{ $_->[1] } }, $_->[2] for grep { $_->[0] eq 'word' } @_;
    return;
}

# Parameters: a context, a reference to whole lines. Returns those to be read: [line, offset behind it].
sub chosen {
    my ($context, $lines) = @_;
    my $words = $words{$context} or return _all($lines);
    my %end;    # of a line, by its beginning
    for my $word (@{$words}) {
        my ($at, $end) = (0, 0);
        while (($at = index ${$lines}, $word, $end) >= 0) {
            $end = index ${$lines}, "\n", $at;
            $end{ rindex(${$lines}, "\n", $at) + 1 } = $end;
        }
    }
    return map { [substr(${$lines}, $_, $end{$_} - $_), $end{$_} + 1] } sort { $a <=> $b } keys %end;
}

sub _all {
    my ($lines) = @_;
    my $end = 0;
    return map { [$_, $end += 1 + length] } split /\n/, substr(${$lines}, 0, -1), -1;
}

# Parameters: a context, a line. Returns true if it is to be read. Where there is no line, there is nothing to read.
sub matters {
    my ($context, $line) = @_;
    return 0 unless length $line;
    my $words = $words{$context} or return 1;
    for my $word (@{$words}) { return 1 if index($line, $word) >= 0 }
    return 0;
}

1;
