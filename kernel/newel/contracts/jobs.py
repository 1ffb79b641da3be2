"""Work that outlives a crash: done by whichever process is free, once, and again where it failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import Factory, frozen

if TYPE_CHECKING:
    from newel.context import Call
    from newel.contracts.database import Transaction

JobState = Literal["waiting", "running", "done", "dead", "cancelled"]
CatchUp = Literal["skip", "once", "all"]


class JobRun(Protocol):
    """One attempt at a job, as its handler sees it."""

    @property
    def id(self) -> str: ...
    @property
    def attempt(self) -> int:
        """Counts from 1."""

    @property
    def payload(self) -> Mapping[str, Any]: ...
    @property
    def call(self) -> Call:
        """Who asked for it; operations that the job runs act in their name."""

    async def progress(self, done: float, total: float | None = None, note: str = "") -> None:
        """Says how far it is, for people. Renews the lease. Raises ``Cancelled`` where somebody cancelled the job."""

    def completing(self, result: Any = None) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that also marks the job as done: what is written in it happens exactly once.

        Raises ``Cancelled`` where the job is no longer this attempt's (its lease ran out and another took over).
        """


class Cancelled(Exception):
    """The job is no longer this attempt's to do: stop, without an answer."""


@frozen(kw_only=True)
class JobKind:
    """A kind of job. ``run`` answers what is kept as the job's result (JSON-like), or raises.

    ``newel.Reject`` and its kin end the job at once (trying again would not help); ``Transient`` and anything else is
    tried again after a pause that doubles from ``pause`` seconds to ``longest_pause``, with jitter, until ``attempts``
    are used up: then it is *dead*, kept for somebody to look at, and can be retried by hand.
    """

    name: str
    """``<plugin>.<noun>``, e.g. ``content.reindex``."""
    summary: str
    run: Callable[[JobRun], Awaitable[Any]]
    attempts: int = 8
    pause: float = 5.0
    longest_pause: float = 3600.0
    timeout: float = 3600.0
    """Seconds one attempt may take. The lease is shorter and is renewed while the handler runs."""
    priority: int = 0
    """Higher goes first."""
    parallel: int = 0
    """How many at once in one process; 0: as many as there are workers."""
    by_hand: bool = False
    """Whether people may ask for it (``newel jobs enqueue``), with any payload."""


@frozen(kw_only=True)
class Schedule:
    """A job at set times: ``cron`` is five fields (or ``@hourly`` ...), read in the IANA ``zone``.

    Every time is one job, whatever the number of processes. ``catch_up`` says what happens to times that passed while
    nobody ran: none of them, one job for the last, or a job for each (the last 1,000 at most).
    """

    name: str
    cron: str
    kind: str
    zone: str = "UTC"
    payload: Mapping[str, Any] = Factory(dict)
    catch_up: CatchUp = "once"
    jitter: float = 0.0
    """Seconds by which a job comes later at most, so that not everybody strikes at once: another delay for each time,
    the same one in all processes."""


@frozen(kw_only=True)
class Job:
    """A job as it stands."""

    id: str
    kind: str
    state: JobState
    payload: Mapping[str, Any]
    priority: int
    attempt: int
    attempts: int
    due_at: str
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    progress: Mapping[str, Any] | None = None
    """``{"done": .., "total": .., "note": ..}``."""
    result: Any = None
    error: str | None = None
    key: str | None = None


class Jobs(Protocol):
    """The queue of work."""

    async def enqueue(
        self,
        call: Call,
        kind: str,
        payload: Mapping[str, Any] | None = None,
        *,
        tx: Transaction | None = None,
        due: datetime | None = None,
        priority: int | None = None,
        key: str | None = None,
    ) -> str:
        """Puts a job into the queue; answers its id.

        In ``tx`` (or the call's own transaction) it is there when that commits and never without it. ``key``: where a
        job of that kind and key is waiting, its id is answered and nothing is added; it does not begin before this
        transaction has ended, so it sees what was written here. Secrets in the payload are masked. Raises ``NotFound``
        for a kind that nobody registered, ``TooLarge`` for a payload of more than 256 KB of JSON.
        """

    async def get(self, id: str) -> Job:
        """Raises ``NotFound``."""

    async def cancel(self, call: Call, id: str) -> Job:
        """A waiting job ends now, a running one at its next ``progress``. Raises ``NotFound``, ``Conflict`` (ended)."""

    async def figures(self) -> Mapping[str, int]:
        """How many jobs are ``waiting``, ``running`` and ``dead``; each is counted to 1,000 and no further."""

    def next_at(self, schedule: str) -> str | None:
        """When a schedule's next job comes, without its jitter (RFC 3339); ``None``: there is no such schedule."""

    async def settle(self) -> None:
        """Returns when nothing is due any more that this process could do. For tests and ``newel jobs run``."""
