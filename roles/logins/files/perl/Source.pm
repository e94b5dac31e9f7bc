# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Understands the lines of a source: what a line means, and of which client. A source is data, see
# docs/sources.md.
#
# A name is known from a message that brackets it: nothing in a name can stand for that. A later line is about
# a client if it begins with a known name, the longest that fits, and an address. A name that nobody knows is
# taken only where the line has one reading. Nothing is searched in what a name holds.

package Source;

use strict;
use warnings;

use Counts ();

my $LONGEST = 32_000;         # bytes of a line; OpenVPN's longest has 10,240, but a relay adds to it
my $LONGEST_NAME = 300;       # bytes, with what may stand before it
my $MOST_SERVERS = 1000;      # that lines of a file name in a minute

# What a line with such a message is: without it being understood, a login may be missed.
my %IS_LOGIN = map { $_ => 1 } qw(connected addressed established resumed moved seen);
my %PROVES = map { $_ => 1 } qw(connected established);

my @sources;    # [title, globs]
my %spoken;     # file => {server => 1}, of the lines since somebody asked

# Parameters: the source. Returns what SEC calls for each line: it returns the message, a hash of what its
# pattern found and of means, time, server, program, pid, daemon, place, raw; or nothing. Dies where a
# pattern cannot be read.
sub reader {
    my (%source) = @_;
    $source{program} = qr/$source{program}/;
    push @sources, [$source{title}, @{ $source{files} // [] }];
    my $clients = $source{clients};
    $source{client} = _compiled("^$clients->{peer}$clients->{peer_ends}") if $clients;
    $_ = {%{$_}, pattern => qr/$_->{pattern}/} for @{ $source{wrappers} };
    for (@{ $source{messages} }) {
        my ($means, $of, $text, $pattern, $given) = @{$_};
        $_ = {means => $means, text => $text, given => $given, %{ _compiled($pattern) },
            needs_name => $of eq 'named' || $means eq 'nothing',
            map { $_ => 1 } $of eq 'maybe' ? qw(for_line for_client for_named) : $of eq 'client' ? qw(for_client for_named) : "for_$of"};
    }
    $source{proofs} = [grep { $PROVES{ $_->{means} } } @{ $source{messages} }];
    ($source{connects}) = (grep({ $_->{means} eq 'connected' } @{ $source{messages} }) ? 'connected' : 'established');
    my $source = \%source;
    return sub { return _understood($source, @_) };
}

# A pattern, and the names of what it captures in their order: %+ takes ten times as long.
sub _compiled {
    my ($pattern) = @_;
    (my $plain = $pattern) =~ s/\\.|\[\^?\]?(?:\\.|[^\]])*\]//gs;
    return {pattern => qr/$pattern/s, names => [$plain =~ /\((?:[?]<(\w+)>|(?![?]))/g]};
}

# What a compiled pattern captures in a text, by name, and where it ends, by no name; nothing if it does not match.
sub _captured {
    my ($compiled, $text) = @_;
    my @values = $text =~ $compiled->{pattern} or return;
    my ($names, %captured) = ($compiled->{names}, '' => $+[0]);
    for (0 .. $#{$names}) {
        $captured{ $names->[$_] } = $values[$_] if defined $values[$_] && defined $names->[$_];
    }
    return \%captured;
}

# Parameter: the path of a log file, or of a directory of some. Returns the title of its source.
sub title_of {
    my ($path) = @_;
    for (@sources) {
        my ($title, @globs) = @{$_};
        return $title if grep { Globs::leads_to($_, $path) } @globs;
    }
    return $sources[0][0];
}

# Returns which servers spoke in which files since the last call.
sub spoken {
    my %since = %spoken;
    %spoken = ();
    return \%since;
}

sub _understood {
    my ($source, $line, $file) = @_;
    my @messages = grep { index($line, $_->{text}) >= 0 } @{ $source->{messages} };
    return 0 unless @messages;
    # Half of what a server says of its clients, hour after hour, says nothing without a name.
    return 0 if !_may_have_names($source, $line) && !grep { !$_->{needs_name} } @messages;
    my ($found, $why);
    if (length $line > $LONGEST) { $why = 'the line is too long' }
    else                         { ($found, $why) = _best($source, \@messages, $line, $file) }
    return _whole($source, $found, $line, $file) if $found && $found->{means} ne 'nothing';
    return 0 if $found || !grep { index($line, $_->{text}) >= 0 } @{ $source->{proofs} };
    return _whole($source, {means => 'not_understood', why => $why // 'no message has this form', times => []}, $line, $file);
}

# Whether a name could stand in front of a message.
sub _may_have_names {
    my ($source, $line) = @_;
    return $source->{client} && index($line, $source->{clients}{name_ends}) >= 0;
}

# The best of all readings of a line.
sub _best {
    my ($source, $messages, $line, $file) = @_;
    my @shapes = Shape::of($line, $source) or return (undef, 'it has no shape that is known');
    if ($shapes[0]{foreign}) {
        my $text = $shapes[0]{message};
        return grep({ $text =~ $_->{pattern} } @{ $source->{proofs} }) ? (undef, 'its program is none of the source') : {means => 'nothing'};
    }
    for my $shape (@shapes) {
        $shape->{server} = _server($source, $shape->{server}, $file);
        # Where the program is certain, a bare line could only begin with a name that looks like a header.
        if ($shape != $shapes[0] && $shapes[0]{certain}) {
            pop @shapes unless Client::has_names(Client::daemon($source->{title}, @{$shape}{qw(server program pid)}));
            last if @shapes == 1;
        }
        $shape->{messages} = [_unwrapped($source, $shape)];
        $shape->{daemon} = Client::daemon($source->{title}, @{$shape}{qw(server program pid)});
    }
    my $names = _may_have_names($source, $line);
    if ($names) {
        my ($known) = map { _known($source, $messages, $_) } grep { Client::has_names($_->{daemon}) } @shapes;
        return $known if $known;
    }
    for my $shape (@shapes) {
        for my $message (@{ $shape->{messages} }) {
            my $found = _first_of($messages, $message, $shape, 'for_line');
            return $found if $found;
        }
    }
    my @found;
    for my $shape ($shapes[0]{certain} ? $shapes[0] : @shapes) {
        my ($one) = map { _unknown($source, $messages, $_, $shape, $names) } @{ $shape->{messages} };
        push @found, $one // ();
    }
    my @logins = grep { $IS_LOGIN{ $_->{means} } } @found;
    return @logins > 1 ? {%{ $logins[0] }, means => 'unclear'} : $logins[0] // $found[0];
}

# The message of a shape, and what is in it behind a time or a wrapping of the program's own, each with its
# times. A wrapping may say which of several daemons it is.
sub _unwrapped {
    my ($source, $shape) = @_;
    my @messages = [$shape->{message}, @{ $shape->{times} }];
    for my $message (@messages) {
        my ($text, @times) = @{$message};
        last if @messages > 4;
        $text =~ s/\A +//;
        my ($time, $behind) = Times::stamp_at(\$text, 0);
        push @messages, [substr($text, $behind) =~ s/\A +//r, @times, $time] if defined $time;
        for (@{ $source->{wrappers} }) {
            next unless $text =~ $_->{pattern};
            @{$shape}{qw(program pid)} = (undef, $+{pid}) if defined $+{pid};
            my $inner = $_->{quoted} eq 'python' ? _from_python($+{message}) : $+{message};
            push @messages, [$inner, @times];
            last;
        }
    }
    return grep { $_->[0] !~ /[\x00-\x1f\x7f]/ } @messages;    # no program that is a source writes these
}

# The inside of a string as Python's repr() prints it.
sub _from_python {
    my ($text) = @_;
    $text =~ s/\\(?:x([0-9a-f]{2})|(.))/defined $1 ? chr hex $1 : $2/gse;
    return $text;
}

# Where a client's name, its address, and the message behind it may be parted. Returns [name, where the
# message begins, what the address is made of], the longest name first; the name is not defined where the
# text begins with an address.
sub _partings {
    my ($source, $text, $names) = @_;
    my $ends = $source->{clients}{name_ends};
    my ($at, @partings) = (0);
    my $blanks = length(($text =~ /\A( *)/)[0]);
    my $client = _captured($source->{client}, substr $text, $blanks, $LONGEST_NAME);
    push @partings, [undef, $blanks + delete $client->{''}, $client] if $client;
    while ($names && ($at = index $text, $ends, $at) >= 0 && $at < $LONGEST_NAME) {
        my $behind = $at + length $ends;
        $client = _captured($source->{client}, substr $text, $behind, $LONGEST_NAME);
        unshift @partings, [substr($text, 0, $at), $behind + delete $client->{''}, $client] if $client;
        $at++;
    }
    return @partings;
}

# The first message that this text is. Parameters: the messages, [text, times], the shape, and what patterns are tried
# for: for_line, for_client or for_named.
sub _first_of {
    my ($messages, $message, $shape, $for) = @_;
    my ($text, @times) = @{$message};
    $text =~ s/\A +//;
    for (@{$messages}) {
        next unless $_->{$for};
        my $captured = _captured($_, $text) or next;
        delete $captured->{''};
        return {%{ $shape->{groups} // {} }, %{ $_->{given} }, %{$captured}, means => $_->{means}, times => \@times, shape => $shape};
    }
    return;
}

# The message behind a parting, with the client's name and address in front of it.
sub _behind {
    my ($messages, $message, $shape, $parting) = @_;
    my ($name, $at, $peer) = @{$parting};
    my ($text, @times) = @{$message};
    my $found = _first_of($messages, [substr($text, $at), @times], $shape, defined $name ? 'for_named' : 'for_client') or return;
    return {%{$peer}, %{$found}, user => $name // $found->{user}, is_named => defined $name};
}

# A client whose name is known: the longest that fits. Where it is is known best, a place where it is not yet
# is a move.
sub _known {
    my ($source, $messages, $shape) = @_;
    my @moves;
    for my $message (@{ $shape->{messages} }) {
        for my $parting (grep { defined $_->[0] } _partings($source, $message->[0], 1)) {
            # A name may begin with a space, and so may a message.
            my $person = _person($source, $parting->[0]);
            if (!Client::knows_name($shape->{daemon}, $person)) {
                $parting->[0] =~ s/\A +//;
                $person = _person($source, $parting->[0]);
                next unless Client::knows_name($shape->{daemon}, $person);
            }
            my $found = _behind($messages, $message, $shape, $parting);
            my $place = Client::place($parting->[2]);
            if (Client::is_at($shape->{daemon}, $place, $person)) {
                # A longer name begins as a line of this client does: what else it is decides.
                my $is_unclear = $found && grep { $IS_LOGIN{ $_->{means} } } @moves;
                return $is_unclear ? {%{ $moves[0] }, means => 'unclear'} : $found // $moves[0] // {means => 'nothing'};
            }
            push @moves, $found if $found;
        }
    }
    return $moves[0];
}

# Nobody whose name is known.
sub _unknown {
    my ($source, $messages, $message, $shape, $names) = @_;
    return unless $source->{client};
    my ($text, @times) = @{$message};
    $text =~ s/\A +//;
    my @found = grep { defined } map { _behind($messages, [$text, @times], $shape, $_) } _partings($source, $text, $names);
    return unless @found;
    my @logins = grep { $IS_LOGIN{ $_->{means} } } @found;
    return $found[-1] unless @logins;    # of the shortest name, or of an address alone
    # So does a program beside it quote what a stranger is called.
    my $is_quoted = $logins[0]{is_named} && $logins[0]{user} =~ /: |(?:\A|[ =(])["']/;
    return {%{ $logins[0] }, means => 'unclear'} if @found > 1 || $is_quoted;
    # Without any time a line has no header that could be missing in front of the name.
    return if $logins[0]{is_named} && !@{ $shape->{times} } && !$shape->{program} && $logins[0]{user} !~ /\A[\w.@-]*\z/;
    return $logins[0];
}

sub _server {
    my ($source, $named, $file) = @_;
    my $by_path = Inputs::server_of($file // '') // '';
    return $by_path if length $by_path && $source->{server} eq 'path';
    return defined $named && length $named && $named ne '-' ? $named : $by_path;
}

# Whom a name stands for, or a key that was logged with it.
sub _person {
    my ($source, $user, $key) = @_;
    return $source->{names}{ $key // '' } // $source->{names}{ $user // '' } // $user;
}

# What every message says, whatever it means.
sub _whole {
    my ($source, $found, $line, $file) = @_;
    my $shape = delete $found->{shape};
    my $server = $shape ? $shape->{server} : _server($source, undef, $file);
    $spoken{$file}{$server} = 1 if length $server && defined $file && keys %{ $spoken{$file} } < $MOST_SERVERS;
    my @times = @{ delete $found->{times} // [] };
    my $what = $found->{means} =~ /\A(?:not_understood|unclear)\z/ ? 'not_understood' : 'recognised';
    Counts::add(1, $what, $source->{title}, $server);
    my $time = _utc($source, $file, @times);
    my $person = _person($source, @{$found}{qw(user key)});
    @{$found}{qw(user logged_as)} = ($person, join ' ', grep { defined } @{$found}{qw(user key)})
        if ($person // '') ne ($found->{user} // '');
    return {
        %{$found},
        time => $time // Times::utc_now(),
        odd_time => defined $time ? '' : $times[0] // '',
        source => $source->{title},
        connects => ($found->{means} // '') eq $source->{connects},
        server => $server,
        program => $shape ? $shape->{program} : '',
        daemon => $shape ? $shape->{daemon} : Client::daemon($source->{title}, $server),
        place => Client::place($found),
        raw => $line,
    };
}

# The first of these times that can be read, one with a zone before one without.
sub _utc {
    my ($source, $file, @times) = @_;
    for (@times > 1 ? ((grep { /(?:Z|[+-]\d\d:?\d\d)\z/ } @times), @times) : @times) {
        my $utc = Times::utc($_, $source->{timezone}, $file);
        return $utc if length $utc;
    }
    return;
}

1;
