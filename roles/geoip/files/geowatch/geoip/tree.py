# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search tree of an ``.mmdb`` file: which record an address leads to, without reading it.

The form is described in the MaxMind DB file format 2.0, "Binary Search Tree Section". maxminddb
reads it as well, but it walks every bit and decodes the record each time: most logins of a day lead
to records that were read before.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from mmap import mmap
from struct import Struct

import maxminddb.reader

BITS_AT_ONCE = 16
"""The first bits of an address, whose way through the tree is known beforehand."""

read_32_bits = Struct(">I").unpack_from


def child_24(tree: mmap, node: int, side: int) -> int:
    """Return what is on one side (0 or 1) of a node with records of 24 bits."""
    if side:
        return int(read_32_bits(tree, node * 6 + 2)[0] & 0xFFFFFF)
    return int(read_32_bits(tree, node * 6)[0] >> 8)


def child_28(tree: mmap, node: int, side: int) -> int:
    """Return the same with 28 bits: the byte in the middle holds four bits of either side."""
    if side:
        return int(read_32_bits(tree, node * 7 + 3)[0] & 0xFFFFFFF)
    bits = read_32_bits(tree, node * 7)[0]
    return int(bits >> 8 | (bits & 0xF0) << 20)


def child_32(tree: mmap, node: int, side: int) -> int:
    """Return the same with 32 bits."""
    return int(read_32_bits(tree, node * 8 + side * 4)[0])


CHILD = {24: child_24, 28: child_28, 32: child_32}


class SearchTree:
    """The tree of an open file, which maxminddb found to have a tree of the size that it says."""

    def __init__(self, file: mmap, metadata: maxminddb.reader.Metadata) -> None:
        self.nowhere = metadata.node_count
        """The place of an address that has no record."""
        self._file = file
        self._child = CHILD[metadata.record_size]
        self._bits = 128 if metadata.ip_version == 6 else 32
        self._root_of_ipv4 = 0
        for _bit in range(self._bits - 32):  # ::/96
            self._root_of_ipv4 = self._next(self._root_of_ipv4, 0)
        self._known_ways = {4: self._first_ways(self._root_of_ipv4), 16: self._first_ways(0)}

    def place(self, address: bytes) -> int:
        """Return a number that is the same for all addresses with the same record.

        ``address`` is what ``packed`` of an address in ``ipaddress`` is. ``nowhere`` stands for no
        record; less than that for a tree that is broken.
        """
        child, file, nowhere = self._child, self._file, self.nowhere
        number, rest = int.from_bytes(address, "big"), len(address) * 8 - BITS_AT_ONCE
        place = self._known_ways[len(address)][number >> rest]
        while place < nowhere and rest:
            rest -= 1
            place = child(file, place, number >> rest & 1)
        return place

    def networks(self) -> Iterator[tuple[int, bytes]]:
        """Yield the place of each network that has one, and its first address.

        Networks that stand for IPv4 in IPv6, such as 2002::/16, are left out. Raises ``ValueError``
        where the way to a network is longer than an address.
        """
        ahead = [(0, 0, self._bits)]
        while ahead:
            place, first, rest = ahead.pop()
            if place > self.nowhere:
                yield place, first.to_bytes(self._bits // 8, "big")
            elif place < self.nowhere and not (first and place == self._root_of_ipv4):
                if not rest:
                    raise ValueError("the search tree has no end")
                rest -= 1
                ahead.append((self._next(place, 1), first | 1 << rest, rest))
                ahead.append((self._next(place, 0), first, rest))

    def _next(self, place: int, side: int) -> int:
        return self._child(self._file, place, side) if place < self.nowhere else place

    def _first_ways(self, root: int) -> array[int]:
        places = [root]
        for _bit in range(BITS_AT_ONCE):
            places = [self._next(place, side) for place in places for side in (0, 1)]
        return array("I", places)
