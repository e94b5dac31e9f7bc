# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Usage: perl probe.pl MEGABYTES PATH...
#
# Tries what the correlator must not be able to do, and says what came of it: "what TAB answer". An
# answer is "ok" or the number of the error. The same as probe.py, for where only Perl may run.

use strict;
use warnings;

use IO::Handle;
use File::Copy qw(copy);
use Socket qw(AF_INET AF_INET6 AF_UNIX SOCK_STREAM);

my ($megabytes, @paths) = @ARGV;
my @copies = map { "$_-copy" } $paths[0], '/tmp/probe', '/run/lock/probe', '/dev/shm/probe';

sub report {
    my ($what, $worked) = @_;
    print "$what\t", ($worked ? 'ok' : $! + 0), "\n";
    return;
}

for my $path (@paths) {
    report("write $path", open(my $file, '>>', $path));
    report("read $path", open($file, '<', $path));
}
for my $path (@copies) {
    copy('/bin/sh', $path) && chmod 0755, $path;
    report("run $path", -e $path && system($path, '-c', 'exit 0') == 0);
}
my %families = (inet => AF_INET, inet6 => AF_INET6, unix => AF_UNIX);
report("socket $_", socket(my $socket, $families{$_}, SOCK_STREAM, 0)) for sort keys %families;
report("run $_", system($_, '-c', 'exit 0') == 0) for '/bin/sh', '/usr/bin/env';

open(my $status, '<', '/proc/self/status');
print map { /^(Cap\w+|NoNewPrivs|Seccomp):\s+(\S+)/ ? "$1\t$2\n" : () } <$status>;
STDOUT->flush;

# Perl dies where it gets no memory.
my $pid = fork;
if (!$pid) {
    my $memory = 'x' x ($megabytes << 20);
    exit 0;
}
waitpid $pid, 0;
print "memory\t", ($? ? 'refused' : 'ok'), "\n";
