# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Source.pm by itself. Reads a JSON list of [source, clients that are known, lines]; prints for each as JSON a
# list of what its lines mean, a hash, or null for a line that means nothing, and which servers spoke, asked twice.

use strict;
use warnings;

use IO::Handle;
use JSON::PP;

use Address;
use Event;
use Globs;
use Memory;
use Queue;
use Times;
use Client;
use Shape;
use Source;

{
    no warnings 'once';
    *Inputs::server_of = sub { return '' };
}

STDOUT->autoflush;
my $json = JSON::PP->new->canonical->utf8(0);
for (@{ $json->decode(join '', <STDIN>) }) {
    my ($source, $clients, $lines) = @{$_};
    my $child = fork() // die "fork: $!\n";
    if (!$child) {
        my $reader = Source::reader(%{$source});
        for (@{$clients}) {
            my %client = (%{$_}, state => 'in', source => $source->{title});
            $client{daemon} //= Client::daemon(@client{qw(source server program pid)});
            $client{place} //= Client::place(\%client);
            $client{key} = Client::key(@client{qw(place user)});
            Client::put(\%client, 1000, 0);
        }
        my @found = map { $reader->($_, '/var/log/x.log') || undef } @{$lines};
        my @spoken = map { my %servers = %{ Source::spoken() }; $_ = [sort keys %{$_}] for values %servers; \%servers } 1, 2;
        print $json->encode([\@found, \@spoken]), "\n";
        exit 0;
    }
    waitpid $child, 0;
    exit 1 if $?;
}
