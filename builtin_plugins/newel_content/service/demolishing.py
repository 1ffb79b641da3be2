"""The end of a content type."""

from __future__ import annotations

from newel import Call, Conflict
from newel_content.model import BLOCKS, REFERENCE, Catalogue, Model
from newel_content.store import Store

MAX_ENTRIES = 10_000


class Demolishing:
    """Deletes a type, with its entries where that was asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, call: Call, catalogue: Catalogue, model: Model, *, force: bool) -> None:
        """Raises ``Conflict``: ``named`` by other types, ``in_use``, ``too_many_entries``."""
        named = mentions(catalogue, model)
        if named:
            raise Conflict(f"'{model.name}' is named by {', '.join(named)}", code="named", extra={"by": named})
        if model.kind == "block":
            uses = await self._store.rows.count_uses(call.tx, model.id)
            if uses:
                raise Conflict(f"{uses} drafts or published locales hold such blocks", code="in_use")
        else:
            await self._entries(call, model, force=force)
        await self._store.types.delete(call.tx, model.id)

    async def _entries(self, call: Call, model: Model, *, force: bool) -> None:
        count = await self._store.tree.count(call.tx, model.id)
        if count and not force:
            raise Conflict(f"'{model.name}' has {count} entries, the trash included", code="in_use")
        if count > MAX_ENTRIES:
            raise Conflict(
                f"'{model.name}' has {count} entries; `force` deletes at most {MAX_ENTRIES}", code="too_many_entries"
            )
        outsider = await self._store.tree.outsider(call.tx, model.id)
        if outsider is not None:
            raise Conflict(f"'{outsider}', of another type, stands below one of its pages", code="in_use")
        await self._store.tree.orphan(call.tx, model.id)
        while rows := await self._store.tree.page(call.tx, model.id, "", 256):
            ids = [str(row["id"]) for row in rows]
            outside = [one for one in await self._store.rows.uses(call.tx, ids) if one.type != model.id]
            held = [one for one in outside if one.on_delete == "restrict"]
            if held:
                raise Conflict(f"'{held[0].target}' is used by {held[0].source}", code="in_use")
            await self._store.wipe(call.tx, ids)
            await self._store.entries.purge(call.tx, ids)


def mentions(catalogue: Catalogue, model: Model) -> list[str]:
    """``type.field`` of every other type that names this one."""
    found = []
    for other in catalogue.models.values():
        if other.id == model.id:
            continue
        if model.name in other.type.parents:
            found.append(f"{other.name} (parents)")
        for bound in other:
            names = {REFERENCE: "targets", BLOCKS: "types"}.get(bound.field.type)
            if names and model.name in bound.field.options.get(names, ()):
                found.append(f"{other.name}.{bound.name}")
    return found
