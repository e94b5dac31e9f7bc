# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What follows from a located login: the verdict of a policy, how severe it is, and its alert. The rules say which
# policy judges, and in which words; here are the steps that all of them share.
#
# A login is the hash of its fields in the queue file "located". Each step adds to it.
#
# In the correlator's memory:
#   repeat     by verdict, server and user, and address: an e-mail was due, the same again needs none for a while
#   verdict    by user and server, and the login's id, until its session ends
#   ended      by id: a session that ended before its login was judged
#   unjudged   by id: a line that no rule judged

package Verdict;

use strict;
use warnings;

use Counts ();
use POSIX ();

my $FOLLOWED = 604_800;                             # seconds; as long as a session is
my @LOUDER = qw(ignore inform warn alert alert);    # each is one step more severe than the one before
my %WHAT = (moved => 'session moved to', seen => 'session from');

my $AGAIN = 10;                                     # seconds between two tries to judge what no rule judged
my $WHAT_TO_DO = 'The rules are not those that were deployed. Run the playbook again: what waits is judged then.';

my %given;
my $judged = '';    # the last one, by its id
my $next_try = 0;

# Parameters, by name: fields (their names), severity_of (by action), failures_threshold, repeat_seconds, keeps_case, sentences
# (by verdict, with {names} of fields), advice (by verdict), reasons (why a country is not known). Returns what SEC
# calls for each line of "located": it returns the login.
sub reader {
    %given = @_;
    $Client::keeps_case = $given{keeps_case};
    my @fields = @{ $given{fields} };
    return sub {
        my ($line) = @_;
        return $line =~ /^[0-9a-f]{32}\t/ ? Event::fields($line, @fields) : 0;
    };
}

# By the policy that matched. Parameters: the login; name, expected (a pattern) and expected_text of the policy, its
# recipients, and its action for each verdict.
sub judge {
    my ($login, %policy) = @_;
    my $verdict = $login->{reason} eq 'internal' ? 'InternalAddress'
        : $login->{country} eq ''                 ? 'UnknownCountry'
        : $login->{country} =~ $policy{expected}  ? 'ExpectedCountry'
        :                                           'UnexpectedCountry';
    @{$login}{qw(verdict action policy expected recipients)} =
        ($verdict, @policy{ $verdict, qw(name expected_text recipients) });
    _weigh($login);
    $judged = $login->{id};
    Counts::add(1, $verdict, @{$login}{qw(source server)});
    Counts::add(1, 'country', length $login->{country} ? $login->{country} : $login->{reason});
    _raise($login);
    _no_longer_unjudged($login->{id}) if Memory::knows('unjudged', 'login', $login->{id});
    return 1;
}

# A login that no rule judges is critical, whatever became of the rules: so this is no rule.
sub _has_to_be_judged {
    my ($line) = @_;
    my ($id, $ip, $source, $server) = (split /\t/, $line)[0, 1, 9, 11];
    # The canary tells itself where it got lost.
    return if $id eq $judged || ($source // '') eq 'geowatch';
    my $waits = Memory::number_of('unjudged', 'login');
    Memory::remember('unjudged', $FOLLOWED, 'login', $id, $line) if $id =~ /^[0-9a-f]{32}\z/;
    _say_unjudged('critical', "No rule judged a login, and it waits: $ip on " . ($server // 'a server'), $line) unless $waits;
    return;
}

sub _say_unjudged {
    my ($severity, $text, $raw) = @_;
    return Alert::raise(
        of => ['unjudged', $severity, $raw, Times::utc_now()], event => 'GeowatchLoginNotJudged', severity => $severity, mail => 1,
        resource => 'rules@' . (POSIX::uname())[1], text => $text, raw => $raw,
        attributes => [advice => $severity eq 'cleared' ? 'Nothing to do.' : $WHAT_TO_DO],
    );
}

sub _no_longer_unjudged {
    my ($id) = @_;
    my $line = Memory::take('unjudged', 'login', $id);
    _say_unjudged('cleared', 'All logins are judged that had to wait', $line) unless Memory::number_of('unjudged', 'login');
    return;
}

sub _try_again {
    return if time() < $next_try && time() >= $next_try - $AGAIN;
    $next_try = time() + $AGAIN;
    push @main::events, map { (Memory::recall('unjudged', 'login', $_), 'LOCATED') } Memory::keys_of('unjudged', 'login');
    return;
}

{
    no warnings 'once';
    $Feed::after{LOCATED} = \&_has_to_be_judged;
    push @Feed::every_second, \&_try_again;
}

# How severe it is. A success after a burst of failures is one step more severe.
sub _weigh {
    my ($login) = @_;
    my ($user, $ip) = @{$login}{qw(user ip)};
    my ($failures) = sort { $b <=> $a } Memory::counted('failures', 'address', $ip),
        length $user ? Memory::counted('failures', 'user', Client::fold($user)) : 0;
    my $after_failures = $failures >= $given{failures_threshold};
    my ($step) = grep { $LOUDER[$_] eq $login->{action} } 0 .. 3;
    my $action = $LOUDER[ $after_failures ? $step + 1 : $step ];
    $login->{severity} = $given{severity_of}{$action} // '';
    $login->{mail} = $action eq 'alert' && _is_news($login);
    $login->{after} = $after_failures ? ", after $failures failed attempts" : '';
    return;
}

# The same again is due no e-mail for a while.
sub _is_news {
    my ($login) = @_;
    my @again = (join('/', @{$login}{qw(verdict server)}, Client::fold($login->{user})), $login->{ip});
    return 0 if Memory::knows('repeat', @again);
    Memory::remember('repeat', $given{repeat_seconds}, @again);
    return 1;
}

# What a peer chose to be called stands at the end of the sentence, where it cannot pass for a part of it. In Alerta an
# alert is known by its event and resource: with the country and the severity in there, nothing quieter is ever sent in
# the place of something louder, and two countries are two alerts.
sub _raise {
    my ($login) = @_;
    my ($id, $source, $verdict, $severity, $country) = @{$login}{qw(id source verdict severity country)};
    my $user = length $login->{user} ? $login->{user} : '(no name)';
    my $server = length $login->{server} ? $login->{server} : '(unknown server)';
    my ($late, $waited_at) = Late::of($login);
    $login->{after} .= ", judged $late late" if $late;
    my ($event, $resource) = ("$source$verdict", join q( ), grep { length } "$user\@$server", $country, $severity);
    my %word = (
        %{$login},
        what => "$source " . ($WHAT{ $login->{proof} } // 'login from'),
        where => length $login->{country_name} ? "$login->{country_name} ($country)" : $country,
        why => $given{reasons}{ $login->{reason} } // $login->{reason},
    );
    my $sentence = $given{sentences}{$verdict} =~ s/[{](\w+)[}]/$word{$1}/gr;
    Alert::raise(
        of => $id, (map { $_ => $login->{$_} } qw(time severity mail source raw)),
        event => $event, resource => $resource, value => $country,
        text => qq($sentence: $login->{ip} on $server, user "$user"$login->{after}),
        attributes => [
            (map { $_ => $login->{$_} } qw(user ip country country_name server policy expected reason proof database
                database_date asn as_owner)),
            $late ? (late => $late, waited_at => $waited_at) : (),
            (map { length ? (logged_as => $_) : () } Memory::recall('logged_as', 'login', $id) // ''),
            mail_to => $login->{recipients}, advice => $given{advice}{$source}{$verdict},
        ],
    ) if $severity;
    Memory::remember('verdict', $FOLLOWED, "$login->{user}\@$login->{server}", $id, $event, $severity, $resource, $source, $country);
    my $ended = Memory::take('ended', 'login', $id);
    Event::happens('SESSION_ENDED', split /\t/, $ended) if length $ended;
    return 1;
}

# A session is over. An informational alert is closed, unless it stands for another session too; of any other Alerta
# is told, but it stays as it is: somebody has to look. Parameter: the event, by its fields.
sub session_over {
    my ($session) = @_;
    my ($id, $owner) = ($session->{id}, "$session->{user}\@$session->{server}");
    if (!Memory::knows('verdict', $owner, $id)) {
        return Memory::remember('ended', $FOLLOWED, 'login', $id, @{$session}{qw(time server user id start source)});
    }
    my ($event, $severity, $resource, $source, $country) = split /\t/, Memory::take('verdict', $owner, $id), -1;
    return 1 unless length $severity;
    my $is_quiet = $severity eq 'informational';
    return 1 if $is_quiet && grep { Memory::recall('verdict', $owner, $_) =~ /^\Q$event\E\t[^\t]*\t\Q$resource\E\t/ }
        Memory::keys_of('verdict', $owner);
    my $span = Times::span(@{$session}{qw(start time)});
    return Alert::raise(
        of => ['session ended', $id], time => $session->{time}, event => $event, resource => $resource,
        severity => $is_quiet ? 'cleared' : 'note', source => $source, value => $country,
        text => qq(The session ended after $span: user "$session->{user}"),
    );
}

1;
