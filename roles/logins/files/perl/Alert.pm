# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Alerts, the lines of the queue file "alerts". Everything that raises one does it here.

package Alert;

use strict;
use warnings;

my $A_DAY = 86_400;

# Parameters, by name: of (what its id is made of: a list, or one id), time, event, severity, mail (true: an e-mail is
# due), resource, source (what logged it; none: this product itself), value, text, attributes (a list of names and
# values), raw (the log line).
sub raise {
    my (%alert) = @_;
    my $time = $alert{time} //= Times::utc_now();
    my $has_mail = $alert{mail} && !Late::holds(\%alert);
    my $id = ref $alert{of} ? Queue::id(@{ $alert{of} }) : $alert{of};
    my @attributes = @{ $alert{attributes} // [] };
    my @named;
    while (my ($name, $value) = splice @attributes, 0, 2) { push @named, "$name=" . ($value // '') }
    return Queue::append(
        'alerts', $id, $time, @alert{qw(event severity)}, $has_mail ? 'mail' : 'no_mail', $alert{resource}, 'logins',
        $alert{source} // 'geowatch', $alert{value}, $alert{text}, @named, 'raw=' . ($alert{raw} // ''),
    );
}

# The same, of a server (an attribute and the resource), once a day.
sub say_daily {
    my (%alert) = @_;
    my @said = ('said', $alert{event}, $alert{server});
    return if Memory::knows(@said);
    Memory::remember($said[0], $A_DAY, @said[1, 2]);
    my $server = length $alert{server} ? $alert{server} : '(unknown server)';
    $alert{text} =~ s/[{]server[}]/$server/g;
    unshift @{ $alert{attributes} }, server => $alert{server};
    return raise(of => [@alert{qw(event time raw)}], resource => $server, %alert);
}

1;
