"""Who people are and what they may do."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from newel.context import Actor
from newel.secrets import Secret


@frozen(kw_only=True)
class KeyHolder:
    """Who showed a public key. ``operation`` is the only one that this key may run; ``None``: all that they may."""

    actor: Actor
    operation: str | None = None
    email: str = ""
    """Theirs: it, or what stands before its ``@``, may be given as a user name where a door asks for one."""


class Accounts(Protocol):
    """Turns credentials into actors. Unknown, expired, revoked and disabled all look the same from outside."""

    async def authenticate_token(self, token: Secret[str]) -> Actor | None:
        """The actor of an API token or a session token, or ``None``. Constant work for known and unknown tokens."""

    async def authenticate_password(self, login: str, password: Secret[str]) -> Actor | None:
        """The actor of an e-mail address and password, or ``None``. Takes as long for an unknown address."""

    async def authenticate_key(self, fingerprint: str, ip: str | None) -> KeyHolder | None:
        """The owner of a public key by its fingerprint (``SHA256:...``), when the proof of its possession is somebody
        else's affair; ``None`` also where it has expired, or is not for this address. One statement."""

    async def actor_of(self, login: str) -> Actor | None:
        """The person with that e-mail address, when who asks for them has proved enough already; ``None`` where there
        is no such account or it is disabled. One statement."""

    async def any_keys(self) -> bool:
        """Whether anybody at all could come in with a public key. One statement."""

    async def refreshed(self, actor: Actor, *, ip: str | None, operation: str | None) -> Actor | None:
        """The same person with the rights of this moment; ``None`` where their account, or the key, session or token
        that they showed, is no longer good, or not from this address, or may by now only run another ``operation``
        than the one with which they came in (``None``: all). One statement."""
