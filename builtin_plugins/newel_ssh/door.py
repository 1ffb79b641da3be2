"""The open door: who comes in, what they get, and how everybody leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import asyncssh

from newel.context import ANONYMOUS
from newel.contracts.audit import Audit
from newel_ssh.gate import Gate
from newel_ssh.serving import served
from newel_ssh.sessions import Session, Sessions
from newel_ssh.visitor import ENDED, SshVisitor

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call
    from newel.contracts.accounts import KeyHolder
    from newel_ssh.config import SshConfig
    from newel_ssh.line import Line
    from newel_ssh.login import Login

SWEEP_SECONDS = 3.0
"""How often live sessions are looked at: a key that was removed ends its sessions within so long, also idle ones."""
LEAVE_SECONDS = 3.0
"""How long a terminal that was told to leave may take to keep what was typed."""
STOPPING = "the site is stopping"


class Door:
    """One for each time that the site is served."""

    def __init__(self, app: App, config: SshConfig) -> None:
        self.app = app
        self.config = config
        self.gate = Gate(config, app.clock.monotonic, asyncio.get_running_loop().call_later)
        self.sessions = Sessions(config)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sweep = self.start(self._swept())

    # -- coming and going -----------------------------------------------------------------------------------------

    def entered(self, holder: KeyHolder, ip: str, connection: Any) -> Session:
        """Somebody has signed in. Raises ``TooMany``."""
        clock = self.app.clock
        session = Session(
            id=self.app.ids.new(), actor=holder.actor, ip=ip, since=clock.now(), connection=connection,
            active=clock.monotonic(), operation=holder.operation,
        )  # fmt: skip
        self.sessions.add(session)
        self._note(self.call(session), "ssh.session.start", "done", f"session {session.id}")
        return session

    def left(self, session: Session, login: Login) -> None:
        self.sessions.remove(session)
        self._note(self.call(session), "ssh.session.end", "done", f"session {session.id}: {session.ended or 'left'}")

    def refused(self, ip: str, what: str, times: int) -> None:
        """Nobody came of it: noted once a connection, and beyond a rate counted only, as all that strangers do."""
        detail = what if times == 1 else f"{what}, the last of {times}"
        self._note(self.app.call(ANONYMOUS, "ssh", ip=ip), "ssh.login", "denied", detail)

    def call(self, session: Session) -> Call:
        return self.app.call(session.actor, "ssh", ip=session.ip)

    def _note(self, call: Call, operation: str, outcome: Any, detail: str) -> None:
        audit = self.app.find(Audit)
        if audit is not None:
            self.start(audit.note(call, operation, outcome, detail))

    # -- what they get --------------------------------------------------------------------------------------------

    def visitor(self, session: Session) -> SshVisitor:
        return SshVisitor(self.app, session, self.end)

    def files(self, session: Session) -> Any:
        """Of ``asyncssh``: what makes an SFTP server for a channel."""
        from newel_ssh.files import sftp_for  # only for those who come for files

        return sftp_for(self.app, self.visitor(session))

    async def serve(self, line: Line, stdin: Any, stdout: Any, stderr: Any) -> None:
        await served(self, line, (stdin, stdout, stderr))

    # -- ending ---------------------------------------------------------------------------------------------------

    def end(self, session: Session, why: str) -> None:
        """Sends somebody away: terminals are told and may keep what was typed, commands are cut off."""
        if session.ended is None:
            session.ended = why
            self.start(self._ended(session, why))

    async def _ended(self, session: Session, why: str) -> None:
        for one in tuple(session.channels):
            one.leave(why)
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await session.empty.wait()
        session.connection.disconnect(asyncssh.DISC_BY_APPLICATION, why)
        await session.gone.wait()

    async def _swept(self) -> None:
        """Ends the sessions that are no longer good, and those in which nothing happens."""
        while True:
            await self.app.clock.sleep(SWEEP_SECONDS)
            for session in self.sessions:
                if session.ended is None:
                    await self._looked_at(session)

    async def _looked_at(self, session: Session) -> None:
        idle = self.app.clock.monotonic() - session.active
        if idle >= self.config.idle_minutes * 60 and not session.busy:
            self.end(session, f"nothing happened for {self.config.idle_minutes:g} minutes")
            return
        try:
            await self.visitor(session).actor()
        except Exception:
            # The database is away: the next look decides. Nobody acts meanwhile, since each act asks too.
            self.app.log.warning("sessions could not be looked at", exc_info=True)

    async def close(self) -> None:
        """What is under way may finish, who only waits is told at once; then everybody is sent away."""
        self.gate.shut()
        self._sweep.cancel()
        for session in self.sessions:
            for one in tuple(session.channels):
                if one.waits:
                    one.leave(STOPPING)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.drain_seconds):
                for session in self.sessions:
                    await session.empty.wait()
        for session in self.sessions:
            self.end(session, STOPPING)
        while self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVE_SECONDS * 2)
            for task in self._tasks:
                task.cancel()

    # -- tasks ----------------------------------------------------------------------------------------------------

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work, name="newel-ssh")
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.app.log.error("the SSH door failed in a task", exc_info=error)

    def hurry(self, task: asyncio.Task[Any]) -> None:
        """Nobody is there any more: it may keep what was typed, and then ends."""
        asyncio.get_running_loop().call_later(LEAVE_SECONDS, task.cancel)


__all__ = ["ENDED", "Door"]
