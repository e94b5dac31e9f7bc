# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What follows from a located login: the verdict of a policy, how severe it is, and its alert. The rules
# say which policy judges and in which words; here are the parts that all of them share.
#
# A login is the hash of its fields in the queue file "located". Each step adds to it.

package Verdict;

use strict;
use warnings;

my %WHAT = (moved => 'session moved to', seen => 'session from');
my @LOUDER = qw(ignore inform warn alert alert);    # each is one step more severe than the one before

# By the policy that matched. Parameters: the login; name, expected (a pattern) and expected_text of the
# policy, its recipients, and its action for each verdict.
sub judge {
    my ($login, %policy) = @_;
    my $verdict = $login->{reason} eq 'internal' ? 'InternalAddress'
        : $login->{country} eq ''                 ? 'UnknownCountry'
        : $login->{country} =~ $policy{expected}  ? 'ExpectedCountry'
        :                                           'UnexpectedCountry';
    @{$login}{qw(verdict action policy expected recipients)} =
        ($verdict, @policy{ $verdict, qw(name expected_text recipients) });
    return;
}

# An address, of IPv6 the /64, that keeps connecting unconfirmed under other names rang once.
sub _knocks_again {
    my ($login, $repeat_seconds) = @_;
    my ($server, $ip, $user) = @{$login}{qw(server ip user)};
    return 0 if $login->{proof} ne 'unconfirmed';
    my @from = ($server, $ip =~ /:/ ? substr Syslog::hex_address($ip), 0, 18 : $ip);
    return Memory::recall('knock', @from) ne $user if Memory::knows('knock', @from);
    Memory::remember('knock', $repeat_seconds, @from, $user);
    return 0;
}

# The same again is due no e-mail for a while.
sub _mail {
    my ($login, $action, $repeat_seconds) = @_;
    return 'no_mail' if $action ne 'alert';
    my @again = (join('/', @{$login}{qw(verdict server user)}), $login->{ip});
    return 'no_mail' if Memory::knows('repeat', @again);
    Memory::remember('repeat', $repeat_seconds, @again);
    return 'mail';
}

# How severe it is, and the words for it. A success after a burst of failures is one step more severe.
# Parameters: the login; severity_of (by action), failures_threshold, repeat_seconds.
sub weigh {
    my ($login, %given) = @_;
    my ($failures) = sort { $b <=> $a } Memory::counted('failures', 'address', $login->{ip}),
        length $login->{user} ? Memory::counted('failures', 'user', $login->{user}) : 0;
    my $after_failures = $failures >= $given{failures_threshold};
    my $knocks_again = _knocks_again($login, $given{repeat_seconds});
    my ($step) = grep { $LOUDER[$_] eq $login->{action} } 0 .. 3;
    my $action = $LOUDER[ $knocks_again && $step > 1 ? 1 : $after_failures ? $step + 1 : $step ];
    $login->{severity} = $given{severity_of}{$action} // '';
    $login->{mail} = _mail($login, $action, $given{repeat_seconds});
    $login->{what} = "$login->{source} " . ($WHAT{ $login->{proof} } // 'login from');
    $login->{where} =
        length $login->{country_name} ? "$login->{country_name} ($login->{country})" : $login->{country};
    $login->{after} = $after_failures ? ", after $failures failed attempts" : '';
    return;
}

# Raises the alert, unless the action is to ignore it. What a peer chose to be called stands at the end
# of the sentence, where it cannot pass for a part of it. Parameters: the login; the sentence, with
# {names} of its fields; the advice; for how long a session is followed. Returns the end of the session,
# if it was there before the verdict.
sub raise {
    my ($login, $sentence, $advice, $session_seconds) = @_;
    my ($id, $source, $severity, $country) = @{$login}{qw(id source severity country)};
    my $user = length $login->{user} ? $login->{user} : '(no name)';
    my $server = length $login->{server} ? $login->{server} : '(unknown server)';
    my ($event, $resource) = ($source . $login->{verdict}, "$user\@$server");
    $sentence =~ s/[{](\w+)[}]/$login->{$1}/g;
    Queue::append(
        'alerts', $id, $login->{time}, $event, $severity, $login->{mail}, $resource, 'VPN', $source, $country,
        qq($sentence: $login->{ip} on $server, user "$user"$login->{after}),
        (map { "$_=$login->{$_}" } qw(user ip country country_name server policy expected reason proof database
            database_date asn as_owner)),
        "mail_to=$login->{recipients}", "advice=$advice", "raw=$login->{raw}",
    ) if $severity;
    Memory::remember('verdict', $session_seconds, 'login', $id, $event, $severity, $resource, $source, $country);
    return Memory::take('ended', 'login', $id);
}

1;
