"""Who is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from attrs import Factory, define

from newel.errors import TooMany
from newel_ssh.config import SshConfig

if TYPE_CHECKING:
    from newel.context import Actor


class Channel(Protocol):
    """What runs in a session."""

    what: str

    @property
    def waits(self) -> bool:
        """Whether it does nothing unless the person does."""

    def leave(self, why: str) -> None:
        """It should end now. ``why`` is for the person."""


class Connection(Protocol):
    def disconnect(self, code: int, reason: str) -> None: ...


@define(eq=False, kw_only=True)
class Session:
    """One connection of somebody who has signed in."""

    id: str
    actor: Actor
    ip: str
    since: datetime
    connection: Connection
    active: float
    """When something last happened, on the clock that never goes back."""
    operation: str | None = None
    """The only one that the key may run."""
    channels: list[Channel] = Factory(list)
    ended: str | None = None
    """Why it is being ended."""
    empty: asyncio.Event = Factory(asyncio.Event)
    """Set while nothing runs in it."""
    gone: asyncio.Event = Factory(asyncio.Event)
    """Set when its connection is no more."""

    def __attrs_post_init__(self) -> None:
        self.empty.set()

    def begun(self, channel: Channel) -> None:
        self.channels.append(channel)
        self.empty.clear()

    def over(self, channel: Channel) -> None:
        if channel in self.channels:
            self.channels.remove(channel)
        if not self.channels:
            self.empty.set()

    @property
    def what(self) -> tuple[str, ...]:
        return tuple(one.what for one in self.channels)

    @property
    def busy(self) -> bool:
        """Whether something runs that waits for nobody."""
        return any(not one.waits for one in self.channels)


class Sessions:
    """All of this process."""

    def __init__(self, config: SshConfig) -> None:
        self._config = config
        self._all: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._all.values()))

    def get(self, id: str) -> Session | None:
        return self._all.get(id)

    def add(self, session: Session) -> None:
        """Raises ``TooMany``, with a sentence for the person."""
        if len(self._all) >= self._config.sessions:
            raise TooMany("too many people are signed in over SSH now; try again later")
        own = sum(one.actor.id == session.actor.id for one in self._all.values())
        if own >= self._config.sessions_each:
            raise TooMany(f"you have {own} SSH sessions open, which is as many as one may have: end one first")
        self._all[session.id] = session

    def remove(self, session: Session) -> None:
        self._all.pop(session.id, None)
        session.gone.set()
