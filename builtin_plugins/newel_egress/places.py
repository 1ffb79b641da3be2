"""Networks and hosts as the configuration names them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from attrs import frozen

from newel_egress.hosts import Malformed, canonical
from newel_egress.networks import Address, Network


@frozen
class Places:
    """What ``allow`` or ``deny`` lists. ``parents`` are the domains whose subdomains are meant."""

    networks: tuple[Network, ...]
    hosts: frozenset[str]
    parents: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Places:
        """``10.0.0.0/8``, ``10.1.2.3``, ``name.example``, ``*.example``. Raises ``ValueError``."""
        networks: list[Network] = []
        hosts, parents = set(), []
        for text in texts:
            try:
                networks.append(ip_network(text))
                continue
            except ValueError as error:
                if "host bits" in str(error):
                    raise ValueError(f"'{text}' has bits set behind its prefix") from None
            wild = text.startswith("*.")
            try:
                host = canonical(text[2:] if wild else text)
                if not isinstance(host.name, str):
                    raise Malformed("host")
            except Malformed:
                raise ValueError(f"'{text}' is neither a network such as 10.0.0.0/8 nor a host") from None
            if wild:
                parents.append(f".{host.name}")
            else:
                hosts.add(host.name)
        return cls(tuple(networks), frozenset(hosts), tuple(parents))

    def has_host(self, name: str) -> bool:
        return name in self.hosts or name.endswith(self.parents)

    def has(self, address: Address, *, alone: bool = False) -> bool:
        """Whether a network of the list holds the address; ``alone``: whether the list names just that address."""
        return any(
            network.version == address.version
            and address in network
            and (not alone or network.prefixlen == network.max_prefixlen)
            for network in self.networks
        )
