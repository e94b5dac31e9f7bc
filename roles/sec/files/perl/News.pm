# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# What the rules are to be told of the log files: that one cannot be read, that it can be again, or that
# lines of it may be lost. A line of news, separated by tabs: "closed", "open" or "lost", the server that
# the file is for, its path, and what happened.
#
# Offsets.pm stores what is closed beside the read offsets: after a restart it is no news.

package News;

use strict;
use warnings;

use File::Glob qw(bsd_glob GLOB_BRACE);

my $PATIENCE = 5;        # seconds

my %closing;             # path of a file or directory that cannot be read => since when
my %closed;              # the same => 1, since that was told
my @news;
my %complained;

# Returns what happened since the last call.
sub lines {
    return splice @news;
}

# Returns what is closed, or sets it.
sub stored {
    @closed{@_} = (1) x @_;
    return grep { $_ eq _printable($_) } sort keys %closed;
}

sub _printable {
    my ($text) = @_;
    return $text =~ s/[\x00-\x1f\x7f]/?/gr;
}

sub _tell {
    my ($kind, $path, $what) = @_;
    push @news, join "\t", map { _printable($_) } $kind, Inputs::server_of($path), $path, $what;
    return;
}

# Says something in the journal, once for each key.
sub complain {
    my ($key, $text) = @_;
    warn '<4>', _printable($text), "\n" unless $complained{$key}++;
    return;
}

sub no_complaint {
    my ($key) = @_;
    delete $complained{$key};
    return;
}

# A file or directory cannot be read. That is news if it stays so: who makes a file may need a moment to
# give it to its group.
sub closed {
    my ($path, $why) = @_;
    complain($path, "$path $why");
    $closing{$path} //= time();
    return if time() < $closing{$path} + $PATIENCE || $closed{$path}++;
    _tell('closed', $path, $why);
    return;
}

sub open_again {
    my ($path, $what) = @_;
    delete $closing{$path};
    no_complaint($path);
    _tell('open', $path, $what) if delete $closed{$path};
    return;
}

sub lost {
    my ($path, $what) = @_;
    warn '<4>', _printable("$path $what: lines that were not read yet may be lost"), "\n";
    _tell('lost', $path, $what);
    return;
}

# Nothing shows of a file in a directory that may not be entered, or listed where its name is not known.
# Parameters: a glob, and if it is new. What is closed then is no news: the deployment has looked into it.
sub check_directories {
    my ($glob, $is_new) = @_;
    my ($directories, $listed) = $glob =~ m{^(.+)/([^/]*)$} or return;
    check_directories($directories, $is_new);
    for my $directory (grep { -d } bsd_glob($directories, GLOB_BRACE)) {
        if (stat("$directory/.") && ($listed !~ /[*?\[{]/ || opendir my $handle, $directory)) {
            open_again($directory, 'can be entered again');
        }
        elsif ($!{EACCES}) {
            if   ($is_new) { $closed{$directory} = 1 }
            else           { closed($directory, 'cannot be entered by the correlator: logs in it are not seen') }
        }
    }
    return;
}

# What is gone is not closed any more.
sub forget_what_is_gone {
    open_again($_, 'is gone') for grep { !lstat && $!{ENOENT} } keys %closing, keys %closed;
    return;
}

1;
