# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resident service: hostile lines in process, and a real process that is killed, moved on
and given other databases."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from geowatch.geoip.asn import AsnDatabase
from geowatch.geoip.country import CountryDatabase
from geowatch.geoip.follow import located_line
from small_databases import BUILD_DATE, BUILD_EPOCH, MakeDatabase, asn_record

ROLES = Path(__file__).parents[3] / "roles"
IDENTIFIER = b"0123456789abcdef" * 2
KNOWN = b"GeoLite2-Country\t" + BUILD_DATE.encode() + b"\t\t"
"""The database, its date, and no network."""
PATIENCE = 60
"""Seconds after which a test gives up; none of them waits that long unless it fails."""


class TestLocatedLine:
    @pytest.fixture
    def database(self, make_database: MakeDatabase) -> CountryDatabase:
        return CountryDatabase(make_database())

    @pytest.mark.parametrize(
        ("line", "located"),
        [
            pytest.param(
                b"%b\t198.51.100.7\topenvpn\t\xff\0`x`\t$(y)" % IDENTIFIER,
                b"%b\t198.51.100.7\tFI\tfound\tFinland\t%b\topenvpn\t\xff\0`x`\t$(y)"
                % (IDENTIFIER, KNOWN),
                id="the rest is passed on untouched",
            ),
            pytest.param(
                b"%b\t203.0.113.9\t" % IDENTIFIER,
                b"%b\t203.0.113.9\t\tnot_found\t\t%b\t" % (IDENTIFIER, KNOWN),
                id="an empty rest",
            ),
            pytest.param(
                b"%b\t10.0.0.1" % IDENTIFIER,
                b"%b\t10.0.0.1\t\tinternal\t\t%b" % (IDENTIFIER, KNOWN),
                id="no rest",
            ),
            pytest.param(
                IDENTIFIER,
                b"%b\t\t\tbad_address\t\t%b" % (IDENTIFIER, KNOWN),
                id="no tab",
            ),
            pytest.param(b"", b"\t\t\tbad_address\t\t%b" % KNOWN, id="empty"),
            pytest.param(
                b"id\t\xff\xfe\tx",
                b"id\t\xff\xfe\t\tbad_address\t\t%b\tx" % KNOWN,
                id="not UTF-8",
            ),
            pytest.param(
                b"id\t198.51.100.7\0\tx",
                b"id\t198.51.100.7\0\t\tbad_address\t\t%b\tx" % KNOWN,
                id="NUL",
            ),
            pytest.param(
                b"id\t198.51.100.7\r",
                b"id\t198.51.100.7\r\t\tbad_address\t\t%b" % KNOWN,
                id="carriage return",
            ),
        ],
    )
    def test_line(self, database: CountryDatabase, line: bytes, located: bytes) -> None:
        assert located_line(line, database) == located

    def test_with_a_network(self, database: CountryDatabase, make_database: MakeDatabase) -> None:
        records = {"198.51.100.0/24": asn_record(64496, "Example\tLtd")}
        path = make_database(records=records, name="asn.mmdb", database_type="GeoLite2-ASN")
        line = located_line(b"id\t198.51.100.7\tx", database, AsnDatabase(path))
        assert line.endswith(b"\t64496\tExampleLtd\tx")

    def test_a_long_line(self, database: CountryDatabase) -> None:
        rest = b"x" * (1 << 20)
        line = located_line(IDENTIFIER + b"\t198.51.100.7\t" + rest, database)
        assert line.startswith(IDENTIFIER + b"\t198.51.100.7\tFI\tfound\t")
        assert line.endswith(b"\t" + rest)

    def test_random_bytes_have_an_answer_too(self, database: CountryDatabase) -> None:
        dice = random.Random(1)
        for _line in range(2000):
            line = dice.randbytes(dice.randrange(60)).replace(b"\n", b"\t")
            fields = located_line(line, database).split(b"\t")
            assert fields[2:4] == [b"", b"bad_address"]


class Room:
    """The directories of the service, and the service as a process."""

    def __init__(self, home: Path, database: Path) -> None:
        self.database = database
        self.asn_database = home / "asn.mmdb"
        self.health = home / "health"
        self.connections = home / "connections"
        self.located = home / "located"
        self.log = home / "log"
        self.in_force = home / "in_force"
        self.digest = "one"
        self.offset_file = home / "connections.offset"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, wrapper: Sequence[str] = ()) -> None:
        command: list[str | Path] = [*wrapper, sys.executable]
        command += [ROLES / "geoip" / "files" / "geoip_info.py", "--follow", self.connections]
        command += ["--write", self.located, "--state", self.offset_file.parent]
        command += ["--database", self.database, "--asn-database", self.asn_database, *options]
        environment = {
            "PYTHONPATH": str(ROLES / "runtime" / "files"),
            "PATH": os.environ["PATH"],
            "GEOWATCH_DIGEST": self.digest,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def is_in_force(self, digest: str) -> bool:
        return self.in_force.exists() and self.in_force.read_text() == f"{digest}\n"

    def connect(self, *ips: str, first: int = 0) -> None:
        """Append a connection of each address; its id is its number, its rest the address."""
        with self.connections.open("ab") as file:
            for number, ip in enumerate(ips, first):
                file.write(f"{number}\t{ip}\t{ip}\n".encode())

    def answers(self) -> list[list[str]]:
        """Return the fields of the complete lines in ``located``, rotated ones first."""
        files = [path for path in (Path(f"{self.located}.1"), self.located) if path.exists()]
        text = "".join(path.read_text() for path in files)
        return [line.split("\t") for line in text.split("\n")[:-1]]

    def has_more_answers_than(self, count: int) -> bool:
        return len(self.answers()) > count

    def answered(self) -> set[str]:
        """Return the ids that have an answer; after a kill some have two."""
        return {fields[0] for fields in self.answers()}

    def has_answered_more_than(self, count: int) -> bool:
        return len(self.answered()) > count

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def answer(self, ip: str) -> str:
        """Return "country reason" for one more connection."""
        count = len(self.answers())
        self.connect(ip)
        self.wait_for(lambda: self.has_more_answers_than(count))
        return " ".join(self.answers()[-1][2:4])

    def wait_for_log(self, text: str) -> None:
        self.wait_for(lambda: text in self.log.read_text())


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path, tmp_path / "country.mmdb")
    yield room
    if room.process is not None:
        room.process.kill()
        room.process.wait()


class TestService:
    def test_from_nothing(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.start()
        room.wait_for_log("<6>started")
        assert f"<6>database in use: GeoLite2-Country of {BUILD_DATE}" in room.log.read_text()
        assert room.answer("198.51.100.7") == "FI found"
        assert room.answer("2001:db8:5::1") == "RU found"
        assert room.located.stat().st_mode & 0o777 == 0o640
        assert room.end(signal.SIGTERM) == 0
        assert room.log.read_text().endswith("<6>stopped\n")

    def test_it_says_what_is_in_force_once_it_is(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        make_database()
        for digest in ("one", "another"):
            room.digest = digest
            room.start()
            room.wait_for(partial(room.is_in_force, digest))
            room.end(signal.SIGTERM)

    def test_it_shows_an_address_that_the_database_knows(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        database = make_database()
        room.start()
        example = room.located.with_name("example")
        room.wait_for(example.exists)
        assert CountryDatabase(database).country(example.read_text()) is not None

    def test_a_restart_goes_on(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        room.wait_for(room.offset_file.exists)
        room.end(signal.SIGTERM)
        room.start()
        assert room.answer("198.51.100.200") == "RU found"
        assert len(room.answers()) == 2

    def test_killed_in_mid_stream(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        ips = [f"198.18.{n // 250}.{n % 250}" for n in range(20_000)]
        for first in range(0, len(ips), 2000):
            room.connect(*ips[first : first + 2000], first=first)
            before = len(room.answered())
            room.start()
            room.wait_for(partial(room.has_answered_more_than, before))
            room.end(signal.SIGKILL)
        room.start()
        room.wait_for(lambda: len(room.answered()) == len(ips))
        assert {fields[1] for fields in room.answers()} == set(ips)
        assert {tuple(fields[2:4]) for fields in room.answers()} == {("SE", "found")}

    def test_more_lines_than_a_batch_has(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.connect(*["198.51.100.7"] * 2500)
        room.start()
        room.wait_for(lambda: len(room.answered()) == 2500)

    def test_rotation_of_both_files(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        room.connections.rename(f"{room.connections}.1")
        room.located.rename(f"{room.located}.1")
        assert room.answer("198.51.100.200") == "RU found"
        assert Path(f"{room.located}.1").read_text().count("\n") == 1

    def test_hostile_lines_do_not_stop_it(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        hostile = [b"", b"\0", b"\xff\xfe\t\xff", b"\t\t\t", b"x" * (1 << 20), b"y" * (3 << 20)]
        room.connections.write_bytes(b"\n".join(hostile) + b"\n")
        room.start()
        room.connect("198.51.100.7")
        room.wait_for(lambda: room.located.exists() and b"found" in room.located.read_bytes())
        lines = room.located.read_bytes().split(b"\n")[:-1]
        assert [b"bad_address" in line for line in lines] == [True] * 5 + [False]
        assert "<4>" in room.log.read_text()
        assert "skipped a line of 3145728 bytes" in room.log.read_text()

    def test_a_torn_offset_file(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.offset_file.write_bytes(b"\0\xff\0")
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        assert "<3>" in room.log.read_text()

    def test_on_a_full_disk_it_waits_for_room(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        make_database()
        room.connect(*["198.51.100.7"] * 100)
        room.start(wrapper=("prlimit", "--fsize=1000:unlimited"))
        room.wait_for_log("<3>cannot write, waiting: ")
        assert str(room.located) in room.log.read_text()
        assert room.process is not None
        subprocess.run(["prlimit", f"--pid={room.process.pid}", "--fsize=unlimited"], check=True)
        room.wait_for_log("<4>can write again")
        assert [fields[0] for fields in room.answers()] == [str(number) for number in range(100)]
        assert room.log.read_text().count("cannot write") == 1

    def test_killed_on_a_full_disk(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.connect(*["198.51.100.7"] * 100)
        room.start(wrapper=("prlimit", "--fsize=1000"))
        room.wait_for_log("<3>cannot write, waiting: ")
        room.end(signal.SIGKILL)
        assert not room.offset_file.exists()
        room.start()
        room.wait_for(lambda: len(room.answered()) == 100)


def replace_by_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.with_name("pipe").replace(path)


class TestDatabaseInUse:
    def test_missing_at_first(self, room: Room, make_database: MakeDatabase) -> None:
        room.start()
        assert room.answer("198.51.100.7") == " no_database"
        make_database()
        room.wait_for_log("database in use")
        assert room.answer("198.51.100.7") == "FI found"

    def test_unreadable_at_first(self, room: Room, make_database: MakeDatabase) -> None:
        room.database.write_bytes(b"<html>")
        room.start()
        assert room.answer("198.51.100.7") == " bad_database"
        make_database()
        room.wait_for_log("database in use")
        assert room.answer("198.51.100.7") == "FI found"

    def test_replaced(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        make_database({"198.51.100.0/24": "SE"}, build_epoch=1790100000)
        room.wait_for_log("database in use: GeoLite2-Country of 2026-09-22")
        assert room.answer("198.51.100.7") == "SE found"
        assert room.answers()[-1][6] == "2026-09-22"

    def test_replaced_in_place(self, room: Room, make_database: MakeDatabase) -> None:
        """As cp does it: the file is empty for a moment, and then half of another."""
        path = make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        content = make_database({"198.51.100.0/24": "SE"}, name="other").read_bytes()
        path.write_bytes(content[:700])
        room.wait_for_log("stays in use")
        assert room.answer("198.51.100.7") == "FI found"
        path.write_bytes(content)
        room.wait_for(lambda: room.answer("198.51.100.7") == "SE found")

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda make: make(database_type="GeoLite2-ASN"), id="wrong type"),
            pytest.param(
                lambda make: make(records={"198.51.100.0/24": {"country_code": "SE"}}), id="flat"
            ),
            pytest.param(
                lambda make: make(name="other").with_name("country.mmdb").unlink(), id="removed"
            ),
            pytest.param(
                lambda make: make(name="other").with_name("country.mmdb").write_bytes(b"x"),
                id="in place",
            ),
            pytest.param(lambda make: replace_by_a_pipe(make()), id="pipe"),
        ],
    )
    def test_a_bad_one_does_not_replace_a_good_one(
        self, room: Room, make_database: MakeDatabase, spoil: Callable[[MakeDatabase], object]
    ) -> None:
        make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        spoil(make_database)
        room.wait_for_log(f"GeoLite2-Country of {BUILD_DATE} stays in use")
        assert room.answer("198.51.100.7") == "FI found"
        assert room.log.read_text().count("<3>") == 1


class TestAsnDatabase:
    def test_it_comes_and_is_bad_and_stays(self, room: Room, make_database: MakeDatabase) -> None:
        make_database()
        room.start()
        assert room.answer("198.51.100.7") == "FI found"
        assert room.answers()[-1][7:9] == ["", ""]
        assert "asn" not in room.log.read_text()
        records = {"198.51.100.0/24": asn_record(64496, "Example")}
        make_database(records=records, name="asn.mmdb", database_type="GeoLite2-ASN")
        room.wait_for_log("database in use: GeoLite2-ASN")
        assert room.answer("198.51.100.7") == "FI found"
        assert room.answers()[-1][7:9] == ["64496", "Example"]
        make_database(name="asn.mmdb")
        room.wait_for_log("stays in use")
        assert room.answer("198.51.100.7") == "FI found"
        assert room.answers()[-1][7:9] == ["64496", "Example"]
        # Nobody wants one any more.
        room.asn_database.unlink()
        room.wait_for_log("asn.mmdb is no longer in use")
        assert room.answer("198.51.100.7") == "FI found"
        assert room.answers()[-1][7:9] == ["", ""]
        assert room.log.read_text().count("<3>") == 1


class TestHealth:
    def test_a_stale_database(self, room: Room, make_database: MakeDatabase) -> None:
        make_database(build_epoch=BUILD_EPOCH - 1000 * 86_400)
        room.start("--health", str(room.health))
        room.wait_for(room.health.exists)
        room.wait_for(lambda: room.health.read_text().endswith("\n"))
        assert room.health.read_text().split("\t")[3:5] == ["country", "stale"]
        room.end(signal.SIGTERM)
        room.start("--health", str(room.health))
        assert room.answer("198.51.100.7") == "FI found"
        assert room.health.read_text().count("\n") == 1

    def test_a_database_that_was_removed_rings_although_it_answers(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        path = make_database(build_epoch=int(time.time()))
        room.start("--health", str(room.health))
        assert room.answer("198.51.100.7") == "FI found"
        path.unlink()
        room.wait_for(room.health.exists)
        room.wait_for(lambda: room.health.read_text().endswith("\n"))
        assert room.health.read_text().split("\t")[3:5] == ["country", "missing"]
        assert "answers only until the service ends" in room.health.read_text()
        assert room.answer("198.51.100.7") == "FI found"

    def test_logins_that_were_rotated_away_unread_are_said_to_be_lost_each_time(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        make_database(build_epoch=int(time.time()))
        for times in (1, 2):
            room.offset_file.write_text(f"0 {10**18} 7")
            room.start("--health", str(room.health))
            assert room.answer("198.51.100.7") == "FI found"
            room.end(signal.SIGTERM)
            lost = [line.split("\t")[3:5] for line in room.health.read_text().splitlines()]
            assert lost == [["logins", "lost"]] * times
        assert str(room.connections) in room.health.read_text()

    def test_a_file_that_cannot_be_written_stops_no_lookup(
        self, room: Room, make_database: MakeDatabase
    ) -> None:
        room.health.mkdir()
        make_database(build_epoch=1)
        room.start("--health", str(room.health))
        assert room.answer("198.51.100.7") == "FI found"
        room.wait_for_log("cannot write that the state is stale")
