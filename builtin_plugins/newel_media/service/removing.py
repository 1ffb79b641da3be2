"""Deleting files, one or many, and who would miss them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from attrs import asdict, frozen

from newel import Call, Conflict, Max, MaxLength, Min, MinLength, NotFound, operation
from newel.contracts.audit import Change
from newel.contracts.content import OutsideUse
from newel.contracts.database import Row
from newel.hooks.media import media_after_delete, media_before_delete
from newel_media.model import Id
from newel_media.permissions import MEDIA_DELETE, MEDIA_READ
from newel_media.service.storing import event, told
from newel_media.service.using import Uses

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store

SHOWN = 10
"""Uses in a refusal."""
Ids = Annotated[tuple[Id, ...], "Ids of assets.", MinLength(1), MaxLength(100)]


@frozen(kw_only=True)
class Delete:
    """Which asset goes."""

    id: Id
    force: Annotated[bool, "Also where content points at it, which then shows nothing there."] = False


@frozen(kw_only=True)
class Remove:
    """Which assets go."""

    ids: Ids
    force: Annotated[bool, "Also where content points at them, which then shows nothing there."] = False


@frozen(kw_only=True)
class One:
    """What became of one of several."""

    id: str
    done: bool
    code: Annotated[str | None, "Why not: `not_found`, `in_use`, `too_many_tags`."] = None


@frozen(kw_only=True)
class Many:
    """What became of each, in the order of the ids that were given. All that was done was done in one transaction."""

    data: tuple[One, ...]
    done: int


@frozen(kw_only=True)
class UsesOf:
    """Of which asset."""

    id: Id
    limit: Annotated[int, "Places at most.", Min(1), Max(1000)] = 100


@frozen(kw_only=True)
class UseList:
    """Places in content that point at an asset. ``more``: there are more than were asked for."""

    data: tuple[OutsideUse, ...]
    more: bool


class Removing:
    """``media.delete``, ``media.remove`` and ``media.uses``.

    A row is locked before content is asked: an entry that is being saved holds on to what it points at, so either it is
    seen here, or it is refused because the asset is gone.
    """

    def __init__(self, app: App, store: Store) -> None:
        self._hooks = app.hooks
        self._store = store
        self._uses = Uses(app)

    @operation("media.uses", needs=MEDIA_READ, http="GET /media/{id}/uses")
    async def uses(self, call: Call, order: UsesOf) -> UseList:
        """Lists the places in content that point at a file: drafts, what is published, and the trash."""
        if await self._store.assets.get(self._store.db, order.id) is None:
            raise NotFound(f"there is no asset '{order.id}'")
        uses = await self._uses.of(order.id, order.limit + 1)
        return UseList(data=tuple(uses[: order.limit]), more=len(uses) > order.limit)

    @operation("media.delete", needs=MEDIA_DELETE, http="DELETE /media/{id}", effect="write", status=204)
    async def delete(self, call: Call, order: Delete) -> None:
        """Deletes a file, unless content points at it. Its bytes go when no other file has them."""
        row = await self._store.assets.locked(call.tx, order.id)
        if row is None:
            raise NotFound(f"there is no asset '{order.id}'")
        uses = () if order.force else await self._uses.of(order.id, SHOWN, call.tx)
        if uses:
            raise Conflict(
                "content points at this file", code="in_use", extra={"uses": [asdict(use) for use in uses]}
            )  # fmt: skip
        await self._gone(call, row)

    @operation("media.remove", needs=MEDIA_DELETE, http="POST /media/remove", effect="write")
    async def remove(self, call: Call, order: Remove) -> Many:
        """Deletes several files. Those that content points at stay, and the answer says so."""
        rows: dict[str, Row] = {}
        for id in sorted(set(order.ids)):  # in one order, so that two who do this do not wait for each other
            row = await self._store.assets.locked(call.tx, id)
            if row is not None:
                rows[id] = row
        used = set() if order.force else await self._uses.used(list(rows), call.tx)
        for id in [id for id in rows if id not in used]:
            await self._gone(call, rows[id])
        return many(order.ids, {id: "in_use" if id in used else None for id in rows})

    async def _gone(self, call: Call, row: Row) -> None:
        if self._hooks.used(media_before_delete):
            await self._hooks.fold(media_before_delete, event(row), call)
        await self._store.assets.delete(call.tx, row["id"])
        await self._store.looks.put(call.tx, row["id"], None)
        call.changed(Change(entity="media", id=row["id"], before=told(row), after=None))
        call.emit(media_after_delete, event(row))


def many(ids: Sequence[str], codes: dict[str, str | None]) -> Many:
    """The answer: ``codes`` are of those that are there, ``None`` where it was done."""
    data = tuple(
        One(id=id, done=id in codes and codes[id] is None, code=codes.get(id, "not_found"))
        for id in dict.fromkeys(ids)
    )  # fmt: skip
    return Many(data=data, done=sum(one.done for one in data))
