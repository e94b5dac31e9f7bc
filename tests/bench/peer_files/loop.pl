# The least that any program does: read each line, and look for a login.
open(my $log, "<", $ARGV[0]) or die "$ARGV[0]: $!\n";
while (<$log>) {
    print "$1 $2\n" if /\[([^]]*)\] Peer Connection Initiated with \[AF_INET\]([0-9.]+):/;
}
