# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks as people write them, and as a pattern for Perl.

A ``ValueError`` here is a sentence for the person who wrote the network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EXAMPLES = "Write it as 198.51.100.0/24 or 2001:db8::/32"


def parse(value: object) -> Network:
    """Return the network that CIDR notation means. An address alone is a network of one.

    Raises:
        ValueError: If the value is something else, or a network that no client's address is in.
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a network. {_EXAMPLES}")
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError as exc:
        raise ValueError(f"{value!r} is not a network. {_EXAMPLES}") from exc
    if "%" in value:
        raise ValueError(f"{value!r} names an interface. Write it without the % and what follows")
    address = ipaddress.ip_address(value.partition("/")[0])
    if address != network.network_address:
        raise ValueError(
            f"{value!r} is an address within a network. Write '{network}' for the network, "
            f"or '{address}' for the address alone"
        )
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        # The lookup writes such addresses as IPv4.
        prefix = max(network.prefixlen - 96, 0)
        raise ValueError(f"{value!r} is IPv4. Write '{address.ipv4_mapped}/{prefix}'")
    return network


def collapse(networks: Iterable[Network]) -> list[Network]:
    """Return the fewest networks that hold the same addresses, sorted, IPv4 first."""
    networks = list(networks)
    v4 = [each for each in networks if isinstance(each, ipaddress.IPv4Network)]
    v6 = [each for each in networks if isinstance(each, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]


def perl_pattern(networks: Iterable[Network]) -> str:
    """Return an anchored Perl pattern for the addresses in the networks.

    It is matched against the version, a colon, and the address in lower-case hexadecimal digits, 8
    or 32 of them: ``4:c6336407`` is 198.51.100.7.
    """
    return f"^(?:{'|'.join(_perl(network) for network in networks)})"


def cover(wide: Sequence[Network], narrow: Iterable[Network]) -> bool:
    """Tell whether every address in ``narrow`` is in ``wide``, which is collapsed."""
    return all(any(_is_within(network, each) for each in wide) for network in narrow)


def _perl(network: Network) -> str:
    digits = network.network_address.packed.hex()
    whole, bits = divmod(network.prefixlen, 4)
    if not bits:
        return f"{network.version}:{digits[:whole]}"
    first = int(digits[whole], 16)
    last_digits = "".join(f"{digit:x}" for digit in range(first, first + (16 >> bits)))
    return f"{network.version}:{digits[:whole]}[{last_digits}]"


def _is_within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner.subnet_of(outer)
