# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What the globs of the logs say about a path: the server that it is for, which is what their wildcard
# stands for there.

package Globs;

use strict;
use warnings;

my @patterns;     # of a path, with the server in brackets
my %server_of;    # path => server

my %WILDCARD = ('*' => '[^/]*', '?' => '[^/]');

# The globs without braces that one with braces means.
sub _unbraced {
    my ($glob) = @_;
    my ($before, $choice, $after) = $glob =~ /^(.*)[{]([^{}]+)[}](.*)$/ or return $glob;
    return map { _unbraced("$before$_$after") } split /,/, $choice, -1;
}

sub _pattern_of {
    my ($glob) = @_;
    $glob =~ s{\\(.)|([*?])|\[(!?)([^\]]+)\]|(\W)}
        {$2 ? $WILDCARD{$2} : defined $4 ? '[' . ($3 && '^') . ($4 =~ s/([\\^])/\\$1/gr) . ']' : quotemeta($1 // $5)}ge;
    return $glob;
}

# Parameters: the parts of a path in a glob, the same of the others that are meant by the same braces.
sub _server_pattern {
    my ($parts, @others) = @_;
    my @patterns = map { _pattern_of($_) } @{$parts};
    my @wild = grep { $parts->[$_] =~ /(?<!\\)[*?\[]/ } 0 .. $#patterns;
    if (!@wild) {
        @wild = grep { my $at = $_; grep { ($_->[$at] // '') ne $parts->[$at] } @others } 0 .. $#patterns or return;
    }
    my $last = pop @patterns;
    if    ($wild[0] < @patterns)  { $patterns[ $wild[0] ] = "($patterns[$wild[0]])" }
    elsif ($parts->[-1] =~ /(?<!\\)[*]/) { $last =~ s/\Q$WILDCARD{'*'}/($&)/ }
    else                          { $last = "(?=$last\$)([^/]*?)(?:[.][^/.]*)?" }    # the name without its end
    return join '/', @patterns, $last;
}

# Parameters: all globs.
sub configure {
    %server_of = @patterns = ();
    for my $glob (@_) {
        my @meant = map { [split m{/}, $_, -1] } _unbraced($glob);
        push @patterns, map { qr/^$_$/s } grep { defined } map { _server_pattern($_, @meant) } @meant;
    }
    return;
}

# Parameter: a path. Returns the server that it is for: the first directory in its glob with a wildcard, or
# what the first * in the file's name stands for. The choices of {a,b} count if nothing else varies.
sub server_of {
    my ($path) = @_;
    return $server_of{$path} //= (map { $path =~ $_ ? "$1" : () } @patterns)[0] // '';
}

# Parameters: a glob, a path. True if the path fits the glob, or is a directory on the way to what fits.
sub leads_to {
    my ($glob, $path) = @_;
    my @path = split m{/}, $path;
    for (map { [split m{/}, $_, -1] } _unbraced($glob)) {
        my @parts = map { _pattern_of($_) } @{$_};
        return 1 if @path <= @parts && !grep { $path[$_] !~ /^$parts[$_]$/s } 0 .. $#path;
    }
    return 0;
}

# Forgets a path that is gone.
sub forget {
    delete $server_of{ $_[0] };
    return;
}

1;
