# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who came in: all generations of the trail, every condition, and names that mean harm."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from geowatch.logins import shown
from trail_host import Host, login


def test_all_that_is_kept_the_newest_last(host: Host) -> None:
    host.write(login(1), to="geoip/located.10.gz")
    host.write(login(2), login(3), to="geoip/located.2.gz")
    host.write(login(4), to="geoip/located.1")
    host.write(login(5))
    host.write(b"no login", to="geoip/located.tmp")
    said = host.ask("command")
    assert said.code == 0 and said.error == ""
    assert [each["id"][-1] for each in host.ask("command", "--json").json()] == list("12345")
    assert said.out.splitlines()[:2] == [
        "TIME                 USER  SERVER  FROM        VERDICT  ID        ADDRESS       SOURCE"
        "   NETWORK",
        "2026-05-04 06:02:01  anna  vpn1    FI Finland  -        00000000  198.51.100.7  OpenVPN"
        "  Example",
    ]


def test_what_is_being_compressed_is_read_once(host: Host) -> None:
    host.write(login(1), login(2), to="geoip/located.2")
    host.write(login(1), to="geoip/located.2.gz")
    assert len(host.ask("command").rows()) == 2


def test_a_login_that_was_written_twice_is_one(host: Host) -> None:
    host.write(login(1), login(2), login(1), b"broken", login(3))
    assert len(host.ask("command").rows()) == 3


def test_what_cannot_be_read_is_said(host: Host) -> None:
    host.write(login(1), to="geoip/located.2.gz")
    path = host.state / "geoip/located.2.gz"
    path.write_bytes(path.read_bytes()[:-20])
    host.write(login(2))
    said = host.ask("command")
    assert len(said.rows()) == 1
    assert "located.2.gz: the rest of it cannot be read: " in said.error


@pytest.mark.parametrize("command", ["command", "last_seen", "report"])
def test_a_canary_is_no_login(host: Host, command: str) -> None:
    hostile = login(3, user=b"mallory", raw=b"a\tgeowatch\tline")
    host.write(login(1), login(2, user=b"nobody", source=b"geowatch"), hostile)
    said = host.ask(command, *(["--since", "2026-05-01"] if command == "report" else []))
    assert "nobody" not in said.out
    assert "anna" in said.out and "mallory" in said.out


def test_nothing_kept(host: Host) -> None:
    said = host.ask("command")
    assert said.error == "No such login. None is kept yet.\n"


LOGINS = [
    login(1, user=b"anna", country=b"FI", server=b"vpn1"),
    login(2, user=b"Anna", country=b"BR", server=b"vpn2", source=b"SSH", ip=b"203.0.113.9"),
    login(3, user="Järvi".encode(), country=b"", time=b"2026-05-04T04:00:00.000Z"),
    login(4, user=b"\xff?FI?found", country=b"BR", ip=b"2001:db8::7"),
    # A line that looks like another one: what is asked for stands in the last field.
    login(
        5, user=b"eve", country=b"BR", server=b"vpn9", time=b"", raw=b"\tFI\tfound\tanna\tvpn1\t"
    ),
    login(6, user="\N{KELVIN SIGN}arin \N{LATIN CAPITAL LETTER I WITH DOT ABOVE}".encode()),
]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("--user anna", "12"),
        ("--user ANNA", "12"),
        ("--user an*", "12"),
        ("--user *", "123456"),
        ("--user ann", ""),
        ("--user JÄRVI", "3"),
        ("--user j*rvi", "3"),
        ("--user karin*", "6"),
        (r"--user \xff*", "4"),
        ("--server vpn1", "1346"),
        ("--server VPN2", "2"),
        ("--source ssh", "2"),
        ("--country FI", "16"),
        ("--country br,unknown", "2345"),
        ("--not-country FI", "2345"),
        ("--not-country FI,unknown", "245"),
        ("--address 203.0.113.9", "2"),
        ("--address 2001:DB8:0::7", "4"),
        ("--address 198.51.100.0/24", "1356"),
        ("--address 2001:db8::/32", "4"),
        ("--since 2026-05-04T06:02:01", "123456"),
        ("--since 2026-05-04T06:02:02", "35"),
        ("--until 2026-05-04T06:02:02", "12456"),
        ("--since 2026-05-04T06:02:02 --until 2026-05-04T06:59", "5"),
        ("--user anna --country BR --server vpn2", "2"),
        ("--user anna --since 2026-05-04T06:02:02", ""),
    ],
)
def test_each_condition(host: Host, arguments: str, found: str) -> None:
    host.write(*LOGINS)
    said = host.ask("command", *arguments.split(), "--json")
    assert "".join(each["id"][-1] for each in said.json()) == found


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("--country Finland", "'Finland' is no country: write codes as BR, or BR,unknown"),
        ("--address 198.51.100", "'198.51.100' does not appear to be an IPv4 or IPv6 address"),
        ("--address 198.51.100.1/24", "198.51.100.1/24 has host bits set"),
        ("--since monday", "'monday' is no time: write 30m, 12h, 7d or 2026-05-04T03:00"),
        ("--verdict bad", "invalid choice: 'bad'"),
    ],
)
def test_what_means_nothing_is_refused(
    host: Host, capsys: pytest.CaptureFixture[str], arguments: str, error: str
) -> None:
    with pytest.raises(SystemExit):
        host.ask("command", *arguments.split())
    assert error in capsys.readouterr().err


def test_files_that_are_too_old_are_not_opened(host: Host) -> None:
    # What the day before holds may be later by the clock of its server.
    host.write(login(3), to="geoip/located.3.gz", mtime=1_000_000)
    host.write(login(1), to="geoip/located.2.gz", mtime=1_777_800_000)
    host.write(login(2))
    said = host.ask("command", "--since", "2026-05-04")
    assert len(said.rows()) == 2 and said.error == ""


def test_verdicts_are_those_of_the_outbox(host: Host) -> None:
    host.write(*(login(number) for number in range(1, 7)))
    host.judge(1, "OpenVPNExpectedCountry")
    host.judge(2, "OpenVPNUnexpectedCountry")
    host.judge(2, "OpenVPNNewCountry")
    host.judge(3, "SSHUnknownCountry")
    host.judge(4, "OpenVPNInternalAddress")
    verdicts = [each["verdict"] for each in host.ask("command", "--json").json()]
    assert verdicts == ["expected", "unexpected", "unknown", "internal", "", ""]
    said = host.ask("command", "--verdict", "unexpected")
    assert said.words(6) == ["unexpected"]
    assert said.error.startswith("Verdicts are kept since 20")
    assert host.ask("command", "--verdict", "expected", "--user", "eve").error.endswith(
        "No such login. Logins are kept since 2026-05-04 06:02.\n"
    )


def test_without_an_outbox_there_are_logins_all_the_same(host: Host) -> None:
    host.write(login(1))
    (host.state / "alerts/outbox.sqlite").rename(host.state / "alerts/gone")
    said = host.ask("command")
    assert said.words(6) == ["-"]
    assert said.error.startswith("No verdicts: the outbox cannot be used: unable to open")


HOSTILE = "\x1b]0;x\x07 \u202egnp,\"'".encode() + b"\xff"


def test_hostile_names_are_harmless(host: Host) -> None:
    host.write(login(1, user=HOSTILE), login(2, user=b'=HYPERLINK("x")'))
    assert r'\u001b]0;x\u0007 \u202egnp,"' + r"'\xff  vpn1" in host.ask("command").out
    as_json = host.ask("command", "--json")
    assert as_json.out.isprintable() is False and as_json.out.replace("\n", "").isprintable()
    assert as_json.json()[0]["user"] == HOSTILE.decode("utf-8", "backslashreplace")
    first, second = host.ask("command", "--csv").csv()
    assert first["user"] == r"\u001b]0;x\u0007 \u202egnp," + "\"'" + r"\xff"
    assert second["user"] == '\'=HYPERLINK("x")'
    assert first["time"] == "2026-05-04T03:02:01.123Z" and first["verdict"] == ""


def test_a_table_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["a" * 50, "b"], ["c", "d" * 30]]
    # To a file or another program all of it goes.
    assert list(shown.table(["ONE", "TWO"], rows))[1] == f"{'a' * 50}  b"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert list(shown.table(["ONE", "TWO"], rows)) == [
        f"{'ONE':40}  TWO",
        f"{'a' * 39}…  b",
        f"{'c':40}  {'d' * 30}",
    ]
    # A long name makes way for the other columns, as far as can be.
    monkeypatch.setenv("COLUMNS", "60")
    assert list(shown.table(["ONE", "TWO"], rows))[1:] == [
        f"{'a' * 27}…  b",
        f"{'c':28}  {'d' * 27}…",
    ]
    monkeypatch.setenv("COLUMNS", "30")
    assert list(shown.table(["ONE", "TWO"], rows))[1:] == [
        f"{'a' * 18}…  b",
        f"{'c':19}  {'d' * 8}…",
    ]


def test_a_rotation_meanwhile_loses_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    from geowatch.logins import trail

    host.write(login(1), to="geoip/located.1")
    host.write(login(2))
    look = trail.generations
    rotated = False

    def rotating(path: Path) -> object:
        nonlocal rotated
        found = look(path)
        if not rotated:
            rotated = True
            path.with_name("located.1").rename(path.with_name("located.2"))
            path.rename(path.with_name("located.1"))
            host.write(login(3))
        return found

    monkeypatch.setattr(trail, "generations", rotating)
    assert [each["id"][-1] for each in host.ask("command", "--json").json()] == list("123")
