"""Who is at a line, asked anew before each act."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from newel.contracts.accounts import Accounts
from newel_ssh.sessions import Session

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Actor

ENDED = "your key, session or account is no longer good here"


class SshVisitor:
    """Keeps ``newel.contracts.terminal.Visitor``: somebody who is no longer welcome is sent away at once."""

    door = "ssh"

    def __init__(self, app: App, session: Session, end: Callable[[Session, str], None]) -> None:
        self._app = app
        self._session = session
        self._end = end

    @property
    def ip(self) -> str | None:
        return self._session.ip

    async def actor(self) -> Actor | None:
        if self._session.ended is not None:
            return None
        session = self._session
        found = await self._app.need(Accounts).refreshed(session.actor, ip=session.ip, operation=session.operation)
        if found is None:
            self._end(self._session, ENDED)
            return None
        self._session.actor = found
        return found
