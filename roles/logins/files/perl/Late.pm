# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Verdicts that come late: how late, and where they waited. What waits by design, until a client is in, is not late.
# Many at once are a backlog, which rings once, and names what would have rung by itself.
#
# In the correlator's memory:
#   caught_up  when all was read that was in the logs: what is older, and came since, came late into its log
#   late       by id of a login: for how long its line had waited, where, and until when, or when it was recognised
#   backlog    those of the last minutes

package Late;

use strict;
use warnings;

use List::Util qw(max min);

my $LATE = 300;             # seconds
my $SOME = 60;              # less waiting is not noted
my $FIRST = 60;             # a backlog is said after so long, and
my $NEXT = 600;             # if it goes on, again
my $MANY = 5;               # are a backlog
my $NAMED = 10;             # of those that would have rung
my $KEPT = 3600;
my @FIELDS = qw(until said count held most links names);

# In a replay the time is that of the lines, and nothing is late.
sub _caught_up {
    return unless defined &Feed::caught_up;
    return Feed::caught_up() || Memory::recall('caught_up', '', '') || time();
}

# Once a minute, for the next start.
sub note {
    my $caught_up = _caught_up() // return 1;
    return Memory::remember('caught_up', 86_400 * 30, '', '', $caught_up);
}

my ($minute, $start) = ('', 0);    # what comes together is mostly of one minute

sub _since {
    my ($time) = @_;
    my $its = substr $time, 0, 17;
    ($minute, $start) = ($its, Times::epoch("${its}00Z") // time()) if $its ne $minute;
    return time() - $start - substr $time, 17, 6;
}

my ($second, $recently) = (0, '');

sub _is_recent {
    ($second, $recently) = (time(), Times::utc(time() - $SOME)) if time() != $second;
    return $_[0] ge $recently;
}

# Parameter: a client, when its first line comes. What is older than what was read before was not there then.
sub came {
    my ($entry) = @_;
    return if _is_recent($entry->{time});
    my $caught_up = _caught_up() // return;
    my $waited = _since($entry->{time});
    my $link = time() - $waited < $caught_up - $SOME ? 'log' : 'correlator';
    return Memory::remember('late', $KEPT, 'login', $entry->{id}, $waited, $link, time());
}

# Parameter: a client, when it is a login.
sub recognised {
    my ($entry) = @_;
    return if _is_recent($entry->{time}) || !defined _caught_up();
    my ($waited, $link, $came) = split /\t/, Memory::recall('late', 'login', $entry->{id});
    return if defined $came && time() < $came + $SOME;
    return Memory::remember('late', $KEPT, 'login', $entry->{id}, $waited // 0, $link // '', time());
}

# Parameter: a login that is judged. Returns for how long it waited, in words, and where; nothing if it was not long.
sub of {
    my ($login) = @_;
    return if _is_recent($login->{time});
    my $caught_up = _caught_up() // return;
    my ($waited, $link, $recognised) = split /\t/, Memory::take('late', 'login', $login->{id});
    $waited ||= 0;
    my $behind = $recognised ? time() - $recognised : _since($login->{time});
    return if $waited + $behind <= $LATE;
    # An answer that was there while nothing was read waited for the correlator, too.
    $link = time() > $caught_up + $SOME ? 'correlator' : 'lookup' if $behind > $waited;
    $link = 'rules' if Memory::knows('unjudged', 'login', $login->{id});
    my $backlog = _backlog();
    $backlog->{count}++;
    $backlog->{most} = max($backlog->{most}, int($waited + $behind));
    _add($backlog, links => $link eq 'log' && length $login->{server} ? "log of $login->{server}" : $link);
    _keep($backlog);
    return (Times::in_words(int($waited + $behind)), $link);
}

my ($open, $kept) = (undef, 0);    # the backlog, and when it was put into the memory

sub _backlog {
    return $open if $open;
    my %backlog = (until => time() + $FIRST, said => 0, count => 0, held => 0, most => 0, links => '', names => '');
    my @values = split /\t/, Memory::recall('backlog', 'all', ''), -1;
    @backlog{@FIELDS} = @values if @values;
    return $open = \%backlog;
}

# Once a second is often enough: there may be thousands.
sub _keep {
    my ($backlog) = @_;
    return 1 if $kept == time();
    $kept = time();
    # The clock can have been set back.
    my $wait = min($NEXT, max(0, $backlog->{until} - time()));
    return Memory::await('backlog', $wait, 'all', '', @{$backlog}{@FIELDS});
}

sub _add {
    my ($backlog, $list, $text) = @_;
    my @texts = split /, /, $backlog->{$list};
    $backlog->{$list} = join ', ', @texts, $text =~ tr/\t,/  /r unless @texts >= $NAMED || grep { $_ eq $text } @texts;
    return;
}

# Parameter: an alert that an e-mail is due for. Returns true if it is one of a backlog, which has the e-mail.
sub holds {
    my ($alert) = @_;
    return 0 if !length($alert->{source} // '') || !defined _caught_up() || _since($alert->{time}) <= $LATE;
    my $backlog = _backlog();
    return 0 if $backlog->{count} < $MANY && !$backlog->{said};
    $backlog->{held}++;
    _add($backlog, names => "$alert->{event} $alert->{resource}");
    return _keep($backlog);
}

# Its time is over: says what there was, and waits for more. Parameters: the event of the memory, the advice.
sub say_backlog {
    my ($due, $advice) = @_;
    my $backlog = $open // $due;
    ($open, $kept) = (undef, 0);
    return 1 if $backlog->{count} < ($backlog->{said} ? 1 : $MANY);
    my ($held, $now) = ($backlog->{held}, Times::utc_now());
    Alert::raise(
        of => ['Backlog', $now], time => $now, event => 'GeowatchBacklog', severity => $held ? 'major' : 'warning',
        mail => $held || !$backlog->{said}, resource => 'correlator', value => $backlog->{count},
        text => "$backlog->{count} logins were judged late, by up to " . Times::in_words($backlog->{most}) . ". They waited at: $backlog->{links}."
            . ($held ? " $held of their alerts had no e-mail, such as $backlog->{names}" : ''),
        attributes => [advice => $advice],
    );
    $open = {%{ _backlog() }, until => time() + $NEXT, said => 1};
    return _keep($open);
}

1;
