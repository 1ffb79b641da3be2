"""What the door tells of itself."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import MaxLength


@frozen(kw_only=True)
class Status:
    """The door. Counts are those of the process that answers."""

    open: bool
    host: str
    port: int
    fingerprint: Annotated[str | None, "Of the host key, as SSH clients show it; none before the first start."]
    passwords: Annotated[bool, "Whether passwords are accepted beside public keys."]
    sessions: Annotated[int, "People who are signed in now."]
    most_sessions: int
    half_open: Annotated[int, "Connections that are not signed in yet."]
    turned_away: Annotated[int, "Connections that were too many or too fast, since the start."]


@frozen(kw_only=True)
class SshSession:
    """Somebody who is signed in over SSH."""

    id: str
    user: str
    name: str
    key: Annotated[str, "The id of the key that was shown; empty after a password."]
    ip: str
    since: str
    idle_seconds: Annotated[int, "For so long nothing has happened."]
    what: Annotated[tuple[str, ...], "What runs in it: `terminal`, `files`, or the first words of a command."]


@frozen(kw_only=True)
class SshSessions:
    """All of the process that answers."""

    data: tuple[SshSession, ...]


@frozen(kw_only=True)
class EndSession:
    """Which session is to end."""

    id: Annotated[str, "The session's id.", MaxLength(40)]
