# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Events that modules have for the rules: these see them behind the line in hand, in their order, each in a
# context of its own. They wait in SEC's own queue, @main::events.

package Event;

use strict;
use warnings;

# Parameters: the context, the fields of the event.
sub happens {
    my ($context, @fields) = @_;
    @fields = map { $_ // q() } @fields;
    tr{\t}{ } for @fields[0 .. $#fields - 1];
    push @main::events, join("\t", @fields), $context;
    return 1;
}

# Parameters: an event as rules see it, the names of its fields, of which the last may hold tabs. Returns them by
# their names; nothing if it has not so many.
sub fields {
    my ($event, @names) = @_;
    my @values = split /\t/, $event, scalar @names;
    return 0 if @values != @names;
    my %fields;
    @fields{@names} = @values;
    return \%fields;
}

1;
