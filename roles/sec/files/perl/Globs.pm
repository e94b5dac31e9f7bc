# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which logs the globs mean, and what server each is for: what the wildcard of its glob stands for. What a
# rotation left beside a log is no log of its own, whatever the glob.

package Globs;

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE GLOB_ERROR);

my @patterns;     # [of a path, with the server in brackets if there is one; the glob]
my %server_of;    # path => server
my %said;         # glob => 1

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
    @wild = grep { my $at = $_; grep { ($_->[$at] // '') ne $parts->[$at] } @others } 0 .. $#patterns unless @wild;
    return join '/', @patterns unless @wild;
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
        push @patterns, map { [qr/^$_$/s, $glob] } map { _server_pattern($_, @meant) } @meant;
    }
    return;
}

# Returns the server of a path; nothing if no glob means it.
sub _server {
    my ($path) = @_;
    for (@patterns) {
        return $1 // '' if $path =~ $_->[0];
    }
    return;
}

# Parameter: a path. Returns the server that it is for: the first directory in its glob with a wildcard, or
# what the first * in the file's name stands for. The choices of {a,b} count if nothing else varies.
sub server_of {
    my ($path) = @_;
    return $server_of{$path} //= _server($path) // '';
}

# Parameters: a path, the logs that are known. Returns what it was rotated from, if it is no log of its own. That
# need not be there at the moment, if it is known. What is compressed is never a log.
sub _rotated_from {
    my ($path, $logs) = @_;
    my @logs = Rotated::logs_of($path) or return;
    my ($log) = grep { $logs->{$_} || (defined _server($_) && -e) } @logs;
    return $log // (Rotated::is_packed($path) ? $logs[-1] : ());
}

# Parameters: a glob, and the logs that are known, by their paths. Returns the paths of the logs that it means,
# or nothing and $! if that cannot be found out.
sub paths {
    my ($glob, $logs) = @_;
    my (@paths, @rotated);
    for my $path (bsd_glob($glob, GLOB_BRACE)) {
        if   (_rotated_from($path, $logs)) { push @rotated, $path }
        else                               { push @paths, $path }
    }
    return if GLOB_ERROR;
    warn "<5>$glob also means what is left by a rotation, such as $rotated[0]: that is read with its log, not by itself\n"
        if @rotated && !$said{$glob}++;
    return \@paths;
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

# Parameter: a path. Returns the glob that means it.
sub glob_of {
    my ($path) = @_;
    return (map { $path =~ $_->[0] ? $_->[1] : () } @patterns)[0] // '';
}

# Forgets a path that is gone.
sub forget {
    delete $server_of{ $_[0] };
    return;
}

1;
