# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Addresses as text.

package Address;

use strict;
use warnings;

use Socket qw(AF_INET AF_INET6 inet_pton);

# True if the text is an IPv4 or IPv6 address without port. It may have a zone, as in fe80::1%eth0.
sub is_one {
    my $text = ($_[0] // '') =~ s/%.*//sr;
    return defined inet_pton($text =~ /:/ ? AF_INET6 : AF_INET, $text);
}

# Returns "4:" or "6:" and the address's bytes as hex digits, which are compared with those of a network; an empty
# text for what is no address.
sub hex_digits {
    my ($text) = @_;
    my $version = $text =~ /:/ ? 6 : 4;
    my $packed = inet_pton($version == 6 ? AF_INET6 : AF_INET, $text =~ s/%.*//r) // return '';
    return "$version:" . unpack 'H*', $packed;
}

1;
