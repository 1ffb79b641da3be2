"""Networks that a key may come from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from newel import Fault

Network = IPv4Network | IPv6Network


def network(text: str) -> str:
    """An address or a network in its usual form. Raises ``Fault``."""
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise Fault("format", "expected an address or a network, such as 192.0.2.7 or 2001:db8::/32") from None


def admits(sources: str | None, ip: str | None) -> bool:
    """Whether the address is in one of the networks (a JSON list; ``None``: all). An unknown address is in none."""
    if sources is None:
        return True
    try:
        address = ip_address(ip or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(one) for one in json.loads(sources))


def within(inner: Sequence[str] | None, outer: str | None) -> bool:
    """Whether every address of the inner networks is in one of the outer ones (a JSON list)."""
    if outer is None:
        return True
    if inner is None:
        return False
    around = [ip_network(one) for one in json.loads(outer)]
    return all(any(_part(ip_network(one), other) for other in around) for one in inner)


def _part(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
