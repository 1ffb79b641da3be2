"""Public keys, made by the library that OpenSSH's own keys are checked with, and by hand where none would make them."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def public(private: Any) -> str:
    made = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert isinstance(made, bytes)
    return made.decode()


def private_text(private: Any) -> str:
    made = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    assert isinstance(made, bytes)
    return made.decode()


def ed() -> str:
    """A fresh one."""
    return public(ed25519.Ed25519PrivateKey.generate())


@cache
def rsa_key(bits: int) -> str:
    return public(rsa.generate_private_key(65537, bits))


def ecdsa(curve: ec.EllipticCurve) -> str:
    return public(ec.generate_private_key(curve))


def line(kind: str, *fields: bytes) -> str:
    """A key from the fields of its blob; the first one names the type."""
    blob = b"".join(len(one).to_bytes(4) + one for one in (kind.encode(), *fields))
    return f"{kind} {base64.b64encode(blob).decode()}"


def number(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1)
