# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Usage: perl -IMODULES reader.pl DIRECTORY
#
# Reads logs as the correlator does, without SEC: appends each line with its place to DIRECTORY/lines, and stores
# the offsets now and then, and when it is stopped.

use strict;
use warnings;

use IO::Handle;
use Time::HiRes qw(sleep time);

my ($directory) = @ARGV;
require Inputs;
Inputs->import("$directory/inputs.tsv", "$directory/offsets.tsv", 5);
open(my $lines, '>>', "$directory/lines") or die "$!\n";
print {$lines} "\n";    # ends what a kill has torn
my ($stopped, $next_save) = (0, 0);
local $SIG{TERM} = sub { $stopped = 1 };
until ($stopped) {
    Inputs::processed();
    if (time() > $next_save) {
        $lines->flush;
        Offsets::save();
        print STDERR map { "$_\n" } News::lines();
        $next_save = time() + 1;
    }
    my ($line, $more) = Inputs::next_line();
    if (defined $line) { print {$lines} join("\t", Inputs::place(), $line), "\n" }
    elsif (!$more) {
        Inputs::look();
        $lines->flush;
        sleep 0.01;
    }
    Inputs::look() if rand() < 0.001;
}
$lines->flush;
Offsets::save();
