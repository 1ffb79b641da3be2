"""Delivery: who is told what, when, and what happens when they fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from newel import Call, Transient, spans
from newel.bounds import Faults
from newel.contracts.database import Database, Row, Transaction, Value
from newel.contracts.outbox import Event
from newel.spec import kind_of
from newel.structure import rfc3339
from newel.transact import transact
from newel_jobs.carrying import cause, packed, unpacked
from newel_jobs.config import JobsConfig
from newel_jobs.outbox.store import Ended, EventStore
from newel_jobs.outbox.subjects import lane_of, subject_type, written
from newel_jobs.timing import EngineTime, backoff

if TYPE_CHECKING:
    from newel.app import App

CHANNEL = "jobs_events"


@frozen
class Told:
    """A hook that somebody implements, and what its subject is."""

    spec: Callable[..., Any]
    subject: type[Any]


class Delivery:
    """Keeps the contract ``Outbox``.

    Each plugin has its own places, so a slow or failing one takes none from another. Only the first event of a lane can
    be leased; what follows waits until that is told or dead.
    """

    def __init__(self, app: App, config: JobsConfig, store: EventStore, time: EngineTime) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._time = time
        self._turn = asyncio.Lock()
        self._running: dict[asyncio.Task[None], Row] = {}
        self._ended: list[Ended] = []
        self._place = asyncio.Event()
        self._told: dict[str, Told] = {}
        self._hooks: dict[str, list[str]] = {}
        self.full = False
        """At the last turn some plugin had more events than places."""
        self.woken: Callable[[], None] = lambda: None
        """Called when there is something to deliver, and when a delivery has ended."""

    def open(self, db: Database) -> None:
        """Learns who listens to what. Raises ``BootError`` for a hook whose subject could not be read again."""
        self._db = db
        self._store.open(db)
        self.learn()

    def learn(self) -> None:
        """Looks again at who listens: a plugin came or went. Raises as ``open`` does."""
        self._hooks = {}
        for name, spec in self._app.hooks.declared().items():
            plugins = self._app.hooks.implementers(spec)
            if kind_of(spec) == "notify" and plugins:
                self._told[name] = Told(spec, subject_type(spec))
                for plugin in plugins:
                    self._hooks.setdefault(plugin, []).append(name)
        self.woken()

    def _present(self) -> list[tuple[str, list[str]]]:
        """The plugins that listen, with their hooks; without those that failed to start: their events wait."""
        return [(plugin, hooks) for plugin, hooks in self._hooks.items() if plugin in self._app.plugins]

    # -- writing ------------------------------------------------------------------------------------------------

    async def add(self, tx: Transaction, call: Call, events: Sequence[Event]) -> None:
        now = self._time.text()
        carried = ""
        rows: list[dict[str, Value]] = []
        for spec, subject in events:
            told = self._told.get(spec.__name__)
            if told is None:
                continue
            carried = carried or packed(call)
            event, text = self._app.ids.new(), written(self._app.structurer, subject)
            rows += [
                {
                    "event": event, "plugin": plugin, "hook": spec.__name__,
                    "lane": lane_of(plugin, spec.__name__, subject, event), "state": "waiting", "attempts": 0,
                    "due_at": now, "created_at": now, "subject_json": text, "call_json": carried,
                }
                for plugin in self._app.hooks.implementers(told.spec)
            ]  # fmt: skip
        await self._store.add(tx, rows)

    def wake(self) -> None:
        self.woken()

    # -- telling ------------------------------------------------------------------------------------------------

    async def fill(self) -> bool:
        """Notes what has ended and fills the free places with what is due; answers whether there was any of it."""
        async with self._turn:
            now = self._time.text()
            wanted: list[int] = []
            self.full = False
            for plugin, hooks in self._present():
                free = self._config.deliveries - sum(row["plugin"] == plugin for row in self._running.values())
                if free > 0 and not any(self._app.hooks.paused(plugin, hook) for hook in hooks):
                    found = await self._store.heads(plugin, now, free)
                    self.full = self.full or len(found) == free
                    wanted += found
            ended, self._ended = self._ended, []
            if not wanted and not ended:
                return False
            token, until = self._app.ids.new(), self._time.text(self._config.lease)

            async def body(tx: Transaction) -> list[Row]:
                return await self._store.turn(tx, ended, sorted(wanted), token, now, until)

            try:
                taken = await transact(self._db, body)
            except BaseException:
                self._ended = ended + self._ended
                raise
            for row in taken:
                task = asyncio.create_task(self._deliver(row), name=f"newel-event-{row['seq']}")
                self._running[task] = row
                task.add_done_callback(self._over)
            return True

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._place.set()
        self.woken()

    async def _deliver(self, row: Row) -> None:
        ended = Ended(seq=row["seq"], lease=row["lease"], attempts=row["attempts"])
        told = self._told.get(row["hook"])
        if row["plugin"] not in self._app.plugins:  # it went meanwhile, and is told when it comes back
            self._ended.append(evolve(ended, due=self._time.text(), attempts=row["attempts"] - 1))
            return
        try:
            if told is not None:  # else the plugin no longer implements it, and there is nobody to be told
                call, trace = unpacked(self._app.structurer, row["call_json"], row["event"])
                subject = self._app.structurer.structure(json.loads(row["subject_json"]), told.subject)
                with spans.first(self._app, f"event {row['hook']}", "consumer", link=trace):
                    await self._app.hooks.tell(row["plugin"], told.spec, subject, call)
        except asyncio.CancelledError:  # the process stops: it costs no attempt
            self._ended.append(evolve(ended, due=self._time.text(), attempts=row["attempts"] - 1))
            raise
        except Faults as error:  # its form has changed: trying again would not help
            self._ended.append(evolve(ended, at=self._time.text(), error=cause(error)))
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises: reported by the caller of hooks, kept here
            self._ended.append(self._failed(ended, error))
        else:
            self._ended.append(ended)

    def _failed(self, ended: Ended, error: Exception) -> Ended:
        if ended.attempts >= self._config.event_attempts:
            return evolve(ended, at=self._time.text(), error=cause(error))
        pause = backoff(ended.attempts, self._config.event_pause, self._config.event_longest_pause)
        return evolve(ended, due=self._time.text(pause), error=cause(error))

    async def renew(self) -> None:
        """Holds on to what is being told."""
        held = [(row["seq"], row["lease"]) for row in self._running.values()]
        await self._store.renew(held, self._time.text(self._config.lease))

    async def settle(self) -> None:
        idle = False
        while not idle:
            # Before looking: what ends while `fill` asks the database leaves a place that it did not count.
            self._place.clear()
            idle = not self._running
            try:
                idle = not await self.fill() and idle
            except Transient as error:
                self._app.log.warning("events wait", extra={"cause": error.detail})
                return
            if self._running:
                await self._place.wait()

    async def stop(self, patience: float) -> None:
        """Lets what is being told end, for so many seconds, and notes how it ended."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=patience)
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._ended:
            ended, self._ended = self._ended, []
            await transact(self._db, lambda tx: self._store.turn(tx, ended, (), "", "", ""))

    # -- clearing -----------------------------------------------------------------------------------------------

    async def clean(self) -> int:
        """Drops old dead events, and those that waited too long for a plugin that is not there. Answers how many."""
        dropped = 0
        now = self._time.now()
        while found := await self._store.old(rfc3339(now - timedelta(days=self._config.keep_dead_days))):
            await self._store.drop(found, "dead")
            dropped += len(found)
        since = rfc3339(now - timedelta(days=self._config.orphan_days))
        for plugin in set(await self._store.plugins()) - {plugin for plugin, _ in self._present()}:
            lost = 0
            while found := await self._store.orphans(plugin, since):
                await self._store.drop(found, "waiting")
                lost += len(found)
            if lost:
                self._app.log.warning("dropped events of an absent plugin", extra={"plugin": plugin, "events": lost})
            dropped += lost
        return dropped
