"""Does jobs: fills its places with what is due, keeps leases alive, and notes how attempts end."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from newel import TooMany, Transient, spans
from newel.bounds import Faults
from newel.contracts.database import Database, Row, Transaction
from newel.contracts.jobs import Cancelled, JobKind
from newel.errors import BootError, NewelError, PluginError
from newel.transact import transact
from newel_jobs.carrying import cause, unpacked
from newel_jobs.config import JobsConfig
from newel_jobs.queue.attempt import Attempt, Tools
from newel_jobs.queue.claims import Claims
from newel_jobs.queue.kinds import Kinds
from newel_jobs.queue.store import QueueStore
from newel_jobs.timing import EngineTime, backoff, within

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.tracing import Facts, Span

CHANNEL = "jobs_work"
AGAIN = (Transient, TooMany, PluginError, BootError)
"""Refusals that may pass. A handler whose process is being stopped meets a ``BootError``: a provider is gone."""
_TRIES = 5


class Workers:
    """The workers of this process."""

    def __init__(
        self, app: App, config: JobsConfig, kinds: Kinds, store: QueueStore, claims: Claims, time: EngineTime
    ) -> None:
        self._app = app
        self._config = config
        self._kinds = kinds
        self._store = store
        self._claims = claims
        self._time = time
        self._turn = asyncio.Lock()
        self._running: dict[asyncio.Task[None], tuple[JobKind, Attempt]] = {}
        self.places = config.workers
        self.full = False
        """At the last turn all places were taken."""
        self.outcomes: Counter[str] = Counter()
        """How attempts ended in this process, by the state they left the job in."""
        self.ended = asyncio.Event()
        """Set when an attempt has ended, so there may be a place; whoever waits for it clears it before he looks."""
        self.woken: Callable[[], None] = lambda: None
        """Called at the same moment."""

    def open(self, db: Database) -> None:
        self._db = db
        self._store.open(db)
        self._claims.open(db, self._kinds.names())
        self._tools = Tools(
            db, self._store, self._time, self._app.clock, self._app.structurer,
            self._config.lease, self._config.max_result,
        )  # fmt: skip

    @property
    def running(self) -> tuple[asyncio.Task[None], ...]:
        return tuple(self._running)

    async def fill(self) -> bool:
        """Begins what is due, as far as there are places; answers whether it began anything."""
        began = False
        async with self._turn:
            if self.places > len(self._running) and await self._claims.lost(self._time.text()):
                await self._claims.free(self._time.text())
            sure = False
            while (free := self.places - len(self._running)) > 0:
                busy = Counter(kind.name for kind, _ in self._running.values())
                limited = [kind for kind in map(self._kinds.get, self._kinds.names()) if kind.parallel]
                closed = {kind.name for kind in limited if busy[kind.name] >= kind.parallel}
                now = self._time.text()
                if not sure and not await self._claims.anything(closed, now):
                    break
                # One at a time where a kind has a limit: the claim does not count.
                wanted, token = 1 if limited else free, self._app.ids.new()
                until = self._tools.until()

                async def body(
                    tx: Transaction, closed: set[str] = closed, wanted: int = wanted, token: str = token,
                    now: str = now, until: str = until,
                ) -> list[Row]:  # fmt: skip
                    return await self._claims.claim(tx, closed, wanted, token, now, until)

                taken = await transact(self._db, body)
                for row in taken:
                    await self._begin(row)
                began = began or bool(taken)
                if not taken:
                    break
                sure = len(taken) == wanted
            self.full = len(self._running) >= self.places
        return began

    async def _begin(self, row: Row) -> None:
        kind = self._kinds.get(row["kind"])
        try:
            call, trace = unpacked(self._app.structurer, row["call_json"])
        except Faults as error:  # written by another version: trying again would not help
            await self._store.end(None, row["id"], row["lease"], "dead", self._time.text(), why=cause(error))
            return
        attempt = Attempt(self._tools, row["id"], row["lease"], row["attempt"], json.loads(row["payload_json"]), call)
        begun = self._traced(kind, attempt, row["attempts"], trace)
        task = asyncio.create_task(begun, name=f"newel-job-{kind.name}")
        self._running[task] = (kind, attempt)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self.ended.set()
        self.woken()

    async def _traced(self, kind: JobKind, attempt: Attempt, attempts: int, trace: str) -> None:
        facts: Facts = {"newel.job": attempt.id, "newel.attempt": attempt.attempt}
        with spans.first(self._app, f"job {kind.name}", "consumer", facts, link=trace) as span:
            await self._attempt(kind, attempt, attempts, span)

    async def _attempt(self, kind: JobKind, attempt: Attempt, attempts: int, span: Span | None) -> None:
        try:
            result = await within(self._app.clock, kind.timeout, _run(kind, attempt))
        except asyncio.CancelledError:
            if not (attempt.lost or attempt.ended):  # the process stops: it costs no attempt
                await self._store.again(attempt.id, attempt.lease, self._time.text(), attempt.attempt - 1, None)
            raise
        except Exception as error:  # whatever a handler raises is its job's outcome
            if span is not None:
                span.fail(error)
            failed = partial(self._failed, kind, attempt, attempts, error)
            if attempt.ended:
                self._app.log.error("failed after it was done", extra=_named(kind, attempt), exc_info=error)
                self.outcomes["done"] += 1
            elif not attempt.lost:
                await self._persist(failed, kind, attempt)
        else:
            if attempt.ended:
                self.outcomes["done"] += 1
            elif not attempt.lost:
                await self._persist(lambda: self._end(attempt, "done", result=self._tools.kept(result)), kind, attempt)

    async def _failed(self, kind: JobKind, attempt: Attempt, attempts: int, error: Exception) -> None:
        if isinstance(error, Cancelled):
            if await self._store.held(attempt.id, attempt.lease):
                await self._end(attempt, "cancelled")
                return
            attempts = attempt.attempt  # it gave up by itself
        why = cause(error)
        over = attempt.attempt >= attempts or (isinstance(error, NewelError) and not isinstance(error, AGAIN))
        extra = _named(kind, attempt) | {"cause": why}
        if over:
            self._app.log.error("a job is dead", extra=extra)
            await self._end(attempt, "dead", why=why)
            return
        self._app.log.warning("a job failed and is tried again", extra=extra)
        pause = backoff(attempt.attempt, kind.pause, kind.longest_pause)
        pause = max(pause, getattr(error, "retry_after", 0.0))
        if await self._store.again(attempt.id, attempt.lease, self._time.text(pause), attempt.attempt, why):
            self.outcomes["waiting"] += 1

    async def _end(self, attempt: Attempt, state: str, *, result: str | None = None, why: str | None = None) -> None:
        at = self._time.text()
        if await self._store.end(None, attempt.id, attempt.lease, state, at, result=result, why=why):
            self.outcomes[state] += 1

    async def _persist(self, note: Callable[[], Any], kind: JobKind, attempt: Attempt) -> None:
        """Notes an outcome, and again where the database is away; in the end the lease runs out."""
        for number in range(_TRIES):
            try:
                await note()
                return
            except Transient as error:
                await self._app.clock.sleep(2.0**number * min(error.retry_after, 1.0))
            except Exception as error:  # e.g. a result that is no JSON: only its own job suffers
                self._app.log.error("an outcome cannot be noted", extra=_named(kind, attempt), exc_info=error)
                note = partial(self._end, attempt, "dead", why=cause(error))

    async def renew(self) -> None:
        """Holds on to what runs; ends what another has taken over."""
        for task, (_, attempt) in list(self._running.items()):
            if _over(task, attempt):
                continue
            held = await self._store.renew(attempt.id, attempt.lease, self._tools.until())
            if not held and not _over(task, attempt):
                attempt.lost = True
                task.cancel()

    async def stop(self, patience: float) -> None:
        """Lets what runs end, for so many seconds; the rest goes back into the queue and costs no attempt."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=patience)
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(kind: JobKind, attempt: Attempt) -> Any:
    return await kind.run(attempt)


def _over(task: asyncio.Task[None], attempt: Attempt) -> bool:
    return attempt.ended or task.done()


def _named(kind: JobKind, attempt: Attempt) -> dict[str, Any]:
    return {"job": attempt.id, "kind": kind.name, "attempt": attempt.attempt}
