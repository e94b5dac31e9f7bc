# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a week was like: who was new, what was loud, who was away, and how the watch did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from trail_host import Host, login

NOW = datetime.now(UTC)


def at(days: float) -> bytes:
    """Return the time that was so many days ago."""
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z").encode()


def day(days: float) -> str:
    return (NOW - timedelta(days=days)).astimezone().strftime("%Y-%m-%d %H:%M")


def reported(host: Host, *arguments: str) -> dict[str, list[str]]:
    """Return the lines of each section."""
    said = host.ask("report", *arguments)
    assert (said.code, said.error) == (0, "")
    sections = (section.split("\n  ") for section in said.out.rstrip("\n").split("\n\n")[1:])
    return {title: lines for title, *lines in sections}


@pytest.fixture
def weeks(host: Host) -> Host:
    host.write(
        login(1, user=b"anna", time=at(80)),
        login(2, user=b"bob", time=at(40), server=b"vpn2"),
        login(3, user=b"dora", time=at(20), server=b"vpn2"),
        to="geoip/located.2.gz",
    )
    host.write(
        login(4, user=b"Anna", time=at(5), country=b"BR"),
        login(4, user=b"Anna", time=at(5), country=b"BR"),
        login(5, user=b"anna", time=at(4)),
        login(6, user=b"eve\x1b[1m", time=at(3), country=b"", reason=b"no_database", database=b""),
        login(7, user=b"dora", time=at(2)),
        b"broken",
    )
    return host


def test_the_logins_of_a_week(weeks: Host) -> None:
    said = reported(weeks)
    assert said["Logins: 4 of 3 users"] == [
        "from Finland 2, Brazil 1, no_database 1",
        "to vpn1 4",
    ]
    assert said["New users"] == ["eve\\u001b[1m, from no_database 1"]
    assert said["New countries of users"] == ["anna, from Brazil 1"]
    assert said["Users who were not here for 30 days"] == [f"bob, last {day(40)}"]
    (silent,) = said["Servers without a login"]
    assert silent.startswith(f"vpn2, last {day(20)}")
    assert said["Databases that were asked"] == ["2026-05-01: 1", "GeoLite2-Country 2026-05-01: 3"]


def test_what_is_new_cannot_be_said_of_the_first_time(weeks: Host) -> None:
    said = reported(weeks, "--since", "90d")
    (why,) = said["New users and countries"]
    assert why.startswith(f"cannot be said: {day(80)}") and why.endswith(" is the first")


def test_how_it_was_judged_and_how_the_watch_did(weeks: Host) -> None:
    when, mail = at(4).decode(), ("mail", "ops@example.org")
    weeks.judge(4, "OpenVPNUnexpectedCountry", mail, text="from Brazil", time=when)
    weeks.judge(5, "OpenVPNExpectedCountry", time=when)
    weeks.judge(6, "OpenVPNUnknownCountry", mail, text="from nowhere", time=when)
    weeks.judge(7, "OpenVPNExpectedCountry", severity="cleared")
    weeks.judge(8, "OpenVPNFailedLogins", severity="warning")
    weeks.judge(9, "OpenVPNFailedLogins", severity="note")
    delivery = weeks.outbox.next("mail")
    assert delivery
    weeks.outbox.end(delivery, "delivered", "")
    said = reported(weeks)
    clock = (NOW - timedelta(days=4)).astimezone().strftime("%m-%d %H:%M:%S")
    assert said["Verdicts: unexpected 1, expected 1, unknown 1"] == [
        f"{clock}  from Brazil",
        f"{clock}  from nowhere",
    ]
    assert said["Other alerts"] == ["OpenVPNFailedLogins, warning: 1"]
    (late,) = said["Deliveries: delivered 1, waiting 1"]
    assert late in (
        "half of them within 0 s, all within 0 s",
        "half of them within 1 s, all within 1 s",
    )


def test_with_nothing_kept_it_says_none(host: Host) -> None:
    said = reported(host)
    assert said["Logins: 0 of 0 users"] == ["none"]
    assert said["Verdicts: none"] == ["nothing unexpected or unknown"]
    (host.state / "alerts/outbox.sqlite").unlink()
    (why,) = reported(host)["Verdicts, alerts and deliveries"]
    assert why.startswith("the outbox cannot be used: ")


def test_long_lists_end(host: Host) -> None:
    host.write(login(1, time=at(9)), *(login(i, user=b"u%d" % i, time=at(1)) for i in range(2, 30)))
    said = reported(host)
    assert len(said["New users"]) == 21
    assert said["New users"][-1] == "and 8 more"
