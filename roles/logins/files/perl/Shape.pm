# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# The shapes in which a message reaches a log server: syslog in all its forms, containers, journald, JSON,
# relays that add a header. Each takes times, server, program and message out of a line, from its first byte
# on. What a client chose comes behind all this, so nothing here searches a line.
#
# A line may have several shapes, because a client's name can begin as a header does. All are returned, and
# Source.pm decides by who is known.

package Shape;

use strict;
use warnings;

use JSON::PP ();

my $FACILITY = qr/<?(?:kern|user|daemon|auth|authpriv|syslog|cron|local[0-7])[.][a-z]+>?/;
my $TAG = qr{[\w.()/@-]{1,64}};
my $DATA = qr/-|(?:\[(?:[^]\\]|\\.)*\])+/;    # structured data of RFC 5424
my @WITHOUT_COLON = map { qr/\G$_($TAG)(?:\[(\d+)\])? +/ } '()', '(\S+) +';    # with a server, or none
my $FAR = 300;                                # bytes in which an unknown header has to end

# What JSON formats call the parts of a line, the best first: docker, journald, rsyslog, Filebeat, CloudWatch.
my %KEYS = (
    message => [qw(log MESSAGE message msg @message line)],
    time => [qw(time @timestamp timestamp __REALTIME_TIMESTAMP timereported ts @time)],
    server => [qw(_HOSTNAME hostname HOSTNAME host source)],
    program => [qw(SYSLOG_IDENTIFIER programname app-name appname syslogtag ident program process)],
    pid => [qw(_PID procid SYSLOG_PID pid)],
);

# Parameters: a line, a source. Returns its shapes: hashes of times (the outermost first), server, program, pid,
# message, and certain, if the program is one that the source names or has a pid.
sub of {
    my ($line, $source) = @_;
    $line =~ s/[\r\n]+\z//;
    $line =~ /\A(?:\xEF\xBB\xBF|\s|\e\[[\d;]*m)*/g;
    my $at = pos $line;
    return substr($line, $at, 1) eq '{' ? _json(substr($line, $at), $source) : _plain(\$line, $at, $source)
        unless $source->{json};
    $line = substr $line, $at;
    my @shapes = _keyed($line, $source, {});
    @shapes = $line =~ /\A\{/ ? _json($line, $source) : _plain(\$line, 0, $source) unless @shapes;
    return map { $_->{groups} ? $_ : _keyed($_->{message}, $source, $_) // $_ } @shapes;
}

# A program's own object: the source says what its keys are. Parameters: its text, the source, and the shape that
# it was the message of.
sub _keyed {
    my ($text, $source, $outer) = @_;
    return unless $text =~ /\A\{/;
    my $object = eval { JSON::PP->new->utf8->decode($text) };
    return unless ref $object eq 'HASH';
    my %part;
    for my $name (keys %{ $source->{json} }) {
        my ($within, @path) = ($object, split /[.]/, $source->{json}{$name});
        my $key = pop @path;
        $within = ref $within eq 'HASH' ? $within->{$_} : undef for @path;
        my $value = ref $within eq 'HASH' ? _value($within, $key) : undef;
        $part{$name} = $value if defined $value;
    }
    my ($message, $time, $server, $program, $pid) = delete @part{qw(message time server program pid)};
    return if !defined $message || grep { /[\x00-\x1f\x7f]/ } values %part;
    return if defined $program && !_is_named($source, $program) && !$source->{any_program};
    return {server => $outer->{server} // $server, program => $program // $outer->{program}, pid => $pid // $outer->{pid},
        message => $message, certain => 1, times => [@{ $outer->{times} // [] }, $time // ()], groups => \%part};
}

# Parameters: a line, where its header begins, a source.
sub _plain {
    my ($line, $at, $source) = @_;
    pos(${$line}) = $at;
    my $container = ${$line} =~ /\G([\w.-]{1,64}) *[|] */gc ? $1 : undef;    # docker compose
    ${$line} =~ /\G\d{1,5} (?=<)/gc;                     # octet count
    ${$line} =~ /\G<[\w.]{1,20}>(?:1 (?:- )?)?/gc;       # priority
    my ($from, @times) = (pos(${$line}) // $at);
    my $tagged;
    while (!$tagged && @times < 4) {
        my ($time, $behind) = Times::stamp_at($line, $from);
        if (!defined $time) {
            # A relay's own header: its time and the sender, as it knows it.
            last unless @times;
            pos(${$line}) = $from;
            last unless ${$line} =~ /\G\S+ +/gc;
            my $next = pos ${$line};
            ($time, $behind) = Times::stamp_at($line, $next);
            last unless defined $time;
        }
        push @times, $time;
        pos(${$line}) = $behind;
        ${$line} =~ /\G:?[ \t]+(?:std(?:out|err) [FP] )?/gc;    # CRI
        $from = pos ${$line};
        $tagged = _tagged($line, $from, $source);
    }
    $tagged = _tagged($line, $from, $source) unless @times;
    my $bare = {times => \@times, program => $container, message => substr ${$line}, $from};
    if (!$tagged && @times && _is_of_another_program($line, $from)) {
        return {%{$bare}, message => substr(${$line}, pos ${$line}), foreign => 1};
    }
    $tagged //= _behind_an_unknown_header($line, $from, $source);
    return $bare unless $tagged;
    $tagged->{times} = \@times;
    return ($tagged, $bare);
}

# The name of a program, with what stands before it since the time.
sub _tagged {
    my ($line, $at, $source) = @_;
    pos(${$line}) = $at;
    return _shape($source, $1, $2, $3, substr ${$line}, $+[0])
        if ${$line} =~ /\G(\S+) +($TAG) +(\d+|-) \S+ $DATA (?:\xEF\xBB\xBF)?/gc;
    return _shape($source, $1, $2, $3, substr ${$line}, $+[0])
        if ${$line} =~ /\G(?:$FACILITY +)?(?:(\S+) +)??(?:$FACILITY +)?($TAG)(?:\[(\d+)\])?:(?: |\z)(?:\xEF\xBB\xBF)?/gc;
    # A usual mistake in rsyslog's imfile: no colon.
    for my $without_colon (@WITHOUT_COLON) {
        pos(${$line}) = $at;
        next unless ${$line} =~ /$without_colon/gc && _is_named($source, $2);
        return _shape($source, $1, $2, $3, substr ${$line}, $+[0]);
    }
    return;
}

# A whole header, but of a program that is not meant: what follows is that program's, whatever it looks like.
sub _is_of_another_program {
    my ($line, $at) = @_;
    pos(${$line}) = $at;
    return ${$line} =~ /\G(?:$FACILITY +)?(?:\S+ +)??(?:$FACILITY +)?$TAG\[\d+\]: /gc;
}

sub _behind_an_unknown_header {
    my ($line, $at, $source) = @_;
    pos(${$line}) = $at;
    while (${$line} =~ /(?:\A|[\s|>])($TAG)\[(\d+)\]: +/g && $-[0] < $FAR) {
        return _shape($source, undef, $1, $2, substr ${$line}, $+[0]) if _is_named($source, $1);
    }
    return;
}

sub _is_named {
    my ($source, $program) = @_;
    return $program =~ $source->{program};
}

sub _shape {
    my ($source, $server, $program, $pid, $message) = @_;
    my $is_named = _is_named($source, $program);
    return unless $is_named || $source->{any_program};
    undef $pid if defined $pid && $pid eq '-';
    return {server => $server, program => $program, pid => $pid, message => $message,
        certain => $is_named || defined $pid};
}

# Parameters: a JSON object on one line, a source. Nothing in it is taken for a header but what is in the
# message itself.
sub _json {
    my ($line, $source) = @_;
    my $object = eval { JSON::PP->new->utf8->decode($line) };
    return unless ref $object eq 'HASH';
    my %part = map { $_ => scalar _value($object, @{ $KEYS{$_} }) } keys %KEYS;
    my $message = $part{message} // return;
    $message =~ s/[\r\n]+\z//;
    return if $message =~ /[\x00-\x1f\x7f]/;
    @part{qw(program pid)} = ($1, $2 // $part{pid}) if ($part{program} // '') =~ /\A($TAG)(?:\[(\d+)\])?:?\z/;
    my $given = defined $part{program} && _shape($source, @part{qw(server program pid)}, $message);
    return if defined $part{program} && !$given && !_is_container($part{program});
    my @shapes = $given ? {%{$given}, times => []} : _plain(\$message, 0, $source);
    for (@shapes) {
        push @{ $_->{times} }, $part{time} // ();
        $_->{server} = $part{server} unless length($_->{server} // '');
        $_->{certain} = 1 if $given;
    }
    return @shapes;
}

sub _is_container { return $_[0] =~ /\Adocker|\A[0-9a-f]{12}\z/ }

# The first of these keys that has a text, UTF-8. journald writes what is no text as an array of bytes.
sub _value {
    my ($object, @keys) = @_;
    for my $key (@keys) {
        my $value = $object->{$key} // next;
        $value = $value->{name} // $value->{hostname} if ref $value eq 'HASH';
        return pack 'C*', map { $_ & 255 } grep { /^\d+$/ } @{$value} if ref $value eq 'ARRAY';
        next if !defined $value || ref $value;
        utf8::encode($value) if utf8::is_utf8($value);
        return $1 . '.' . $2 if $key eq '__REALTIME_TIMESTAMP' && $value =~ /\A(\d{9,11})(\d{6})\z/;
        return $1 . '.' . $2 if $value =~ /\A(\d{10})(\d{3})\z/;
        return $value;
    }
    return;
}

1;
