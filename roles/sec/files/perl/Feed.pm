# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Gives SEC its lines, and does once a second what has to be done between two of them: windows end,
# memory and read offsets are stored, new log files are taken up. While there are no lines, new files
# are looked for more often: the first login in one is not to wait.
#
#   perl ... -MQueue=... -MMemory=... -MInputs=... -MFeed /usr/bin/sec ...
#
# SEC's own reader starts at the end of a file, leaves a rotated one at once, knows no limit for a line,
# and hands every line to the rules. It asks for the next line only when all that followed from the line
# before has happened, so what is stored then is never ahead of what was done.
#
# read_line, @events and %inputsrc are SEC's own names.

package Feed;

use strict;
use warnings;

use Notify ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC CLOCK_PROCESS_CPUTIME_ID);

my $LOOK = 0.02;     # seconds between two looks at the logs
my $SHARE = 0.05;    # of a core is spent on them at most: the more logs, the longer in between

my ($last_second, $next_look, $process) = (0, 0, 0);
my $caught_up = 0;   # when all was read that was there
my @given;           # the last line, and its context

our %after;          # context => what is called with each line of it, once all that follows from it has happened
our @every_second;   # what is called, too

# What was written for a line is on the disk before the line counts as read, and the memory is stored
# before the offsets: lines that are read again after a crash meet a memory that may know them already,
# never one that forgot them.
sub _store {
    return Queue::sync() && Memory::save() && Offsets::save();
}

sub _look {
    return if clock_gettime(CLOCK_MONOTONIC) < $next_look;
    my $used = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
    Inputs::look();
    my $pause = (clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $used) / $SHARE;
    $next_look = clock_gettime(CLOCK_MONOTONIC) + ($pause > $LOOK ? $pause : $LOOK);
    return;
}

# In the place of SEC's own: the line, and the file that it is from. Without a line, a true file says
# that there is more to do before SEC may sleep.
sub read_line {
    @_[0, 1] = (undef, undef);
    $after{ $given[1] }->($given[0]) if @given && $after{ $given[1] };
    @given = ();
    Inputs::processed();
    if (time() != $last_second) {
        $last_second = time();
        Notify::alive();
        _look();
        $_->() for @every_second;
        my @news = News::lines();
        _store() unless @news;    # not before they are told
        push @main::events, map { ($_, 'LOG_FILE') } @news;
        push @main::events, map { ($_, 'FORGOTTEN') } split /\n/, Memory::forgotten();
        if (@main::events) {
            $_[1] = 1;
            return;
        }
    }
    my ($line, $path, $context) = Inputs::next_line();
    if (defined $line) {
        # SEC looks up a file's context here, and counts its lines.
        $main::inputsrc{$path} //= {context => $context, open => 0, lines => 0};
        @_[0, 1] = ($line, $path);
        @given = ($line, $context);
    }
    else {
        $_[1] = $path;
        return if $path;
        $caught_up = time();
        _look();
    }
    return;
}

sub caught_up { return $caught_up }

INIT {
    defined &main::read_line or die "Feed.pm does not know this version of SEC: it has no read_line\n";
    no warnings qw(redefine once);
    *main::read_line = \&read_line;
    $process = $$;
}

# What followed from the last line may not have happened yet: it is read again at the next start.
END { _store() if $process == $$ }

1;
