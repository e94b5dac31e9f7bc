# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Usage: perl unreadable_inputs.pl "GROUP GROUP..." GLOB...      as root
#
# Prints the files that match the globs, but may not be read by a user who is nobody else than a
# member of these groups. rsyslog makes directories that only root may enter, unless told otherwise.

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);

my ($groups, @globs) = @ARGV;
my @files = grep { -f } map { bsd_glob($_, GLOB_BRACE) } @globs;
my @ids = grep { defined } map { scalar getgrnam $_ } split ' ', $groups;

my $nobody = 65534;
$) = "$nobody $nobody @ids";
$> = $nobody;
print map { "$_\n" } grep { !-r } @files;
