# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Tells systemd that the correlator is ready, and that it lives; see sd_notify(3). One that hangs is started again.

package Notify;

use strict;
use warnings;

use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);

my $OFTEN = 5;    # seconds between two signs of life
my $next = 0;

sub _tell {
    my ($text) = @_;
    my $address = $ENV{NOTIFY_SOCKET} // return;
    $address =~ s/^@/\0/;
    socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or return;
    return send $socket, $text, 0, pack_sockaddr_un($address);
}

sub ready {
    return _tell('READY=1');
}

sub alive {
    return if time() < $next && time() >= $next - $OFTEN;
    $next = time() + $OFTEN;
    return _tell('WATCHDOG=1');
}

1;
