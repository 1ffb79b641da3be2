"""Passwords: hashed with argon2id, checked, made. Hashing runs on threads of its own, a few at a time."""

from __future__ import annotations

import asyncio
import base64
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from newel import Secret, Transient
from newel_accounts.config import AccountsConfig

T = TypeVar("T")
WAITING = 200
"""Hashes that may wait for their turn; beyond that callers are told to come again."""


class Passwords:
    """argon2id (RFC 9106). The loop never waits for a hash, and never are there more than ``hashing_at_once``: a thread
    whose task was cancelled still counts."""

    def __init__(self, config: AccountsConfig) -> None:
        self._hasher = PasswordHasher(config.argon2_time, config.argon2_memory_kib, config.argon2_lanes)
        self._at_once = config.hashing_at_once
        self._threads: ThreadPoolExecutor | None = None
        self._waiting = 0
        self._decoy = self._made_up()

    async def hashed(self, password: Secret[str]) -> str:
        """The hash to keep."""
        return await self._on_thread(lambda: self._hasher.hash(_plain(password)))

    async def fits(self, kept: str | None, password: Secret[str]) -> bool:
        """Whether the password is the kept one. Takes as long for an unknown user (``None``)."""
        good = await self._on_thread(lambda: self._verify(kept or self._decoy, _plain(password)))
        return good and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than are configured now."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Lets running hashes end by themselves; nobody waits for them any more."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _verify(self, kept: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _on_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise Transient("too many people sign in at once; try again", retry_after=2.0)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="newel-argon2")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _made_up(self) -> str:
        """A hash of nothing: the same work to check, and no password fits it."""
        hasher = self._hasher
        salt, digest = (
            base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
            for size in (hasher.salt_len, hasher.hash_len)
        )
        cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        return f"$argon2id$v=19${cost}${salt}${digest}"


def made() -> Secret[str]:
    """A random password: 20 characters, 120 bits."""
    return Secret(secrets.token_urlsafe(15))


def _plain(password: Secret[str]) -> bytes:
    """The bytes to hash. One text typed on two systems may differ in how accents are composed."""
    return unicodedata.normalize("NFC", password.reveal()).encode("utf-8", "surrogatepass")
