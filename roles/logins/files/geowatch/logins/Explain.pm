# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Writes down what each step makes of a line, for explain_line.py: the step, and "name=value" of what it knows.
#
#   perl -MReplay=... ... -MExplain=FILE ... /usr/bin/sec
#
# It decides nothing. The functions of the correlator's own modules are called as ever, and watched.

package Explain;

use strict;
use warnings;

my $told;

sub import {
    my (undef, $path) = @_;
    open($told, '>', $path) or die "$path: $!\n";
    return;
}

# Parameters: the step, what is known by name, and the names that are told.
sub _tell {
    my ($step, $known, @names) = @_;
    print {$told} Queue::line($step, (map { "$_=" . ($known->{$_} // '') } @names), '');
    return;
}

# Parameters: the name of a function, what is called with its parameters before it, and what is called with them and
# what it returned, behind it.
sub _watch {
    my ($name, $before, $behind) = @_;
    no strict 'refs';
    no warnings 'redefine';
    defined &{$name} or die "Explain.pm does not know this version of the correlator: it has no $name\n";
    my $call = \&{$name};
    *{$name} = sub {
        $before->(@_) if $before;
        my @result = wantarray ? $call->(@_) : scalar $call->(@_);
        $behind->(\@result, @_) if $behind;
        return wantarray ? @result : $result[0];
    };
    return;
}

INIT {
    _watch('main::read_line', undef, sub { _tell('line', {raw => $_[1]}, 'raw') if defined $_[1] });
    _watch('Shape::of', undef, sub {
        my $shape = $_[0][0] or return;    # the likeliest
        my $times = join ', ', @{ $shape->{times} // [] };
        _tell('shape', {%{$shape}, times => $times}, qw(times server program pid foreign message));
    });
    # What is understood, if anything is, and why not.
    _watch('Source::_best', undef, sub {
        my ($found, $why) = @{ $_[0] };
        _tell('reading', {means => $found && $found->{means}, why => $why}, qw(means why));
    });
    _watch('Life::follow', sub { _tell('message', $_[0], qw(means time source server user ip place why odd_time lacks)) });
    _watch('Client::put', sub {
        my ($entry, $seconds, $awaited) = @_;
        _tell('client', {%{$entry}, seconds => $seconds, awaited => $awaited}, qw(state user place seconds awaited));
    });
    _watch('Event::happens', sub {
        my ($context, $first) = @_;
        _tell('event', {context => $context, first => $first}, qw(context first));
    });
    _watch('Replay::found', sub {
        my ($kind, @fields) = @_;
        my @names = qw(id ip country reason country_name database database_date asn as_owner);
        my %located;
        @located{@names} = @fields;
        _tell('located', \%located, @names) if $kind eq 'login';
    });
    _watch('Verdict::_raise', sub { _tell('judged', $_[0], qw(verdict policy expected action severity)) });
    _watch('Queue::append', sub {
        my ($queue, @fields) = @_;
        my %alert;
        @alert{qw(id time event severity mail resource service group value text)} = @fields;
        _tell('alert', \%alert, qw(event severity mail text)) if $queue eq 'alerts';
        _tell('login', {proof => $fields[7]}, 'proof') if $queue eq 'connections';
    });
}

1;
