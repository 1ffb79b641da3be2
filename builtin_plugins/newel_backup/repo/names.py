"""The names of a repository's objects."""

from __future__ import annotations

import re

FORMAT = 1
CONFIG = "config"
KEYS = "keys/"
CHUNKS = "chunks/"
SNAPSHOTS = "snapshots/"
LOCKS = "locks/"
_CHUNK = re.compile(r"chunks/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_SNAPSHOT = re.compile(r"snapshots/([0-9a-z]{26})-([0-9a-f]{32})")


def chunk_key(id: str) -> str:
    """Where a chunk lies."""
    return f"{CHUNKS}{id[:2]}/{id}"


def chunk_of(key: str) -> str | None:
    """The chunk that lies there; ``None``: that is no name of one."""
    found = _CHUNK.fullmatch(key)
    return found[2] if found else None


def snapshot_key(id: str, digest: str) -> str:
    """Where a manifest lies: its name says what its bytes are (the first half of their SHA-256)."""
    return f"{SNAPSHOTS}{id.lower()}-{digest[:32]}"


def snapshot_of(key: str) -> tuple[str, str] | None:
    """Id (upper case) and half digest of the manifest that lies there; ``None``: that is no name of one."""
    found = _SNAPSHOT.fullmatch(key)
    return (found[1].upper(), found[2]) if found else None
