"""Who may open an encrypted repository: one master key, wrapped once for each key file or passphrase.

``keys/<id>`` is JSON: ``kdf`` (``file`` or ``scrypt`` with its numbers and salt), ``wrapped`` (nonce, ciphertext and
tag of the master key), ``label``, ``created_at``. ``id`` is half of the SHA-256 of the object's bytes.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from typing import Any

import orjson
from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from newel.errors import Reject
from newel_backup.repo.faults import Damaged

SCRYPT = {"n": 1 << 17, "r": 8, "p": 1}
"""128 MB and about half a second for each guess (OWASP's first choice for scrypt)."""
_MOST_WORK = 1 << 30
"""Bytes that a key may ask for, and go over: eight times ours. What it says is believed before it is authenticated."""
KEY_BYTES = 32


@frozen
class Secret:
    """What opens a repository: a key file's 32 bytes, or a passphrase."""

    key_file: bytes = b""
    passphrase: str = ""


@frozen
class Keys:
    """What is made of the master key."""

    seal: bytes
    """Of AES-256-GCM."""
    name: bytes
    """Of HMAC-SHA-256: chunks are named by it, so that nobody without the key can tell what a repository holds."""

    @classmethod
    def of(cls, master: bytes, repository: str) -> Keys:
        def derived(purpose: bytes) -> bytes:
            return HKDF(SHA256(), KEY_BYTES, salt=repository.encode(), info=b"newel-backup " + purpose).derive(master)

        return cls(derived(b"seal"), derived(b"name"))


def new_master() -> bytes:
    return os.urandom(KEY_BYTES)


def key_file_text() -> str:
    """The content of a new key file."""
    return "newel-backup-key:" + base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n"


def read_key_file(text: str) -> bytes:
    """Its 32 bytes. Raises ``Reject``."""
    try:
        found = base64.b64decode(text.strip().removeprefix("newel-backup-key:"), validate=True)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise Reject("that is no key file of a backup: make one with `newel backup key new FILE`", code="backup_key")
    return found


def wrapped(master: bytes, secret: Secret, repository: str, *, label: str, created_at: str) -> bytes:
    """The bytes of a ``keys/`` object. With a passphrase it takes about half a second."""
    salt = os.urandom(16)
    kdf: dict[str, Any] = {"name": "file"} if secret.key_file else {"name": "scrypt", **SCRYPT}
    kdf["salt"] = base64.b64encode(salt).decode()
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(_wrapping(secret, kdf)).encrypt(nonce, master, repository.encode())
    found = {"kdf": kdf, "wrapped": base64.b64encode(sealed).decode(), "label": label, "created_at": created_at}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS)


def unwrapped(data: bytes, secret: Secret, repository: str) -> bytes | None:
    """The master key; ``None``: this is another's. Raises ``Damaged``."""
    try:
        found = orjson.loads(data)
        kdf, sealed = found["kdf"], base64.b64decode(found["wrapped"], validate=True)
        if (kdf["name"] == "file") != bool(secret.key_file):
            return None
        return AESGCM(_wrapping(secret, kdf)).decrypt(sealed[:12], sealed[12:], repository.encode())
    except InvalidTag:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"a key of the repository cannot be read: {error}") from None


@frozen
class KeyRow:
    """Who may open a repository, as its object says."""

    id: str
    kind: str
    label: str
    created_at: str


def described(id: str, data: bytes) -> KeyRow:
    """Raises ``Damaged``."""
    try:
        found = orjson.loads(data)
        return KeyRow(id, str(found["kdf"]["name"]), str(found["label"]), str(found["created_at"]))
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"the key {id} of the repository cannot be read") from None


def key_id(data: bytes) -> str:
    """The name of a ``keys/`` object."""
    return hashlib.sha256(data).hexdigest()[:32]


def _wrapping(secret: Secret, kdf: Mapping[str, Any]) -> bytes:
    salt = base64.b64decode(kdf["salt"], validate=True)
    if kdf["name"] == "file":
        return HKDF(SHA256(), KEY_BYTES, salt=salt, info=b"newel-backup wrap").derive(secret.key_file)
    n, r, p = (kdf[name] for name in ("n", "r", "p"))
    if kdf["name"] != "scrypt" or {type(n), type(r), type(p)} != {int}:
        raise ValueError("its kdf is unknown")
    if min(n, r, p) < 1 or 128 * n * r * p > _MOST_WORK:
        raise ValueError("its kdf asks for too much")
    return hashlib.scrypt(
        secret.passphrase.encode(), salt=salt, n=n, r=r, p=p, dklen=KEY_BYTES, maxmem=_MOST_WORK + (64 << 20)
    )
