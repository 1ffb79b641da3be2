"""Which networks an address belongs to, as IANA's registries of special addresses have it.

A table of our own and not ``ipaddress.is_global``: what that knows differs between releases of Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254", "fd00:ec2::254", "fd20:ce::254",  # AWS, Google, Azure, OpenStack and most others
        "169.254.170.2", "169.254.170.23", "fd00:ec2::23",  # credentials of AWS containers
        "168.63.129.16",  # Azure's host; a public address
        "100.100.100.200", "192.0.0.192",  # Alibaba, Oracle
    )
)  # fmt: skip
"""Where clouds hand credentials to whoever asks from the machine."""

NETWORKS: tuple[tuple[str, Network], ...] = tuple(
    (rule, ip_network(text))
    for rule, texts in {
        "unspecified": "0.0.0.0/8 ::/128",
        "loopback": "127.0.0.0/8 ::1/128",
        "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fec0::/10",
        "unique_local": "fc00::/7",
        "shared": "100.64.0.0/10",
        "link_local": "169.254.0.0/16 fe80::/10",
        "multicast": "224.0.0.0/4 ff00::/8",
        "documentation": "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20",
        "benchmarking": "198.18.0.0/15 2001:2::/48",
        # What hides an IPv4 address: compatible, 6to4 with its relays, Teredo, NAT64 of one's own network.
        "tunnel": "::/96 2002::/16 192.88.99.0/24 2001::/32 64:ff9b:1::/48",
        "reserved": "192.0.0.0/24 240.0.0.0/4 2001::/23",
    }.items()
    for text in texts.split()
)
"""By rule; the first that fits is told."""

PUBLIC = ip_network("2000::/3")
"""All of IPv6 that was ever given out; the rest is reserved."""
NAT64 = ip_network("64:ff9b::/96")
COMPATIBLE = ip_network("::/96")


def forms(address: Address) -> Iterator[Address]:
    """The addresses that a packet to it may end at. Each has to be good.

    A mapped address and one of the well-known NAT64 are but another way to an IPv4 address, which stands for them.
    """
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:
        yield low
        return
    if address in COMPATIBLE and int(address) > 1:
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    yield address


def network_of(address: Address) -> str | None:
    """The rule that denies one form of an address; ``None`` for a public one."""
    if address in METADATA:
        return "metadata"
    for rule, network in NETWORKS:
        if address.version == network.version and address in network:
            return rule
    return None if address.version == 4 or address in PUBLIC else "reserved"
