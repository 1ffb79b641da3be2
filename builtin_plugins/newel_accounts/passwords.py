"""Passwords and tokens: made, hashed, compared. Hashing runs on threads, a few at a time."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PREFIX = "newel_"


class Passwords:
    """argon2id with the library's current parameters (RFC 9106, low memory)."""

    def __init__(self, at_once: int) -> None:
        self._hasher = PasswordHasher()
        self._turn = asyncio.Semaphore(at_once)
        self._decoy = ""
        self.verified = 0

    async def hashed(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the kept one. An unknown user (``None``) takes as long."""
        if not self._decoy:
            self._decoy = await self.hashed(secrets.token_hex(16))
        self.verified += 1
        async with self._turn:
            good = await asyncio.to_thread(self._verify, kept or self._decoy, password)
        return good and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def new_token() -> str:
    """A fresh secret: ``newel_`` for secret scanners, then 256 random bits."""
    return PREFIX + secrets.token_hex(32)


def token_hash(token: str) -> str:
    """What is kept of a token. A random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
