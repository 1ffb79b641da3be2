"""Whose request it is: the address behind proxies that are trusted, and nobody else's word."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from newel.errors import BootError

Address = IPv4Address | IPv6Address


class Proxies:
    """The networks whose ``X-Forwarded-For`` counts."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = []
        for text in networks:
            try:
                self._networks.append(ip_network(text))
            except ValueError as error:
                raise BootError(f"http.trusted_proxies: '{text}' is no network such as 10.0.0.0/8: {error}") from None

    def client(self, peer: str | None, forwarded: str) -> str | None:
        """The client's address: the last hop that is not a trusted proxy. ``forwarded`` is the header, joined."""
        if not self._networks or not forwarded or peer is None:
            return peer
        known = _address(peer)
        for text in reversed(forwarded.split(",")):
            if known is None or not self._trusted(known):
                break
            hop = _address(text)
            if hop is None:
                break
            known = hop
        return peer if known is None else str(known)

    def trusts(self, peer: str | None) -> bool:
        """Whether who is connected is one of them."""
        known = None if not self._networks or peer is None else _address(peer)
        return known is not None and self._trusted(known)

    def _trusted(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
