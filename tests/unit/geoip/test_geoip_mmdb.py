# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read in Python and looked up in C is what geoip2 says, in files of every shape; and no
file, however it is broken or changed, ends the process."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any
from unittest import mock

import geoip2.database
import geoip2.errors
import maxminddb
import pytest
from geowatch.geoip import mmdb
from geowatch.geoip.answer import answer
from geowatch.geoip.asn import UNKNOWN, AsnDatabase, Network
from geowatch.geoip.country import Country, CountryDatabase
from geowatch.geoip.mmdb import DatabaseError, opened
from geowatch.geoip.whole import nodes
from mmdb_writer import TreeWriter
from small_databases import MakeDatabase, asn_record, country_record

NODES = {
    24: bytes.fromhex("123456 89abcd"),
    28: bytes.fromhex("123456 7e 89abcd"),
    32: bytes.fromhex("12345678 9abcdef0"),
}

CODES = ["FI", "SE", "RU", "", "fi", "x\ty"]


@pytest.mark.parametrize(
    ("size", "left", "right"),
    [(24, 0x123456, 0x89ABCD), (28, 0x7123456, 0xE89ABCD), (32, 0x12345678, 0x9ABCDEF0)],
)
def test_a_node(size: int, left: int, right: int) -> None:
    tree = memoryview(NODES[size][::-1] + NODES[size] + NODES[size][::-1])
    assert list(nodes(tree, size))[1] == (left, right)


def networks(dice: random.Random, ip_version: int) -> list[str]:
    """Return networks of every size, some of them in others."""
    found = [f"198.{18 + dice.randrange(2)}.{dice.randrange(256)}.0/24" for _ in range(99)]
    found += [f"198.18.{dice.randrange(9)}.{dice.randrange(256)}/32" for _ in range(99)]
    found += ["198.51.100.0/24", "198.51.100.77/32", "128.0.0.0/2"]
    if ip_version == 6:
        found += [f"2001:db8:{dice.randrange(1 << 16):x}::/48" for _ in range(99)]
        found += [f"2001:db8:1:2:3:4:5:{dice.randrange(9):x}/128", "2001:db8:8000::/33"]
    return sorted(found, key=lambda network: ip_network(network).prefixlen)


def addresses(dice: random.Random, ip_version: int) -> list[IPv4Address | IPv6Address]:
    found = [ip_address(dice.getrandbits(32)) for _ in range(500)]
    found += [ip_network("198.18.0.0/15")[dice.randrange(1 << 17)] for _ in range(700)]
    found += [ip_network("198.18.0.0/21")[number] for number in range(1 << 10)]
    found += [ip_address("198.51.100.77"), ip_address("255.255.255.255"), ip_address("0.0.0.0")]
    if ip_version == 6:
        found += [IPv6Address(dice.getrandbits(128)) for _ in range(500)]
        found += [ip_network("2001:db8::/32")[dice.getrandbits(96)] for _ in range(700)]
        found += [IPv6Address("2001:db8:1:2:3:4:5:0") + number for number in range(9)]
        found += [IPv6Address("::") + dice.getrandbits(34) for _ in range(99)]
    return found


def make(make_database: MakeDatabase, size: int, **options: Any) -> Path:
    """Return a database whose search tree has records of so many bits."""

    def adjust(writer: TreeWriter) -> None:
        writer.record_size = size
        writer.data_offset = size * 2 / 8 * writer._node_counter

    with mock.patch.object(TreeWriter, "_adjust_record_size", adjust):
        return make_database(**options)


def country_by_geoip2(reader: Any, lookup: str, address: object) -> Country | None:
    """Return what geoip2 says, by itself."""
    try:
        country = getattr(reader, lookup)(str(address)).country
    except geoip2.errors.AddressNotFoundError:
        return None
    known = len(country.iso_code or "") == 2 and country.iso_code.isupper()
    return Country(country.iso_code, country.names.get("en", "")) if known else None


@pytest.mark.parametrize("ip_version", [4, 6])
@pytest.mark.parametrize(
    ("size", "kind", "lookup"),
    [
        (24, "GeoLite2-Country", "country"),
        (28, "GeoLite2-City", "city"),
        (32, "GeoIP2-Enterprise", "enterprise"),
    ],
)
def test_countries(
    make_database: MakeDatabase,
    size: int,
    kind: str,
    lookup: str,
    ip_version: int,
) -> None:
    dice = random.Random(size)
    records = {
        network: {**country_record(dice.choice(CODES)), "city": {"geoname_id": dice.randrange(50)}}
        for network in networks(dice, ip_version)
    }
    path = make(make_database, size, records=records, database_type=kind, ip_version=ip_version)
    database = CountryDatabase(path)
    found = []
    with geoip2.database.Reader(path) as reader:
        assert reader.metadata().record_size == size
        for address in addresses(dice, ip_version):
            expected = country_by_geoip2(reader, lookup, address)
            assert database.country(str(address)) == expected, address
            given = answer(str(address), database)
            assert (given.country, given.country_name) == (expected or ("", ""))
            found.append(expected)
    assert {country and country.code for country in found} == {None, "FI", "SE", "RU"}


def test_networks(make_database: MakeDatabase) -> None:
    dice = random.Random(1)
    records = {
        network: asn_record(dice.randrange(64496, 64512), f"Owner {dice.randrange(9)}")
        for network in networks(dice, 6)
    }
    path = make(make_database, 28, records=records, database_type="GeoLite2-ASN")
    database = AsnDatabase(path)
    with geoip2.database.Reader(path) as reader:
        for address in addresses(dice, 6):
            try:
                asn = reader.asn(str(address))
            except geoip2.errors.AddressNotFoundError:
                assert database.network(str(address)) == UNKNOWN
                continue
            number, owner = asn.autonomous_system_number, asn.autonomous_system_organization
            assert database.network(str(address)) == Network(str(number), owner or "")


def test_what_cannot_be_read_is_not_remembered_as_nothing(make_database: MakeDatabase) -> None:
    records = {"198.51.100.0/24": {"country": "FI"}, "198.18.0.0/15": country_record("SE")}
    database = CountryDatabase(make_database(records=records))
    for _turn in range(2):
        with pytest.raises(DatabaseError):
            database.country("198.51.100.7")


def spoiled(content: bytes, dice: random.Random) -> bytes:
    """Return a file with some bits flipped, and perhaps a part of it missing."""
    broken = bytearray(content)
    for _ in range(dice.choice([1, 1, 3, 20])):
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
    if dice.random() < 0.2:
        start = dice.randrange(len(broken))
        del broken[start : start + dice.randrange(200)]
    return bytes(broken)


def test_what_is_broken_is_refused_or_says_what_python_reads(make_database: MakeDatabase) -> None:
    """On some of these files the C library, by itself, writes where it should not."""
    dice = random.Random(1)
    path = make_database({net: dice.choice(["FI", "SE"]) for net in networks(dice, 6)})
    content, taken = path.read_bytes(), 0
    asked = [str(address) for address in dice.sample(addresses(dice, 6), 200)]
    for _ in range(200):
        path.write_bytes(spoiled(content, dice))
        database = opened(CountryDatabase, path)
        if isinstance(database, DatabaseError):
            continue
        taken += 1
        with maxminddb.open_database(path, maxminddb.MODE_MMAP) as reader:
            for address in asked:
                try:
                    expected = reader.get(address)
                except Exception:
                    with pytest.raises(DatabaseError):
                        database.record(address)
                else:
                    assert database.record(address) == expected, address
        database.close()
    assert 5 < taken < 190


def test_an_address_is_what_ipaddress_takes_for_one(make_database: MakeDatabase) -> None:
    """The short way for plain IPv4 lets nothing through that is no address, and changes none."""
    database = CountryDatabase(make_database())
    dice = random.Random(3)
    for _ in range(20_000):
        text = "".join(dice.choice("0123456789.") for _ in range(dice.randrange(7, 16)))
        if dice.random() < 0.5:
            text = ".".join(str(dice.randrange(-3, 300)) for _ in range(dice.choice([3, 4, 4, 4])))
        try:
            expected = str(ip_address(text))
        except ValueError:
            assert answer(text, database).reason == "bad_address", text
        else:
            found = answer(text, database)
            assert (found.ip, found.reason == "bad_address") == (expected, False), text


def test_a_field_without_a_name(make_database: MakeDatabase) -> None:
    """Python reads it. The C library would crash."""
    path = make_database(records={"198.51.100.0/24": {**country_record("FI"), "zz": 1}})
    content = path.read_bytes()
    assert content.count(b"\x42zz") == 1  # a text of two bytes
    path.write_bytes(content.replace(b"\x42zz", b"\xa2zz"))  # a number of two bytes
    with pytest.raises(DatabaseError, match="a field without a name"):
        CountryDatabase(path)


class TestFiles:
    """What may lie where a database should."""

    @pytest.mark.parametrize(
        ("make", "text"),
        [
            pytest.param(os.mkfifo, "not a regular file", id="pipe"),
            pytest.param(lambda path: path.symlink_to("/dev/zero"), "not a regular", id="device"),
            pytest.param(os.mkdir, "Is a directory", id="directory"),
            pytest.param(
                lambda path: socket.socket(socket.AF_UNIX).bind(str(path)), "No such", id="socket"
            ),
        ],
    )
    def test_no_file(self, tmp_path: Path, make: Callable[[Path], Any], text: str) -> None:
        path = tmp_path / "country.mmdb"
        make(path)
        with pytest.raises(DatabaseError, match=text) as error:
            CountryDatabase(path)
        assert error.value.reason == "bad_database"

    def test_a_pipe_with_a_writer(self, tmp_path: Path) -> None:
        path = tmp_path / "country.mmdb"
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        try:
            with pytest.raises(DatabaseError, match="not a regular file"):
                CountryDatabase(path)
        finally:
            os.close(writer)

    def test_too_large(self, make_database: MakeDatabase) -> None:
        path = make_database()
        with path.open("ab") as file:
            file.truncate(mmdb.LARGEST + 1)
        with pytest.raises(DatabaseError, match="more than 256 MiB; use a Country database"):
            CountryDatabase(path)

    @pytest.mark.parametrize("spoil", [b"", b"x" * 100_000])
    def test_a_file_that_changes_while_it_is_in_use(
        self, make_database: MakeDatabase, spoil: bytes
    ) -> None:
        path = make_database()
        database = CountryDatabase(path)
        path.write_bytes(spoil)  # in place, as cp does
        assert database.country("198.51.100.7") == Country("FI", "Finland")
        database.close()

    def test_nothing_stays_open(self, make_database: MakeDatabase) -> None:
        good, bad = make_database(), make_database(name="bad", records={"198.51.100.0/24": {}})
        before = os.listdir("/proc/self/fd")
        for path in (good, bad) * 3:
            database = opened(CountryDatabase, path)
            if not isinstance(database, DatabaseError):
                database.close()
        assert os.listdir("/proc/self/fd") == before


class TestLength:
    """What a database says is shown in full, but not at any length."""

    def test_a_name(self, make_database: MakeDatabase) -> None:
        record = country_record("FI")
        record["country"]["names"]["en"] = "x" * 1_100_000
        database = CountryDatabase(make_database(records={"198.51.100.0/24": record}))
        assert database.country("198.51.100.7") == Country("FI", "x" * mmdb.LONGEST_TEXT)

    def test_an_owner(self, make_database: MakeDatabase) -> None:
        records = {"198.51.100.0/24": asn_record(64496, "x" * 70_000)}
        path = make_database(records=records, database_type="GeoLite2-ASN")
        assert AsnDatabase(path).network("198.51.100.7").owner == "x" * mmdb.LONGEST_TEXT

    def test_a_type(self, make_database: MakeDatabase) -> None:
        path = make_database(database_type="Country" + "x" * 70_000)
        assert len(CountryDatabase(path).type) == mmdb.LONGEST_TEXT
