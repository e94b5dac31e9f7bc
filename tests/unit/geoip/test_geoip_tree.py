# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our way to a record leads where geoip2 says, in databases of every shape."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from mmap import mmap
from pathlib import Path
from typing import Any
from unittest import mock

import geoip2.database
import geoip2.errors
import maxminddb
import pytest
from geowatch.geoip import country as geoip_database
from geowatch.geoip.answer import answer
from geowatch.geoip.asn import UNKNOWN, AsnDatabase, Network
from geowatch.geoip.country import READ_MODE, Country, Database, DatabaseError, MappedFile
from geowatch.geoip.tree import CHILD, SearchTree
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
    with mmap(-1, 4096) as tree:
        tree.write(NODES[size][::-1] + NODES[size] + NODES[size][::-1])
        assert (CHILD[size](tree, 1, 0), CHILD[size](tree, 1, 1)) == (left, right)


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
    found += [ip_network("198.18.0.0/15")[dice.randrange(1 << 17)] for _ in range(2000)]
    found += [ip_network("198.18.0.0/21")[number] for number in range(1 << 11)]
    found += [ip_address("198.51.100.77"), ip_address("255.255.255.255"), ip_address("0.0.0.0")]
    if ip_version == 6:
        found += [IPv6Address(dice.getrandbits(128)) for _ in range(500)]
        found += [ip_network("2001:db8::/32")[dice.getrandbits(96)] for _ in range(2000)]
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


@pytest.mark.parametrize("most_known", [5, geoip_database.MOST_KNOWN])
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
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    kind: str,
    lookup: str,
    ip_version: int,
    most_known: int,
) -> None:
    monkeypatch.setattr(geoip_database, "MOST_KNOWN", most_known)
    dice = random.Random(size)
    records = {
        network: {**country_record(dice.choice(CODES)), "city": {"geoname_id": dice.randrange(50)}}
        for network in networks(dice, ip_version)
    }
    path = make(make_database, size, records=records, database_type=kind, ip_version=ip_version)
    database = Database(path)
    found = []
    with geoip2.database.Reader(path) as reader:
        assert reader.metadata().record_size == size
        for address in addresses(dice, ip_version):
            expected = country_by_geoip2(reader, lookup, address)
            assert database.country(address.packed) == expected, address
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
                assert database.network(address.packed) == UNKNOWN
                continue
            number, owner = asn.autonomous_system_number, asn.autonomous_system_organization
            assert database.network(address.packed) == Network(str(number), owner or "")


@pytest.mark.parametrize("ip_version", [4, 6])
@pytest.mark.parametrize("size", NODES)
def test_all_networks(make_database: MakeDatabase, size: int, ip_version: int) -> None:
    """They are those that maxminddb finds, in its order."""
    dice = random.Random(size)
    countries = {network: dice.choice(CODES) for network in networks(dice, ip_version)}
    path = make(make_database, size, countries=countries, ip_version=ip_version)
    with maxminddb.open_database(path, READ_MODE) as mmdb:
        expected = [(int(net.network_address), record) for net, record in mmdb]
        tree = SearchTree(MappedFile(path).content, mmdb.metadata())
        found = [
            (int.from_bytes(address, "big"), mmdb.get(ip_address(address)))
            for _place, address in tree.networks()
        ]
    assert len(found) > 100
    assert found == expected


def test_a_record_is_read_once(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    country = geoip2.database.Reader.country

    def counted(reader: geoip2.database.Reader, address: Any) -> Any:
        read.append(str(address))
        return country(reader, address)

    monkeypatch.setattr(geoip2.database.Reader, "country", counted)
    database = Database(make_database())
    for number in range(100):
        assert answer(f"198.51.100.{number}", database).country == "FI"
    assert read == ["198.51.100.0"]


def test_what_cannot_be_read_is_not_remembered_as_nothing(make_database: MakeDatabase) -> None:
    records = {"198.51.100.0/24": {"country": "FI"}, "198.18.0.0/15": country_record("SE")}
    database = Database(make_database(records=records))
    for _turn in range(2):
        with pytest.raises(DatabaseError):
            database.country(ip_address("198.51.100.7").packed)


@pytest.mark.parametrize("seed", range(5))
def test_flipped_bits_are_what_they_are_for_geoip2(make_database: MakeDatabase, seed: int) -> None:
    """Where a tree is broken, we find the same, or fail as geoip2 does."""
    dice = random.Random(seed)
    path = make_database({net: dice.choice(["FI", "SE"]) for net in networks(dice, 6)})
    with maxminddb.open_database(path, READ_MODE) as mmdb:
        tree_size = mmdb.metadata().search_tree_size
    content = bytearray(path.read_bytes())
    for _ in range(30):
        content[dice.randrange(96 * 6, tree_size)] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    database = Database(path)
    with geoip2.database.Reader(path, mode=READ_MODE) as reader:
        for address in addresses(dice, 6):
            try:
                expected = country_by_geoip2(reader, "country", address)
            except Exception:
                with pytest.raises(DatabaseError):
                    database.country(address.packed)
            else:
                assert database.country(address.packed) == expected, address


def test_an_address_is_what_ipaddress_takes_for_one(make_database: MakeDatabase) -> None:
    """The short way for plain IPv4 lets nothing through that is no address, and changes none."""
    database = Database(make_database())
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
