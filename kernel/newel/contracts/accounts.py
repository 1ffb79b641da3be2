"""Who people are and what they may do."""

from __future__ import annotations

from typing import Protocol

from newel.context import Actor
from newel.secrets import Secret


class Accounts(Protocol):
    """Turns credentials into actors. Unknown, expired, revoked and disabled all look the same from outside."""

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        """The actor of an API token or a session token, or ``None``. Constant work for known and unknown tokens."""

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        """The actor of an e-mail address and password, or ``None``. Takes as long for an unknown address."""
