# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Late.pm by itself: what the steps of test_late.py, which follow on this, are made of.

use strict;
use warnings;

our ($now, $caught_up);
BEGIN { $now = 1_800_000_000; *CORE::GLOBAL::time = sub () { $now } }

use Alert;
use Event;
use Late;
use Memory;
use Queue;
use Times;

our @raised;
my $number = 0;
$caught_up = $now;
{
    no warnings qw(once redefine);
    *Feed::caught_up = sub { $caught_up };
    *Queue::append = sub {
        my ($event, $severity, $mail, $value, $text) = @_[3, 4, 5, 9, 10];
        push @raised, join '|', $event, $severity, $mail, $value, $text =~ s/(?<=such as ).*//r;
    };
}

# A login whose line has a time so many seconds ago.
sub login {
    my ($ago) = @_;
    return {id => 'id' . $number++, time => Times::utc($now - $ago), server => 'vpn1', source => 'OpenVPN'};
}

# How late its verdict is, and where it waited.
sub late {
    my ($late, $link) = Late::of($_[0]);
    return join '|', $late // '', $link // '';
}

# Time passes, and the reader is always at the end of the logs.
sub pass {
    $now += $_[0];
    $caught_up = $now;
    return;
}

# Its alert is due an e-mail.
sub mail {
    my ($login, $who) = @_;
    return Alert::raise(time => $login->{time}, event => 'E', severity => 'critical', mail => 1, resource => $who // 'anna',
        value => '', source => 'OpenVPN', text => 'rings');
}

# What is over by now is said.
sub windows {
    for (split /\n/, Memory::forgotten()) {
        my $backlog = Event::fields($_, qw(table owner key until said count held most links names));
        Late::say_backlog($backlog, 'advice') if $backlog && $backlog->{table} eq 'backlog';
    }
    return;
}
