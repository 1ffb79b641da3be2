"""What a transaction changes for readers, gathered while it runs and written at its end.

At the end, because the clock makes all later writers wait until the commit: it is taken last, after every other lock,
so nobody who holds it waits for anybody. And once, because many changes of an entry are one to readers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from attrs import Factory, define, evolve

from newel import Call
from newel.contracts.content import MAIN
from newel.contracts.database import Transaction
from newel.structure import rfc3339
from newel_content.model import Catalogue
from newel_content.store.changes import ChangeRow, ChangeStore, Told
from newel_content.store.versions import PublishedRow, VersionStore

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])


@define
class Gathered:
    """The (entry, locale) pairs that a transaction touched; the locale ``None``: all that are published."""

    catalogue: Catalogue | None = None
    pairs: dict[tuple[str, str | None], None] = Factory(dict)


class Feed:
    """Keeps ``content_changes`` right."""

    def __init__(self, changes: ChangeStore, versions: VersionStore) -> None:
        self._changes = changes
        self._versions = versions
        self._open: dict[int, Gathered] = {}

    @asynccontextmanager
    async def gathered(self, tx: Transaction, now: datetime) -> AsyncIterator[None]:
        """What is touched inside the block is written at the end of the outermost one on this transaction."""
        if id(tx) in self._open:
            yield
            return
        touched = self._open[id(tx)] = Gathered()
        try:
            yield
        finally:
            del self._open[id(tx)]
        if touched.catalogue is not None:
            await self._write(tx, touched.catalogue, touched.pairs, now)

    def touch(self, tx: Transaction, catalogue: Catalogue, pairs: Iterable[tuple[str, str | None]]) -> None:
        """Readers may see something else of these now. What they see is looked up at the end."""
        touched = self._open[id(tx)]
        touched.catalogue = catalogue
        touched.pairs |= dict.fromkeys(pairs)

    async def tick(self, tx: Transaction, now: datetime, space: str = MAIN) -> int:
        """Takes the clock: two statements."""
        await self._changes.move(tx, space, now)
        return await self._changes.moved(tx, space)

    async def _write(
        self, tx: Transaction, catalogue: Catalogue, pairs: Iterable[tuple[str, str | None]], now: datetime
    ) -> None:
        """Five statements at most, for up to 256 entries. What was touched and is unpublished as before stays."""
        entries = list(dict.fromkeys(entry for entry, _ in pairs))
        if not entries:
            return
        await self._changes.move(tx, catalogue.space, now)
        # From here on nobody else writes changes, so what is read now is what the last one left.
        live = {(one.entry, one.locale): one for one in await self._versions.published(tx, entries)}
        tick, known = await self._changes.known(tx, catalogue.space, entries)
        whole = {entry for entry, locale in pairs if locale is None}
        places = {(entry, locale) for entry, locale in pairs if locale is not None}
        places |= {place for place in live if place[0] in whole}
        rows = [
            row
            for place in sorted(places)
            if (row := _row(catalogue, place, live.get(place), known.get(place), tick, rfc3339(now))) is not None
            and (place[0] in whole or not _same(row, known.get(place)))
        ]
        await self._changes.update(tx, [row for row in rows if (row.entry, row.locale) in known])
        await self._changes.insert(tx, [row for row in rows if (row.entry, row.locale) not in known])


def _row(
    catalogue: Catalogue,
    place: tuple[str, str],
    seen: PublishedRow | None,
    known: ChangeRow | None,
    tick: int,
    at: str,
) -> ChangeRow | None:
    """The row that says what readers see; ``None`` where they never saw any of it, or have lost it already."""
    if seen is not None:
        model = catalogue.by_id[seen.type]
        here = Told(tick, "published", seen.number, seen.path, at)
        public = here if model.type.public else None if known is None else known.public
        name = model.name if known is None or model.type.public else known.type_name
        return ChangeRow(*place, catalogue.space, model.id, name, here, public)
    if known is None or known.here.state == "unpublished":
        return None
    public = known.public
    if public is not None and public.state == "published":
        public = evolve(public, tick=tick, state="unpublished", at=at)
    return evolve(known, here=evolve(known.here, tick=tick, state="unpublished", at=at), public=public)


def _same(row: ChangeRow, known: ChangeRow | None) -> bool:
    """Whether nothing came of it, as with the failed part of a batch."""
    return known is not None and _seen(row.here) == _seen(known.here)


def _seen(told: Told) -> tuple[str, int, str | None]:
    return told.state, told.version, told.path


def telling(operation: F) -> F:
    """Lets a writing operation of a service (with a ``_store``) touch entries; what came of it is written after it."""

    @wraps(operation)
    async def run(self: Any, call: Call, order: Any) -> Any:
        async with self._store.feed.gathered(call.tx, call.now):
            return await operation(self, call, order)

    return run  # type: ignore[return-value]  # the same signature, by wraps
