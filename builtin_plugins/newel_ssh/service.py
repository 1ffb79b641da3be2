"""The operations of the SSH door."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

from newel import Call, NotFound, operation
from newel.contracts.audit import Audit
from newel.errors import BootError
from newel.structure import rfc3339
from newel_ssh.config import SshConfig
from newel_ssh.model import EndSession, SshSession, SshSessions, Status
from newel_ssh.permissions import SSH_MANAGE, SSH_READ

if TYPE_CHECKING:
    from newel.app import App
    from newel_ssh.listening import Opened
    from newel_ssh.sessions import Session

ENDED_BY = "somebody who may ended this session"


class Service:
    """``ssh.status`` and ``ssh.sessions.*``. ``opened`` is the door while it is open."""

    def __init__(self, app: App, config: SshConfig) -> None:
        self._app = app
        self._config = config
        self.opened: Opened | None = None

    @operation("ssh.status", needs=SSH_READ, http="GET /ssh")
    async def status(self, call: Call) -> Status:
        """Tells whether the SSH door is open, where, and the fingerprint that clients must see."""
        found = self.opened
        return Status(
            open=found is not None,
            host=self._config.host,
            port=self._config.port if found is None else found.port,
            fingerprint=await asyncio.to_thread(self._kept) if found is None else found.fingerprint,
            passwords=self._config.passwords,
            sessions=0 if found is None else len(found.door.sessions),
            most_sessions=self._config.sessions,
            half_open=0 if found is None else len(found.door.gate),
            turned_away=0 if found is None else found.door.gate.refused,
        )

    @operation("ssh.sessions.list", needs=SSH_READ, http="GET /ssh/sessions")
    async def sessions(self, call: Call) -> SshSessions:
        """Lists who is signed in over SSH, in the process that answers."""
        now = self._app.clock.monotonic()
        return SshSessions(data=tuple(_shown(one, now) for one in self._sessions()))

    @operation(
        "ssh.sessions.end", needs=SSH_MANAGE, http="DELETE /ssh/sessions/{id}", effect="write", status=204, alone=True
    )
    async def end(self, call: Call, order: EndSession) -> None:
        """Ends an SSH session. A terminal is told, and keeps what was typed and not sent; a command is cut off."""
        found = next((one for one in self._sessions() if one.id == order.id), None)
        if found is None or self.opened is None:
            raise NotFound(f"there is no SSH session '{order.id}' in this process")
        if (audit := self._app.find(Audit)) is not None:
            await audit.note(call, "ssh.sessions.end", "done", f"session {found.id} of {found.actor.id}")
        self.opened.door.end(found, ENDED_BY)

    def _sessions(self) -> list[Session]:
        return [] if self.opened is None else list(self.opened.door.sessions)

    def _kept(self) -> str | None:
        """Of the key that lies there; none is made for the question."""
        from newel_ssh.hostkey import host_key

        file = self._app.folder / self._config.host_key
        if find_spec("asyncssh") is None or not file.exists():
            return None
        try:
            return host_key(file).get_fingerprint("sha256")
        except BootError:  # told at each start
            return None


def _shown(one: Session, now: float) -> SshSession:
    return SshSession(
        id=one.id, user=one.actor.id, name=one.actor.name, key=one.actor.credential, ip=one.ip,
        since=rfc3339(one.since), idle_seconds=max(0, round(now - one.active)), what=one.what,
    )  # fmt: skip
