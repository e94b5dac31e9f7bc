# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login that no rule judges rings, waits, and is judged by the next rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROLES = Path(__file__).parents[3] / "roles"

CODE = r"""
my ($directory) = @ARGV;
BEGIN { require "$_.pm" for qw(Queue Memory Event Times Client Alert Late Verdict) }
Queue->import($directory);
Memory->import("$directory/memory");
my @fields = qw(id ip country reason country_name database database_date asn as_owner source time
    server user place proof raw);
my $read = Verdict::reader(fields => \@fields, failures_threshold => 5, repeat_seconds => 60,
    severity_of => {inform => 'informational'}, sentences => {ExpectedCountry => '{what}'},
    advice => {}, reasons => {});
sub located {
    my ($number, $source) = @_;
    return join "\t", sprintf('%032x', $number), '198.51.100.7', 'FI', 'found', 'Finland', ('') x 4,
        $source // 'OpenVPN', '2026-11-27T08:00:00.000Z', 'vpn1', 'anna', '', 'established', 'raw';
}
sub judge {
    my ($line) = @_;
    return Verdict::judge($read->($line), expected => qr/FI/, ExpectedCountry => 'inform');
}
sub after { $Feed::after{LOCATED}->($_[0]) }
judge(located(1)); after(located(1));
after(located(2)); after(located(3)); after(located(4, 'geowatch'));
$_->() for @Feed::every_second;
while (my ($line, $context) = splice @main::events, 0, 2) {
    print "$context\n";
    judge($line);
}
after(located(5)); judge(located(5));
"""


def test_it_rings_waits_and_is_judged(tmp_path: Path) -> None:
    path = [f"-I{ROLES / room / 'files/perl'}" for room in ("sec", "logins")]
    command = ["perl", *path, "-e", CODE, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout == "LOCATED\n" * 2
    rows = [line.split("\t") for line in (tmp_path / "alerts").read_text().splitlines()]
    assert [(row[2].removeprefix("Geowatch"), row[3]) for row in rows] == [
        ("OpenVPNExpectedCountry", "informational"),
        ("LoginNotJudged", "critical"),
        ("OpenVPNExpectedCountry", "informational"),
        ("OpenVPNExpectedCountry", "informational"),
        ("LoginNotJudged", "cleared"),
        ("LoginNotJudged", "critical"),
        ("OpenVPNExpectedCountry", "informational"),
        ("LoginNotJudged", "cleared"),
    ]
