# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Usage: perl look_at_inputs.pl "GROUP GROUP..." GLOB...      as root
#
# Prints, as WHAT TAB PATH, of which logins nothing would be seen:
#   unreadable   files that match, but may not be read by a user who is nobody else than a member of these
#                groups. rsyslog makes directories that only root may enter, unless told otherwise
#   empty        globs that match no file
#   nowhere      directories that such a glob begins with, and that are not there

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);

my ($groups, @globs) = @ARGV;
my @files;
for my $glob (@globs) {
    my @found = grep { -f } bsd_glob($glob, GLOB_BRACE);
    push @files, @found;
    next if @found;
    my ($directory) = $glob =~ m!^(/[^*?\[{]*)/! or next;
    print -d $directory ? "empty\t$glob\n" : "nowhere\t$directory\n";
}
my @ids = grep { defined } map { scalar getgrnam $_ } split ' ', $groups;

my $nobody = 65534;
$) = "$nobody $nobody @ids";
$> = $nobody;
print map { "unreadable\t$_\n" } grep { !-r } @files;
