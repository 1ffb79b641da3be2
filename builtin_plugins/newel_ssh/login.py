"""Signing in: one connection, from its first byte to its last."""

from __future__ import annotations

import asyncio
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import asyncssh

from newel import Secret
from newel.contracts.accounts import Accounts, KeyHolder
from newel.errors import NewelError, TooMany
from newel_ssh.line import Line

if TYPE_CHECKING:
    from newel_ssh.door import Door
    from newel_ssh.sessions import Session

ANYBODY = "newel"
"""A user name that says nothing: the key says who it is."""


class Login(asyncssh.SSHServer):
    """What ``asyncssh`` asks about a connection.

    An unknown key, a user name that is not the key's owner's, a disabled account and an expired key are refused alike,
    after the same work.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._connection: Any = None
        self._holder: KeyHolder | None = None
        self._refused: list[str] = []
        self._asked = 0
        self._exchanged = False
        self.ip = ""
        self.session: Session | None = None

    # -- the connection -------------------------------------------------------------------------------------------

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self.ip = (conn.get_extra_info("peername") or ("",))[0]
        if not self._door.gate.admitted(self):
            conn.abort()

    @property
    def stage(self) -> int:
        if self._exchanged:
            return 2
        return 1 if self._connection.get_extra_info("client_version") else 0

    def dropped(self) -> None:
        self._connection.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.gate.left(self)
        if self.session is not None:
            self._door.left(self.session, self)
        elif self._refused:
            self._door.refused(self.ip, self._refused[-1], len(self._refused))

    # -- who it is ------------------------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        self._exchanged = True
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return self._door.config.passwords

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        if not self._may_ask():
            return False
        fingerprint = key.get_fingerprint("sha256")
        holder = await self._door.app.need(Accounts).authenticate_key(fingerprint, self.ip)
        if holder is None or not _named(username, holder):
            self._refuse(f"key {fingerprint}")
            return False
        self._holder = holder
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        if not self._may_ask():
            return False
        try:
            actor = await self._door.app.need(Accounts).authenticate_password(username, Secret(password))
        except TooMany:
            actor = None
        if actor is None:
            self._refuse("password")  # not what was typed as a name: it may have been the password
            return False
        self._holder = KeyHolder(actor=actor)
        return True

    async def auth_completed(self) -> None:
        assert self._holder is not None  # noqa: S101 - nobody gets here who showed nothing
        self._door.gate.left(self)
        try:
            self.session = self._door.entered(self._holder, self.ip, self._connection)
        except NewelError as error:
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, error.detail)

    def _may_ask(self) -> bool:
        """A key is asked about, and then shown with a proof; a client may have several."""
        self._asked += 1
        most = self._door.config.tries
        if len(self._refused) < most and self._asked <= 2 * most + 2:
            return True
        self._cut()
        return False

    def _refuse(self, what: str) -> None:
        self._refused.append(what)
        if len(self._refused) >= self._door.config.tries:
            self._cut()

    def _cut(self) -> None:
        connection = self._connection
        asyncio.get_running_loop().call_soon(
            lambda: connection.disconnect(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "too many keys or passwords were refused"
            )
        )

    # -- what it may do -------------------------------------------------------------------------------------------

    def session_requested(self) -> Any:
        if self.session is None or self.session.ended is not None:
            return False
        return Line.opened(self._door, self.session, self._connection)


def _named(username: str, holder: KeyHolder) -> bool:
    """Whether the user name is one of the holder's: their address, what stands before its ``@``, their name."""
    known = (ANYBODY, holder.email, holder.email.partition("@")[0], holder.actor.name)
    given = username.casefold().encode()
    found = [compare_digest(given, one.casefold().encode()) for one in known if one]
    return any(found)
