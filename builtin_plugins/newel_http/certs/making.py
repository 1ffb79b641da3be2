"""Certificates of one's own: self-signed, or from a small authority of one's own. ECDSA on P-256."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from newel.errors import Reject

AUTHORITY_DAYS = 3650
EARLY = timedelta(hours=1)
"""For clients whose clock is slow."""


def checked(names: tuple[str, ...]) -> None:
    """Raises ``Reject`` for what is no name, before anything is written."""
    for one in names:
        _name(one)


def self_signed(names: tuple[str, ...], days: int) -> tuple[bytes, bytes]:
    """Certificate and key, as PEM. ``names`` were ``checked``."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(names[0])
    return _pem(_leaf(names, days, key, subject, key)), _key_pem(key)


def signed(names: tuple[str, ...], days: int, authority: bytes, key_of_authority: bytes) -> tuple[bytes, bytes]:
    """Certificate with that of the authority below it, and key, as PEM. Raises ``Reject``."""
    try:
        above, signing = x509.load_pem_x509_certificate(authority), load_pem_private_key(key_of_authority, None)
    except (ValueError, TypeError):
        raise Reject("the authority's certificate or key cannot be read; move both away to make others") from None
    if not isinstance(signing, ec.EllipticCurvePrivateKey) or signing.public_key() != above.public_key():
        raise Reject("the authority's key does not belong to its certificate; move both away to make others")
    key = ec.generate_private_key(ec.SECP256R1())
    return _pem(_leaf(names, days, key, above.subject, signing)) + authority, _key_pem(key)


def authority(name: str) -> tuple[bytes, bytes]:
    """Certificate and key of an authority that signs certificates of servers only, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Newel authority of {name}"[:64])])
    made = _begun(subject, subject, key, AUTHORITY_DAYS, key)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = made.add_extension(_usage(signs=True), critical=True)
    return _pem(made.sign(key, hashes.SHA256())), _key_pem(key)


def write(file: Path, data: bytes) -> None:
    """Puts it there for its owner's eyes only, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(data)
    new.replace(file)


def _leaf(
    names: tuple[str, ...],
    days: int,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signing: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    made = _begun(_subject(names[0]), issuer, key, days, signing)
    made = made.add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    made = made.add_extension(_usage(signs=False), critical=True)
    made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return made.sign(signing, hashes.SHA256())


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    days: int,
    signing: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - EARLY)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        pass
    try:
        if not text or any(not letter.isalnum() and letter not in "-.*" for letter in text):
            raise ValueError
        return x509.DNSName(text.encode("idna").decode())
    except ValueError:  # UnicodeError is one
        raise Reject(f"'{text}' is neither a host's name nor an address") from None


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
