"""The operation that brings a few entries of an import."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from attrs import evolve, frozen

from newel import Call, Conflict, MaxLength, MinLength, operation
from newel.app import App
from newel.errors import NewelError, Transient
from newel_content.permissions import CONTENT_CREATE
from newel_content.store import Store
from newel_content.store.entries import EntryRow
from newel_content.store.feed import telling
from newel_content.transfer.lines import EntryLine

Phase = Literal["whole", "stub", "publish"]
State = Literal["created", "updated", "unchanged", "published", "waiting", "failed"]


@frozen(kw_only=True)
class BringEntries:
    """Entries as lines of an export have them."""

    entries: Annotated[tuple[EntryLine, ...], "The entries.", MinLength(1), MaxLength(100)]
    phase: Annotated[Phase, "All of an entry; empty, so that others can point at it; or what is published of it."]
    dry_run: Annotated[bool, "Change nothing."] = False


@frozen(kw_only=True)
class Brought:
    """What became of one. ``waiting``: it points at what is not there (yet)."""

    state: State
    detail: str = ""


class Rehearsed(NewelError):
    """Undoes all that was done; ``results`` are those that there would be."""

    def __init__(self, results: tuple[Brought, ...]) -> None:
        super().__init__("this was a rehearsal")
        self.results = results


class Bringing:
    """``content.import``."""

    def __init__(self, app: App, store: Store) -> None:
        self._app = app
        self._store = store

    @operation("content.import", needs=CONTENT_CREATE, effect="write", command=False)
    @telling
    async def bring(self, call: Call, order: BringEntries) -> tuple[Brought, ...]:
        """Creates or replaces drafts by their ids, each as the operation of its own would, or not at all."""
        results = tuple([await self._one(call, order.phase, one) for one in order.entries])
        if order.dry_run:
            raise Rehearsed(results)
        return results

    async def _one(self, call: Call, phase: Phase, line: EntryLine) -> Brought:
        assert call.work is not None  # noqa: S101 - a write operation has its work
        try:
            with call.work.part():
                async with call.tx.savepoint():
                    if phase == "publish":
                        return await self._publish(call, line)
                    row = await self._store.entries.get(call.tx, line.id)
                    return await (self._create(call, phase, line) if row is None else self._replace(call, line, row))
        except Transient:  # not this entry's fault, and perhaps the end of the whole transaction
            raise
        except NewelError as error:
            waits = bool(error.problems) and all(one.code == "not_found" for one in error.problems)
            faults = [f"{one.pointer} {one.detail}" for one in error.problems]
            return Brought(state="waiting" if waits else "failed", detail="; ".join(faults or [error.detail]))

    async def _create(self, call: Call, phase: Phase, line: EntryLine) -> Brought:
        order: dict[str, Any] = {"type": line.type, "id": line.id, "locale": "*", "data": {}}
        if phase == "whole":
            order |= {"data": line.data, "parent": line.parent}
        elif line.parent and await self._store.entries.get(call.tx, line.parent) is not None:
            order["parent"] = line.parent
        await self._run(call, "create", order)
        return Brought(state="created")

    async def _replace(self, call: Call, line: EntryLine, row: EntryRow) -> Brought:
        if row.deleted_at is not None:
            raise Conflict("it is in the trash: take it out of there first, or purge it")
        here = {"type": line.type, "id": line.id}
        entry = await self._run(call, "replace", {**here, "locale": "*", "data": line.data})
        moved = line.parent != row.parent
        if moved:
            place = {"top": True} if line.parent is None else {"parent": line.parent}
            await self._run(call, "move", here | place)
        return Brought(state="updated" if moved or entry.revision != row.revision else "unchanged")

    async def _publish(self, call: Call, line: EntryLine) -> Brought:
        here = {"type": line.type, "id": line.id}
        entry = await self._run(call, "get", {**here, "locale": "*"})
        wanted = [code for code, state in line.state.items() if state == "published" != entry.state.get(code)]
        for code in wanted:
            await self._run(call, "publish", {**here, "locale": code})
        return Brought(state="published" if wanted else "unchanged")

    async def _run(self, call: Call, verb: str, order: dict[str, Any]) -> Any:
        return await self._app.operations.run(f"content.{verb}", order, evolve(call, idempotency_key=None))
