"""What is to be known of a certificate: in a file, or as a server shows it."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from attrs import define
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

from newel.errors import NotFound, Reject
from newel.filed import Unreadable, value_in

SECONDS = 5.0
SOON = 21
"""Days before its end at which a certificate should have been renewed."""


@define
class Report:
    """Facts, and what is wrong with them."""

    facts: dict[str, str]
    errors: list[str]
    warnings: list[str]

    @property
    def code(self) -> int:
        return 1 if self.errors else 3 if self.warnings else 0


def of_file(folder: Path, certificate: str, key: str, name: str | None) -> Report:
    """Of a PEM file, with its chain below it. Raises ``NotFound``, ``Reject``."""
    text = _read(folder, certificate)
    chain = _chain(text, certificate)
    report = _described(chain[0], name)
    for lower, upper in pairwise(chain):
        try:
            lower.verify_directly_issued_by(upper)
        except (ValueError, TypeError, InvalidSignature):
            report.errors.append(f"the chain is broken: {upper.subject.rfc4514_string()} did not sign what is above")
    report.facts["chain"] = " < ".join(one.subject.rfc4514_string() for one in chain)
    if key:
        _key(report, folder, certificate, key)
    return report


def of_server(host: str, port: int, name: str | None) -> Report:
    """Of a server, with whether this machine trusts it. Raises ``NotFound`` where nothing with TLS answers."""
    try:
        text = ssl.get_server_certificate((host, port), timeout=SECONDS)
    except (OSError, ValueError) as error:
        raise NotFound(f"no TLS at {host}:{port}: {getattr(error, 'strerror', None) or error}") from None
    report = _described(_chain(text, host)[0], name)
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name or host) as secured,
        ):
            report.facts["trusted"] = "yes"
            report.facts["protocol"] = f"{secured.version()} {(secured.cipher() or ('?',))[0]}"
    except ssl.SSLCertVerificationError as error:
        report.facts["trusted"] = "no"
        report.warnings.append(f"this machine does not trust it: {error.verify_message}")
    except OSError as error:
        report.errors.append(f"it does not speak with this machine: {error.strerror or error}")
    return report


def _read(folder: Path, file: str) -> str:
    try:
        return value_in(folder, file)
    except Unreadable as error:
        raise NotFound(f"cannot read {file}: {error}") from None


def _chain(text: str, source: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Reject(f"{source} holds no certificate in PEM form") from None


def _described(leaf: x509.Certificate, name: str | None) -> Report:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    except (x509.ExtensionNotFound, ValueError):
        known = []
    ends, now = leaf.not_valid_after_utc, datetime.now(UTC)
    left = (ends - now).days
    report = Report({
        "names": ", ".join(known),
        "issuer": leaf.issuer.rfc4514_string(),
        "expires": f"{ends:%Y-%m-%d %H:%M} UTC ({left} days)",
        "fingerprint": fingerprint(leaf),
    }, [], [])  # fmt: skip
    if not known:
        report.errors.append("it names no host; clients look at its alternative names only")
    if name is not None and not any(_covers(one, name) for one in known):
        report.errors.append(f"it is not for {name}")
    if ends <= now:
        report.errors.append("it has expired")
    elif left < SOON:
        report.warnings.append(f"it expires in {left} days")
    if leaf.not_valid_before_utc > now:
        report.errors.append(f"it is good from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC only")
    return report


def fingerprint(leaf: x509.Certificate) -> str:
    return f"SHA256 {leaf.fingerprint(hashes.SHA256()).hex(':').upper()}"


def _covers(known: str, name: str) -> bool:
    if known.startswith("*."):
        return name.lower().partition(".")[2] == known[2:].lower()
    return known.lower() == name.lower()


def _key(report: Report, folder: Path, certificate: str, key: str) -> None:
    _read(folder, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encrypted = False

    def asked() -> str:
        nonlocal encrypted
        encrypted = True
        return ""

    try:
        context.load_cert_chain(folder / certificate, folder / key, asked)
        report.facts["key"] = "belongs to it"
    except (ssl.SSLError, OSError):
        if encrypted:
            report.facts["key"] = "encrypted: not looked at"
        else:
            report.errors.append(f"the key in {key} does not belong to it")
    if (folder / key).stat().st_mode & 0o004:
        report.warnings.append(f"everybody on this machine may read {key}: chmod 600 {key}")
