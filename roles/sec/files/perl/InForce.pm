# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

# Says which configuration SEC has loaded: the deployment compares it with what is on the disk.
#
#   perl ... -MInForce=/etc/geowatch/sec/digest,/var/lib/geowatch/sec/in_force ... /usr/bin/sec ...
#
# The digest of the programs is in the environment, which a reload does not change. That of the rules is
# read before the rules are: they landed before it. Where SEC took a rule for wrong, nothing is in force.
#
# read_config, soft_read_config and read_configfile are SEC's own names.

package InForce;

use strict;
use warnings;

use Notify ();

my ($digest_file, $in_force_file);
my %wrong;    # rule files that SEC did not take as a whole

sub import {
    (undef, $digest_file, $in_force_file) = @_;
    return;
}

sub _digest {
    open(my $handle, '<', $digest_file) or return '';
    return join '', map { /^GEOWATCH_RELOADED=(\w+)$/ ? $1 : () } <$handle>;
}

sub _say {
    my ($digest) = @_;
    if (my @wrong = sort grep { -e } keys %wrong) {
        warn "<3>These rules cannot be used, and logins may be missed: @wrong. Run the playbook again\n";
        unlink $in_force_file;
        return;
    }
    my $handle;
    my $saved = open($handle, '>', "$in_force_file.new")
        && print({$handle} $ENV{GEOWATCH_DIGEST} // '', ' ', $digest, "\n")
        && close($handle)
        && rename "$in_force_file.new", $in_force_file;
    warn "<4>Cannot write $in_force_file: $!\n" unless $saved;
    return;
}

INIT {
    if (defined $in_force_file) {
        no strict 'refs';
        no warnings qw(redefine once);
        for my $name (qw(read_configfile read_config soft_read_config)) {
            defined &{"main::$name"} or die "InForce.pm does not know this version of SEC: it has no $name\n";
        }
        my $read_file = \&main::read_configfile;
        *main::read_configfile = sub {
            my ($file) = @_;
            my $right = $read_file->(@_);
            if   ($right && @{ $main::configuration{$file} }) { delete $wrong{$file} }
            else                                              { $wrong{$file} = 1 }
            return $right;
        };
        for my $name (qw(read_config soft_read_config)) {
            my $read = \&{"main::$name"};
            *{"main::$name"} = sub {
                my $digest = _digest();
                # A reload leaves out what has the same second of change as before, whatever is in it.
                $_ = -1 for values %main::config_mtimes;
                my $result = $read->(@_);
                Logs::configure();    # it would look a second later
                _say($digest);
                Notify::ready();    # also with a rule that is wrong: the others work
                return $result;
            };
        }
    }
}

1;
