# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command for people, run as people run it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_databases import BUILD_DATE, MakeDatabase, asn_record

ROLES = Path(__file__).parents[3] / "roles"
PROGRAM = ROLES / "geoip" / "files" / "geoip_info.py"


def run(*arguments: str | bytes | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, PROGRAM, *arguments], capture_output=True, check=False)


def assert_one_line(stderr: bytes) -> None:
    assert stderr.startswith(b"geoip_info.py: ")
    assert stderr.count(b"\n") == 1
    assert stderr.endswith(b"\n")


class TestLookup:
    @pytest.mark.parametrize(
        "event",
        [
            "login",
            "",
            "bob:8.8.8.8:FI",
            "$(touch x)",
            "a\tb\nc",
            "Ünïcode",
            b"\xff\xfe",
            "--",
            "-x",
        ],
    )
    def test_the_event_is_printed_back(
        self, make_database: MakeDatabase, event: str | bytes
    ) -> None:
        ran = run("--database", make_database(), "--", event, "198.51.100.7")
        text = event.encode() if isinstance(event, str) else event
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, text + b":198.51.100.7:FI\n", b"")

    def test_ipv6(self, make_database: MakeDatabase) -> None:
        ran = run("login", "2001:DB8:5::1", "--database", make_database())
        assert (ran.returncode, ran.stdout) == (0, b"login:2001:db8:5::1:RU\n")

    @pytest.mark.parametrize(
        ("ip", "code", "text"),
        [
            ("203.0.113.9", 1, b"203.0.113.9: in no country"),
            ("10.0.0.1", 1, b"10.0.0.1: an address of an internal network"),
            ("nonsense", 3, b"nonsense: not an IPv4 or IPv6 address"),
            (b"\xff\n", 3, b"not an IPv4 or IPv6 address"),
        ],
    )
    def test_no_country(
        self, make_database: MakeDatabase, ip: str | bytes, code: int, text: bytes
    ) -> None:
        ran = run("--database", make_database(), "login", ip)
        assert (ran.returncode, ran.stdout) == (code, b"")
        assert_one_line(ran.stderr)
        assert text in ran.stderr

    def test_json(self, make_database: MakeDatabase) -> None:
        ran = run("--format", "json", "--database", make_database(), b"a\xff", "198.51.100.7")
        assert (ran.returncode, ran.stderr) == (0, b"")
        assert json.loads(ran.stdout) == {
            "event": "a\\xff",
            "ip": "198.51.100.7",
            "country": "FI",
            "country_name": "Finland",
            "reason": "found",
            "database": "GeoLite2-Country",
            "database_date": BUILD_DATE,
            "asn": "",
            "as_owner": "",
        }

    def test_a_network(self, make_database: MakeDatabase) -> None:
        records = {"198.51.100.0/24": asn_record(64496, "Example")}
        asn = make_database(records=records, name="asn.mmdb", database_type="GeoLite2-ASN")
        options = ("--database", make_database(), "--asn-database", asn)
        ran = run("--format", "json", *options, "login", "198.51.100.7")
        fields = json.loads(ran.stdout)
        assert (fields["asn"], fields["as_owner"]) == ("64496", "Example")

    @pytest.mark.parametrize(
        ("ip", "code", "reason"),
        [(b"\xff", 3, "bad_address"), ("10.0.0.1", 1, "internal"), ("::9", 1, "not_found")],
    )
    def test_json_without_a_country(
        self, make_database: MakeDatabase, ip: str | bytes, code: int, reason: str
    ) -> None:
        ran = run("--format", "json", "--database", make_database(), "login", ip)
        assert ran.returncode == code
        assert_one_line(ran.stderr)
        fields = json.loads(ran.stdout)
        assert (fields["country"], fields["reason"]) == ("", reason)

    @pytest.mark.parametrize(
        ("content", "text"), [(None, b"no such file"), (b"<html>", b"get it again")]
    )
    def test_no_usable_database(self, tmp_path: Path, content: bytes | None, text: bytes) -> None:
        path = tmp_path / "country.mmdb"
        if content is not None:
            path.write_bytes(content)
        ran = run("--database", path, "login", "198.51.100.7")
        assert (ran.returncode, ran.stdout) == (4, b"")
        assert_one_line(ran.stderr)
        assert text in ran.stderr

    def test_needs_nothing_of_the_other_rooms(
        self, make_database: MakeDatabase, tmp_path: Path
    ) -> None:
        files = shutil.copytree(ROLES / "geoip" / "files", tmp_path / "alone")
        command: list[str | Path] = [
            sys.executable,
            files / "geoip_info.py",
            "--database",
            make_database(),
        ]
        command += ["--database", make_database(), "login", "198.51.100.7"]
        ran = subprocess.run(command, capture_output=True, check=False, env={})
        assert ran.stdout == b"login:198.51.100.7:FI\n"

    def test_without_maxminddb(self) -> None:
        """As on a controller that never looked an address up: -S hides what pip installed."""
        command: list[str | Path] = [sys.executable, "-S", PROGRAM, "login", "198.51.100.7"]
        ran = subprocess.run(command, capture_output=True, check=False)
        assert (ran.returncode, ran.stdout) == (1, b"")
        assert_one_line(ran.stderr)
        assert b"apt install python3-geoip2" in ran.stderr


class TestCommandLine:
    def test_help(self) -> None:
        ran = run("--help")
        assert ran.returncode == 0
        assert b"EVENT:IP:CC" in ran.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["login"],
            ["login", "198.51.100.7", "more"],
            ["--database=/dev/null", "198.51.100.7"],
            ["--data", "x", "login", "198.51.100.7"],
            ["--format", "xml", "login", "198.51.100.7"],
            ["--follow", "connections"],
            ["--follow", "c", "--write", "l", "--state", "s", "login"],
        ],
    )
    def test_wrong(self, arguments: list[str]) -> None:
        ran = run(*arguments)
        assert (ran.returncode, ran.stdout) == (2, b"")


class TestCheck:
    def test_good(self, make_database: MakeDatabase) -> None:
        path = make_database()
        ran = run("--check", path)
        assert ran.returncode == 0
        assert ran.stdout.decode() == f"{path}: GeoLite2-Country of {BUILD_DATE}\n"

    def test_bad(self, make_database: MakeDatabase) -> None:
        ran = run("--check", make_database(database_type="GeoLite2-ASN"))
        assert (ran.returncode, ran.stdout) == (4, b"")
        assert_one_line(ran.stderr)
        assert b"GeoLite2-ASN" in ran.stderr
