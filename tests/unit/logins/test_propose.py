# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is proposed can be pasted as it is, and says how many logins would ring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from preflight import preflight
from trail_host import Host, login

ROLE = Path(__file__).parents[3] / "roles/logins"
NOW = datetime.now(UTC)
SOURCES = {"logins_sources": [{"source": "sshd", "files": ["/var/log/remote/*/auth.log"]}]}
HOSTILE = b'eve": [*]\x1b[2J\xe2\x80\xae #'


@pytest.fixture
def quarter(host: Host) -> Host:
    """Six users from FI, one of them from BR and two from NO as well, on so many days."""
    came: list[tuple[bytes, bytes, range]] = [(b"user%d" % n, b"FI", range(4)) for n in range(4)]
    came += [(b"anna", b"FI", range(5)), (b"Anna", b"BR", range(3)), (b"anna", b"NO", range(2))]
    came += [(HOSTILE, b"FI", range(3)), (HOSTILE, b"NO", range(7))]
    came += [(b"f\xff", b"SE", range(4)), (b"bob", b"", range(9)), (b"bob", b"FI", range(100, 109))]
    days = [(user, country, day) for user, country, days in came for day in days]
    host.write(
        *(
            login(
                number,
                user=user,
                country=country,
                time=(NOW - timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%S.000Z").encode(),
            )
            for number, (user, country, day) in enumerate(days, 1)
        )
    )
    return host


def pasted(host: Host, *arguments: str) -> tuple[dict[str, Any], list[str]]:
    """Return what is proposed, and the comments."""
    said = host.ask("propose", *arguments)
    assert (said.code, said.error) == (0, "")
    comments = [line for line in said.out.splitlines() if line.lstrip().startswith("#")]
    return yaml.safe_load(said.out), [" ".join(line.split()) for line in comments]


def test_countries_for_all_and_exceptions(quarter: Host) -> None:
    proposed, comments = pasted(quarter)
    hostile = HOSTILE.decode().replace("*", "?").replace("\x1b", "?")
    assert proposed == {
        "logins_expected_countries": ["FI"],
        "logins_policies": [
            {"name": "Exception 1, BR", "users": ["anna"], "expected": ["FI", "BR"]},
            {"name": "Exception 2, NO", "users": [hostile], "expected": ["FI", "NO"]},
        ],
    }
    days = [(NOW - timedelta(days=day)).astimezone().strftime("%Y-%m-%d") for day in (8, 0)]
    assert comments == [
        f"# {days[0]} to {days[1]}: 40 logins of 7 users, and",
        "# 9 from internal and unknown addresses, which no country decides.",
        "# So many logins ring if these countries are expected of all:",
        "# 16 FI, of 6 users, as below",
        "# 7 and NO, of 1 users",
        "# 3 and SE, of 1 users",
        "# 0 and BR, of 1 users",
        "# 6 with the exceptions below, too",
        "# without it 3 more ring",
        "# without it 7 more ring",
        "# Left to ring: of fewer than 3 days, or of a name that no policy can have.",
        '# 2 NO, "anna"',
        '# 4 SE, "f\\\\xff"',
    ]


def test_what_is_asked_for(quarter: Host) -> None:
    proposed, _ = pasted(quarter, "--days", "1")
    assert proposed["logins_expected_countries"] == ["FI", "NO"]
    assert [each["name"] for each in proposed["logins_policies"]] == ["Exception 1, BR"]
    proposed, _ = pasted(quarter, "--share", "100")
    assert proposed["logins_expected_countries"] == ["FI"]
    proposed, _ = pasted(quarter, "--user", "anna", "--days", "9")
    assert proposed == {"logins_expected_countries": ["FI"], "logins_policies": []}
    assert pasted(quarter, "--since", "200d")[1][0].endswith(": 49 logins of 8 users, and")
    with pytest.raises(SystemExit):
        quarter.ask("propose", "--share", "a third")


def test_norway_is_a_country(quarter: Host) -> None:
    assert pasted(quarter, "--country", "NO")[0]["logins_expected_countries"] == ["NO"]


def test_nothing_harms_the_terminal(quarter: Host) -> None:
    assert quarter.ask("propose").out.replace("\n", "").isprintable()


def test_nobody_came_in(host: Host) -> None:
    host.write(login(country=b""))
    said = host.ask("propose", "--since", "2026-01-01")
    assert (said.code, said.out) == (1, "")
    assert said.error.startswith("No login from a known country. Logins are kept since 2026-05-04")


def test_the_role_takes_what_is_proposed(quarter: Host, tmp_path: Path) -> None:
    found = preflight(ROLE, {"pasted": SOURCES | pasted(quarter)[0]}, tmp_path)
    assert found["failed"] == {}, found["failed"]
