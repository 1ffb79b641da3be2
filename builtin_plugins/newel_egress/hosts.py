"""Hosts in whatever spelling, brought to one."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from attrs import frozen

from newel_egress.networks import Address

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
DECIMAL = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}", re.ASCII)
NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)


class Malformed(ValueError):
    """It is no URL or host that anybody should call; ``rule`` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@frozen
class Host:
    """``name`` is lower case ASCII without a dot at its end, or an address.

    ``odd`` is an IPv4 address in a spelling that programs read differently.
    """

    name: str | Address
    odd: bool = False

    def __str__(self) -> str:
        """As it stands in a URL."""
        return f"[{self.name}]" if isinstance(self.name, IPv6Address) else str(self.name)


def canonical(text: str) -> Host:
    """Reads a host. Raises ``Malformed``.

    Whatever ends in a number is an IPv4 address as ``inet_aton`` reads it, which is what resolvers do: ``127.1``,
    ``0x7f000001``, ``0177.0.0.1``, ``2130706433``.
    """
    if text.startswith("["):
        return Host(_bracketed(text))
    if "%" in text:
        raise Malformed("host")
    name = text.lower() if text.isascii() else _ascii(text)
    if name.endswith("."):
        name = name[:-1]
    labels = name.split(".")
    if NUMBER.fullmatch(labels[-1]):
        return Host(_inet_aton(labels), odd=not DECIMAL.fullmatch(text))
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise Malformed("host")
    return Host(name)


def _bracketed(text: str) -> Address:
    if "%" in text:
        raise Malformed("zone")
    try:
        return IPv6Address(text[1:-1] if text.endswith("]") else "")
    except ValueError:
        raise Malformed("host") from None


def _ascii(text: str) -> str:
    """Maps wide letters, circled digits and the dots of other scripts (UTS 46), then encodes what is left (IDNA)."""
    import idna  # only here: its tables are large, and the manifest reads hosts

    if len(text) > 253:  # before the mapping, which takes its time
        raise Malformed("host")
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        return mapped if mapped.isascii() else idna.encode(mapped).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise Malformed("host") from None


def _inet_aton(labels: list[str]) -> IPv4Address:
    """One to four numbers, decimal, octal or hexadecimal; the last one fills what is left."""
    if len(labels) > 4 or not all(NUMBER.fullmatch(label) and len(label) <= 40 for label in labels):
        raise Malformed("host")
    try:
        numbers = [_number(label) for label in labels]
    except ValueError:  # an 8 or 9 in an octal number
        raise Malformed("host") from None
    *firsts, last = numbers
    if any(number > 255 for number in firsts) or last >= 256 ** (5 - len(numbers)):
        raise Malformed("host")
    return IPv4Address(last + sum(number << (24 - 8 * place) for place, number in enumerate(firsts)))


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8 if label.startswith("0") else 10)
