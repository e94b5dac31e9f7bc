# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an ``.mmdb`` file is whole: all that the C library could be led to, read in Python.

The forms are described in the MaxMind DB file format 2.0, "Binary Search Tree Section" and "Output
Data Section".
"""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from struct import iter_unpack
from typing import Any

SEPARATOR = 16
"""Bytes between the search tree and the records."""

POINTER, TEXT, MAP, ARRAY = 1, 2, 7, 11
SIZES = {
    3: {8},  # double
    5: range(3),  # uint16
    6: range(5),  # uint32
    8: range(5),  # int32
    9: range(9),  # uint64
    10: range(17),  # uint128
    14: range(2),  # boolean: it is its size
    15: {4},  # float
}
"""Bytes that a number may have, by its type."""


def records(content: mmap, metadata: Any) -> list[int]:
    """Return where the records are. Raises an exception of any kind where the file is broken."""
    tree_size = metadata.search_tree_size
    start = tree_size + SEPARATOR
    if not 0 < start <= len(content):
        raise ValueError("the search tree is longer than the file")
    tree = nodes(memoryview(content)[:tree_size], metadata.record_size)
    data = Data(content, start)
    offsets = []
    for place in places(tree, metadata.node_count):
        offsets.append(place - metadata.node_count + tree_size)
        data.check_record(offsets[-1])
    return offsets


def nodes(tree: memoryview, size: int) -> Iterator[tuple[int, int]]:
    """Yield what is on the two sides of each node of a search tree with records of so many bits."""
    if size == 24:
        for high, low, right_high, right_low in iter_unpack(">HBHB", tree):
            yield high << 8 | low, right_high << 8 | right_low
    elif size == 28:  # the byte in the middle holds four bits of either side
        for high, low, both, right_high, right_low in iter_unpack(">HBBHB", tree):
            left, right = high << 8 | low, right_high << 8 | right_low
            yield (both & 0xF0) << 20 | left, (both & 0x0F) << 24 | right
    elif size == 32:
        yield from iter_unpack(">II", tree)
    else:
        raise ValueError(f"records of {size} bits")


def places(tree: Iterator[tuple[int, int]], nowhere: int) -> set[int]:
    """Return where the tree leads. Raises ``ValueError`` where it is broken.

    A number below ``nowhere`` is that of another node. Every writer numbers a node before those
    that it leads to; so a block that was never written, or a way that never ends, leads back. Only
    what stands for IPv4 in IPv6, such as 2002::/16, may: to the node of ::/96.
    """
    found, ipv4, depth = set(), 0, 0
    for node, sides in enumerate(tree):
        if node == ipv4 and depth < 96:
            ipv4, depth = sides[0], depth + 1
        for side in sides:
            if side > nowhere:
                found.add(side)
            elif side <= node and (depth < 96 or side != ipv4):
                raise ValueError("the search tree has no end")
    return found


class Data:
    """The section of the records. Each value is checked once, however many lead to it."""

    def __init__(self, content: mmap, start: int) -> None:
        self._content = content
        self._start = start
        self._whole: dict[int, bool] = {}
        """By place; false while it is being checked."""

    def check_record(self, offset: int) -> None:
        """Raise an exception of any kind unless there is a whole record."""
        if offset < self._start:
            raise ValueError("the search tree leads to what is no record")
        self._check_target(offset)

    def _check_target(self, offset: int) -> None:
        if offset not in self._whole:
            self._whole[offset] = False
            self._check(offset)
            self._whole[offset] = True
        elif not self._whole[offset]:
            raise ValueError("a record holds itself")

    def _check(self, offset: int) -> int:
        """Check a value; return where the next one is."""
        kind, size, rest = self._head(offset)
        if kind == POINTER:
            if self._head(size)[0] == POINTER:
                raise ValueError("a pointer leads to a pointer")
            self._check_target(size)
        elif kind == MAP:
            for _item in range(size):
                key, target, _rest = self._head(rest)
                if (self._head(target)[0] if key == POINTER else key) != TEXT:
                    raise ValueError("a record has a field without a name")
                rest = self._check(self._check(rest))
        elif kind == ARRAY:
            for _item in range(size):
                rest = self._check(rest)
        elif kind == TEXT:
            self._bytes(rest, size).decode()
            rest += size
        elif kind == 4 or size in SIZES[kind]:  # bytes, and numbers
            rest += 0 if kind == 14 else len(self._bytes(rest, size))
        else:
            raise ValueError("a number is too long")
        return rest

    def _head(self, offset: int) -> tuple[int, int, int]:
        """Return the type of a value, its size, and where the rest is; of a pointer its target."""
        first = self._content[offset]
        kind, size, rest = first >> 5, first & 31, offset + 1
        if kind == POINTER:
            length = (size >> 3) + 1
            value = int.from_bytes(self._bytes(rest, length))
            if length < 4:
                value += ((size & 7) << 8 * length) + (0, 2048, 526336)[length - 1]
            return kind, self._start + value, rest + length
        if not kind:
            kind, rest = self._content[rest] + 7, rest + 1
        if size > 28:
            more = size - 28
            size = (29, 285, 65821)[more - 1] + int.from_bytes(self._bytes(rest, more))
            rest += more
        return kind, size, rest

    def _bytes(self, offset: int, size: int) -> bytes:
        if offset + size > len(self._content):
            raise ValueError("a value is longer than the file")
        return self._content[offset : offset + size]
