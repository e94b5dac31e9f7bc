# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Which logs there are: what the globs mean by now, and what of it is new, changed, closed or gone. In inputs.tsv:
#
#   "file", context, "now" or "beginning", glob  and what Lines.pm says        (all tab-separated)
#
# A glob that was never seen starts at "now" (the end of the files that exist) or at the "beginning".
# Every file that appears later is read from its beginning.

package Logs;

use strict;
use warnings;

use Time::HiRes ();

my $TIDYING = 3600;             # seconds
my $CHECKING = 10;              # seconds
my $IN_USE = 86_400;            # seconds; a log that was not written to for so long can be removed

my $config_file;
my $configured = '';            # the file's identity when it was read
my @globs;                      # [context, first position, glob]
my %logs;                       # path => {path, context, files => [oldest first], ...}
my ($next_tidying, $next_check) = (0, 0);
my $look;                       # the number of the last

# Reads which files and lines are to be read, if that has changed. Parameter: in which file that is, the first time.
sub configure {
    $config_file = $_[0] if @_;
    my $identity = join ' ', (stat $config_file)[0, 1, 7, 9];
    return if $identity eq $configured;
    $configured = $identity;
    my @rows = map { [split /\t/, $_, 4] } Offsets::rows($config_file);
    @globs = map { [@{$_}[1 .. 3]] } grep { $_->[0] eq 'file' } @rows;
    Globs::configure(map { $_->[2] } @globs);
    Lines::configure(grep { $_->[0] ne 'file' } @rows);
    return;
}

sub all { return values %logs }

# Whether it is time for what is due every so many seconds. It is, too, when the clock was set back.
sub _is_due {
    my ($next, $seconds) = @_;
    return if time() < ${$next} && time() >= ${$next} - $seconds;
    ${$next} = time() + $seconds;
    return 1;
}

# Takes up what is new. Parameter: the number of this look. Returns the logs that may have something to read; in
# each is the number of the last look at which its path was there.
sub look {
    ($look) = @_;
    my %before = Offsets::load();
    @logs{keys %before} = values %before;
    configure();
    my $now = Time::HiRes::time();
    my $check = _is_due(\$next_check, $CHECKING);
    my @changed;
    for (@globs) {
        my ($context, $first_position, $glob) = @{$_};
        my ($directory) = $glob =~ m{^(.*?)/[^/]*[*?\[\{]};
        my $paths = Globs::paths($glob, \%logs);
        if (!$paths) {
            News::closed($directory // $glob, "cannot be looked into ($!): logs in it are not seen");
            next;
        }
        News::open_again($directory, 'can be looked into again') if defined $directory;
        my $since = Offsets::since($glob);
        push @changed, map { _look_at($_, $context, $first_position, $since) } @{$paths};
        News::check_directories($glob, !$since) if $check || !$since;
        Offsets::is_watched($glob, $now) unless $since;
    }
    if ($check) { _may_be_read($_) for values %logs }
    return @changed;
}

# A look at a path that is there. Returns its log if there may be something to read.
sub _look_at {
    my ($path, $context, $first_position, $since) = @_;
    my ($device, $inode, $size, $changed) = (Time::HiRes::stat($path))[0, 1, 7, 9];
    return unless defined $inode;
    if ($path =~ /[\x00-\x1f\x7f]/) {
        News::closed($path, 'is not read: it has a control character in its name');
        return;
    }
    my $log = $logs{$path} // _take_up($path, $first_position, $since) // return;
    return if ($log->{look} // 0) == $look;    # two globs mean it
    @{$log}{qw(context look changed)} = ($context, $look, $changed);
    my $seen = "$device $inode $size $changed";
    return if $seen eq ($log->{seen} // '');
    $log->{seen} = $seen;
    my $file = $log->{files}[-1];
    # One of which nothing was read can have been emptied, too.
    $log->{is_another} = 1 if $file->{inode} != $inode || $file->{device} != $device || !LogFile::place($file);
    return $log;
}

# Takes up a log that is new.
sub _take_up {
    my ($path, $first_position, $since) = @_;
    my $log = {path => $path};
    my $handle = Rotation::open_log($log) or return;
    my ($inode, $size, $changed) = (Time::HiRes::stat($handle))[1, 7, 9];
    my $offset = $since || $first_position ne 'now' ? 0 : $size;
    # A path that was forgotten begins with another generation. It may have been rotated before it was seen: not
    # at every look each log is there.
    my $file = LogFile::new($path, $inode, read => $offset, processed => $offset, used => time(),
        began => $since // ($offset ? $changed : Time::HiRes::time()));
    if (!$since) {    # what has the path now is the file; it is opened again when it is read
        LogFile::continue_in($file, $handle);
        LogFile::let_go($file);
    }
    $log->{files} = [$file];
    return $logs{$path} = Offsets::added($log);
}

# The context of a log that was not there since the start.
sub context_of {
    my ($log) = @_;
    my $glob = Globs::glob_of($log->{path});
    return (map { $_->[2] eq $glob ? $_->[0] : () } @globs)[0];
}

# A log that is open can be read on after its rights were taken, or it was removed; the next one of its path cannot.
sub _may_be_read {
    my ($log) = @_;
    my $path = $log->{path};
    my $why = '';
    if (-e $path) {
        use filetest 'access';
        $why = 'cannot be read any more' if !-r $path && $!{EACCES};
    }
    elsif ($!{ENOENT} && ($log->{changed} // 0) > time() - $IN_USE) {
        my $beside = Rotated::beside($path, 1);
        $why = 'is not there any more' if $beside ? !@{$beside} : $!{ENOENT};
    }
    if    ($why)              { News::closed($path, $why) }
    elsif ($log->{is_closed}) { News::open_again($path, 'can be read again') }
    $log->{is_closed} = $why;
    return;
}

# Forgets now and then logs that are gone with all that was rotated of them, such as those of a server that is no
# more. Returns their paths.
sub forget_what_is_gone {
    return unless _is_due(\$next_tidying, $TIDYING);
    my @gone;
    for my $log (grep { ($_->{look} // 0) != $look && !-e $_->{path} } values %logs) {
        my $path = $log->{path};
        my $beside = Rotated::beside($path, 1);
        next if $beside ? @{$beside} : !$!{ENOENT};
        LogFile::let_go($_) for @{ $log->{files} };
        delete $logs{$path};
        Offsets::removed($log);
        Globs::forget($path);
        push @gone, $path;
    }
    News::forget_what_is_gone();
    return @gone;
}

1;
