"""The key that signs the heads of the chains. It lies in a file, not in the database."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from newel import Secret
from newel.errors import BootError
from newel_audit.chain import head_bytes

Signature = Literal["good", "bad", "unknown"]
MODE = 0o600


class Keys:
    """The keys of a site by their ids. The first one signs; the others only check what they signed earlier."""

    def __init__(self, keys: list[Secret[bytes]]) -> None:
        self._keys = {_id(one.reveal()): one for one in keys}
        self._current = next(iter(self._keys))

    def sign(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """The head with ``key_id`` and ``mac``."""
        signed = {**head, "key_id": self._current}
        return {**signed, "mac": self._mac(self._current, signed)}

    def check(self, head: Mapping[str, Any]) -> Signature:
        """Whether the head is as one of us left it; ``unknown`` where another key signed it."""
        if head["key_id"] not in self._keys:
            return "unknown"
        return "good" if hmac.compare_digest(self._mac(head["key_id"], head), str(head["mac"])) else "bad"

    def _mac(self, key_id: str, head: Mapping[str, Any]) -> str:
        return hmac.digest(self._keys[key_id].reveal(), head_bytes(head), "sha256").hex()


def load(path: Path) -> Keys:
    """Reads the key file; makes it, for its owner alone, where there is none. Raises ``BootError``.

    Each line is a key: 64 hexadecimal digits. A new first line changes the key; older ones stay below it.
    """
    keys: list[Secret[bytes]]
    try:
        if not path.exists():
            _make(path)
        keys = [Secret(bytes.fromhex(line)) for line in path.read_text("ascii").split()]
    except OSError as error:
        raise BootError(
            f"the audit trail's key file {path} cannot be used: {error.strerror}. Set audit.key_file to another place, "
            "or give this user the right to it."
        ) from error
    except ValueError:
        keys = []
    if not keys or any(len(one.reveal()) != 32 for one in keys):
        raise BootError(
            f"the audit trail's key file {path} must hold keys of 64 hexadecimal digits, one a line. Restore it from "
            "a copy, or move it away: a new key is made, and what the old one signed can no longer be checked."
        )
    return Keys(keys)


def _make(path: Path) -> None:
    """Writes a new key. Of several processes that start at once, one wins, and nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was quicker: its key counts
    finally:
        fresh.unlink()


def _id(key: bytes) -> str:
    return hashlib.sha256(b"newel-audit-key\n" + key).hexdigest()[:16]
