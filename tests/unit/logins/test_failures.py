# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bursts of failed logins that are kept, as the rules write them."""

from __future__ import annotations

import pytest
from trail_host import Host

OVER = {"count": "9", "last": "2026-05-04T03:09:00.000Z"}


@pytest.fixture
def rejected(host: Host) -> Host:
    def burst(number: int, who: str, by: str, day: int, **fields: str) -> None:
        about = {
            by: who,
            "server": fields.get("server", "vpn1"),
            "count": "5",
            "first": f"2026-05-{day:02}T03:02:01.000Z",
            "last": f"2026-05-{day:02}T03:03:01.000Z",
        }
        event = f"{fields.get('source', 'OpenVPN')}FailedLogins"
        host.judge(number, event, resource=who, attributes=about)

    burst(1, "198.51.100.7", "address", 4)
    host.judge(2, "OpenVPNUnexpectedCountry", resource="198.51.100.7")
    burst(3, "eve\x1b[2J", "user", 5, source="SSH", server="gate")
    for number, severity, about in (
        (4, "close", {}),
        (5, "note", OVER),
        (6, "note", {"count": "8"}),
    ):
        fields = {"severity": severity, "attributes": about, "resource": "198.51.100.7"}
        host.judge(number, "OpenVPNFailedLogins", **fields)
    burst(7, "198.51.100.7", "address", 6)
    return host


def test_the_newest_is_the_last_and_has_how_it_ended(rejected: Host) -> None:
    said = rejected.ask("failures")
    assert said.code == 0
    assert said.error.startswith("Bursts that rang are kept since 20")
    assert [" ".join(line.split()) for line in said.out.splitlines()] == [
        "FIRST LAST FAILED USER SERVER ADDRESS SOURCE",
        "2026-05-04 06:02:01 2026-05-04 06:09:00 9 (several) vpn1 198.51.100.7 OpenVPN",
        "2026-05-05 06:02:01 2026-05-05 06:03:01 5 eve\\u001b[2J gate (several) SSH",
        "2026-05-06 06:02:01 2026-05-06 06:03:01 5 (several) vpn1 198.51.100.7 OpenVPN",
    ]


@pytest.mark.parametrize(
    ("arguments", "firsts"),
    [
        (["--since", "2026-05-04T06:09"], [4, 5, 6]),
        (["--since", "2026-05-04T06:10"], [5, 6]),
        (["--user", "EVE*"], [5]),
        (["--server", "VPN?"], []),
        (["--server", "vpn*", "--source", "openvpn"], [4, 6]),
    ],
)
def test_which_are_meant(rejected: Host, arguments: list[str], firsts: list[int]) -> None:
    said = rejected.ask("failures", "--json", *arguments)
    assert [int(burst["first"][8:10]) for burst in said.json()] == firsts


def test_for_a_spreadsheet(rejected: Host) -> None:
    (burst,) = rejected.ask("failures", "--csv", "--user", "eve*").csv()
    assert burst["user"] == "eve\\u001b[2J" and burst["address"] == ""


def test_nothing_is_kept_yet(host: Host) -> None:
    said = host.ask("failures")
    assert (said.code, said.rows()) == (0, [])
    assert said.error == "Bursts that rang are kept of no time, and no other failures.\n"


def test_without_an_outbox(host: Host) -> None:
    (host.state / "alerts/outbox.sqlite").unlink()
    said = host.ask("failures")
    assert (said.code, said.out) == (1, "")
    assert said.error.startswith("geowatch failures: the outbox cannot be used: ")
