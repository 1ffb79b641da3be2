"""A certificate with its key, read from their files and tried out."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from attrs import frozen

from newel import Secret
from newel.errors import BootError
from newel_http.tls.contexts import leaf_of, pinned_context, server_context

MOST = 1_048_576
"""Bytes of a file of certificates."""
PEM = "-----BEGIN "


@frozen
class Pair:
    """What the door shows from now on."""

    context: ssl.SSLContext
    leaf: str
    """The certificate itself, as PEM."""
    expires: datetime
    key_is_open: bool
    """Whether everybody on this machine may read the key."""


def read_pair(certificate: Path, key: Path, passphrase: Secret[str] | None) -> Pair:
    """Blocks. Raises ``BootError`` in one line, which never shows what a file holds."""
    if PEM in str(certificate) or PEM in str(key):
        raise BootError("http.certificate and http.key are names of files; here one of them is a certificate or key")
    text = _text("http.certificate", certificate)
    _text("http.key", key)
    context = server_context()
    asked = False

    def given() -> str:
        nonlocal asked
        asked = True
        return "" if passphrase is None else passphrase.reveal()

    try:
        leaf = leaf_of(text)
        context.load_cert_chain(certificate, key, given)
        expires = _tried(context, leaf)
        is_open = bool(key.stat().st_mode & 0o004)  # it may be gone by now
    except (ssl.SSLError, ValueError, OSError) as error:
        _refuse(error, certificate, key, asked=asked, passphrase=passphrase is not None)
    return Pair(context, leaf, expires, is_open)


def _text(setting: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise BootError(f"{setting}: cannot read {file}: {why}") from None
    if len(data) > MOST:
        raise BootError(f"{setting}: {file} is larger than {MOST // 1024} KiB")
    text = data.decode("utf-8", "replace")
    if PEM not in text:
        raise BootError(
            f"{setting}: {file} is not in PEM form (text with '{PEM}...'); "
            f"openssl x509 or pkey -inform DER -in {file.name} makes it"
        )
    return text


def _refuse(error: Exception, certificate: Path, key: Path, *, asked: bool, passphrase: bool) -> NoReturn:
    if asked:
        what = "does not open it" if passphrase else "is not set: set it, or take the passphrase off the key"
        raise BootError(f"http.key: {key} is encrypted, and http.key_passphrase {what}") from None
    reason = getattr(error, "reason", "") or ""
    if reason == "KEY_VALUES_MISMATCH" or reason == "KEY_TYPE_MISMATCH":
        raise BootError(f"http.key: {key} does not belong to the certificate in {certificate}") from None
    if isinstance(error, ValueError) and not isinstance(error, ssl.SSLError):
        raise BootError(f"http.certificate: {certificate}: {error}") from None
    why = reason.lower().replace("_", " ") or str(error)
    raise BootError(f"http.certificate, http.key: {certificate} and {key} cannot be used together: {why}") from None


def _tried(server: ssl.SSLContext, leaf: str) -> datetime:
    """Shakes hands with itself in memory, as clients will, and answers when the certificate expires."""
    ways = [ssl.MemoryBIO() for _ in range(2)]
    there = server.wrap_bio(ways[0], ways[1], server_side=True)
    here = pinned_context(leaf).wrap_bio(ways[1], ways[0])
    done: set[ssl.SSLObject] = set()
    for one in (here, there) * 4:
        if one not in done:
            try:
                one.do_handshake()
                done.add(one)
            except ssl.SSLWantReadError:
                continue
    told: Any = here.getpeercert() if here in done else None
    if not told:
        raise ValueError("it is no certificate for a server")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told["notAfter"]), UTC)
