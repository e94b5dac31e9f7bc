# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What becomes of a client: the steps that rules take often. A client is the hash of what a message says:
# user, peer (address and port as logged), ip; and of its line: time, server, program, raw.

package Client;

use strict;
use warnings;

# Parameters: a message, the line that it was in. The message knows its line from now on.
sub of {
    my ($message, $line) = @_;
    @{$message}{qw(time server program raw)} = @{$line}{qw(time server program raw)};
    return;
}

# Parameters: a client, tables of the memory. True if one of them has its server and peer.
sub in {
    my ($client, @tables) = @_;
    return Memory::knows_in(@tables, @{$client}{qw(server peer)});
}

# True if there is a session of this user from this peer.
sub has_session {
    my ($client) = @_;
    my ($server, $user, $peer) = map { $_ // q() } @{$client}{qw(server user peer)};
    return Memory::knows("session", "$server/$user", $peer);
}

# Whatever is known of its server and peer, but a session, is over. Returns the login that was pending.
sub end {
    my ($client) = @_;
    my @at = @{$client}{qw(server peer)};
    Memory::take($_, @at) for qw(refused failed rejected);
    return Memory::take('pending', @at);
}

# The fields of a login, tab-separated: proof, id, time, server, program, user, peer, ip, raw.
sub login {
    my ($client, $proof) = @_;
    my @known = map { $_ // '' } @{$client}{qw(time server program user peer ip raw)};
    return join "\t", $proof, Syslog::id($client->{raw}), @known;
}

# It is a login, unless it is rejected in so many seconds. Returns the login that was pending before.
sub await {
    my ($client, $seconds, $login) = @_;
    my $before = Memory::take('pending', @{$client}{qw(server peer)});
    Memory::await('pending', $seconds, @{$client}{qw(server peer)}, $login);
    return $before;
}

# The login that was pending, with a better proof.
sub pending {
    my ($client, $proof) = @_;
    return Memory::take('pending', @{$client}{qw(server peer)}) =~ s/^\w+/$proof/r;
}

# A login: it is judged, and followed to its end. Parameters: its fields, for how long it is followed.
# OpenVPN writes addresses only: where there is something else, it is not OpenVPN's line.
sub log_in {
    my ($login, $session_seconds) = @_;
    my ($proof, $id, $time, $server, $program, $user, $peer, $ip, $raw) = split /\t/, $login, 9;
    return unless Syslog::is_address($ip =~ s/%.*//r);
    Queue::append('connections', $id, $ip, 'OpenVPN', $time, $server, $user, $peer, $proof, $raw);
    Memory::remember('session', $session_seconds, "$server/$user", $peer, $id, $time, $program);
    return;
}

1;
