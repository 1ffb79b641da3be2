"""Where a request may go."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from newel.contracts.egress import EgressRefused
from newel_egress.config import EgressConfig
from newel_egress.networks import Address, forms, network_of
from newel_egress.places import Places
from newel_egress.target import PORTS, Target

LOCAL = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})
LOCAL_PARENTS = (".localhost", ".localdomain")
METADATA = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
        "metadata.packet.net",
        "metadata.platformequinix.com",
        "metadata.oraclecloud.com",
        "instance-data",
        "instance-data.ec2.internal",
    }
)
OWN = frozenset({"loopback", "private", "unique_local", "shared"})
"""The networks in which a host that ``allow`` names may be. Others must be named themselves."""

TEXTS = {
    "url": "it is not a URL, or has a space, backslash or control character in it",
    "scheme": "only http and https are allowed",
    "userinfo": "a URL with a user or password is not allowed",
    "host": "its host is neither a name nor an address",
    "zone": "an address with a zone is not allowed",
    "spelling": "an IPv4 address is written as four decimal numbers",
    "port": "its port is not allowed",
    "local_name": "its host is a name of this machine",
    "metadata": "its host is a cloud's metadata service",
    "deny": "its host or network is denied in the configuration",
    "unspecified": "its host has an address that stands for this machine",
    "loopback": "its host has a loopback address",
    "private": "its host has an address in a private network",
    "unique_local": "its host has an address in a private network",
    "shared": "its host has an address in a provider's shared network",
    "link_local": "its host has a link-local address",
    "multicast": "its host has a multicast address",
    "documentation": "its host has an address that is meant for documentation",
    "benchmarking": "its host has an address that is meant for benchmarks",
    "tunnel": "its host has an address of a tunnel between IPv4 and IPv6",
    "reserved": "its host has a reserved address",
    "downgrade": "a redirect from https to http is not followed",
    "method": "its method is not allowed",
    "header": "one of its headers is not allowed",
}


def refusal(rule: str, *, redirected: bool = False) -> EgressRefused:
    """The error for a rule, which programs find in ``extra``."""
    text = (
        f"the URL redirects to where it may not: {TEXTS[rule]}"
        if redirected
        else f"the URL may not be called: {TEXTS[rule]}"
    )
    return EgressRefused(text, extra={"rule": rule})


class Rules:
    """The configured rules. Answers are names of rules in ``TEXTS``, or ``None``: let it through."""

    def __init__(self, config: EgressConfig) -> None:
        self._allow = Places.of(config.allow)
        self._deny = Places.of(config.deny)
        self._ports = frozenset({*PORTS.values(), *config.ports})

    def before(self, target: Target) -> str | None:
        """What can be said without a resolver."""
        name = target.host.name
        if isinstance(name, str):
            rule = self._name(name)
        else:
            rule = self.addresses("", [name]) or ("spelling" if target.host.odd else None)
        return rule or (None if target.port in self._ports else "port")

    def addresses(self, name: str, found: Iterable[Address | str]) -> str | None:
        """Every address that a name has (``""``: the host is an address itself) has to pass."""
        own = OWN if name and self._allow.has_host(name) else frozenset()
        for one in found:
            try:
                address = ip_address(one)
            except ValueError:  # no resolver answers that
                return "reserved"
            if getattr(address, "scope_id", None):
                return "zone"
            for form in (*forms(address), address):
                if self._deny.has(form):
                    return "deny"
            for form in forms(address):
                rule = network_of(form)
                if rule is not None and rule not in own and not self._allow.has(form, alone=rule == "metadata"):
                    return rule
        return None

    def _name(self, name: str) -> str | None:
        if self._deny.has_host(name):
            return "deny"
        if self._allow.has_host(name):
            return None
        if name in METADATA:
            return "metadata"
        return "local_name" if name in LOCAL or name.endswith(LOCAL_PARENTS) else None
