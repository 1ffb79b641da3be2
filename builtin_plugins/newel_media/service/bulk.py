"""Moving and tagging several files at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from attrs import frozen

from newel import Call, MaxLength, Reject, operation
from newel.contracts.audit import Change
from newel.hooks.media import media_after_update
from newel.structure import rfc3339
from newel_media.model import Tag
from newel_media.permissions import MEDIA_WRITE
from newel_media.service.removing import Ids, Many, many
from newel_media.service.storing import event, told
from newel_media.service.texts import searchable, tagged
from newel_media.service.undoing import asset_back

if TYPE_CHECKING:
    from newel_media.store import Store

MOST_TAGS = 50
"""Of one asset."""


@frozen(kw_only=True)
class Move:
    """Which assets go where."""

    ids: Ids
    folder: Annotated[str, "The id of a folder; empty text: the root.", MaxLength(26)]


@frozen(kw_only=True)
class TagMany:
    """Which assets get and lose which tags."""

    ids: Ids
    add: Annotated[tuple[Tag, ...], "Tags that they get.", MaxLength(50)] = ()
    remove: Annotated[tuple[Tag, ...], "Tags that they lose.", MaxLength(50)] = ()


Changer = Callable[[dict[str, Any], list[str]], list[str] | None]
"""Changes an asset's row in place and answers its tags; ``None``: it would have too many."""


class Bulk:
    """``media.move`` and ``media.tag``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @operation("media.move", needs=MEDIA_WRITE, http="POST /media/move", effect="write", undo=asset_back)
    async def move(self, call: Call, order: Move) -> Many:
        """Puts files into a folder."""
        if order.folder and not await self._store.folders.hold(call.tx, order.folder):
            raise Reject.field("/folder", "not_found", f"there is no folder '{order.folder}'")

        def moved(row: dict[str, Any], tags: list[str]) -> list[str]:
            row["folder"] = order.folder
            return tags

        return await self._each(call, order.ids, moved)

    @operation("media.tag", needs=MEDIA_WRITE, http="POST /media/tag", effect="write", undo=asset_back)
    async def tag(self, call: Call, order: TagMany) -> Many:
        """Gives files tags and takes tags from them."""
        add, remove = tagged(order.add), set(tagged(order.remove))
        if not add and not remove:
            raise Reject("say which tags to add or to remove")
        if both := remove & set(add):
            raise Reject.field("/remove", "contradiction", f"'{min(both)}' cannot be both added and removed")

        def retagged(row: dict[str, Any], tags: list[str]) -> list[str] | None:
            after = sorted({*tags, *add} - remove)
            return after if len(after) <= MOST_TAGS else None

        return await self._each(call, order.ids, retagged)

    async def _each(self, call: Call, ids: tuple[str, ...], change: Changer) -> Many:
        codes: dict[str, str | None] = {}
        for id in sorted(set(ids)):  # in one order, so that two who do this do not wait for each other
            before = await self._store.assets.locked(call.tx, id)
            if before is None:
                continue
            tags = (await self._store.assets.tags_of(call.tx, [id])).get(id, [])
            after = dict(before)
            new = change(after, tags)
            codes[id] = "too_many_tags" if new is None else None
            if new is not None and (new != tags or after != dict(before)):
                after |= {"revision": before["revision"] + 1, "updated_at": rfc3339(call.now)}
                after["search"] = searchable(after["name"], json.loads(after["texts_json"]), new)
                await self._store.assets.update(call.tx, after, new if new != tags else None)
                call.changed(
                    Change(
                        entity="media", id=id, before=told(before) | {"tags": tags}, after=told(after) | {"tags": new}
                    )
                )
                call.emit(media_after_update, event(after))
        return many(ids, codes)
