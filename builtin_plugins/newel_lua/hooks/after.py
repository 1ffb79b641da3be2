"""Hooks that are told after the commit, each at least once; what they do with it stays with them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel import Actor, NotFound, Transient
from newel.errors import NewelError
from newel_lua.compat.entries import content_data, content_fields, with_fields
from newel_lua.compat.others import media, media_of
from newel_lua.faults import Away, Busy, CallFailed, Resting
from newel_lua.hooks.model import ENTRIES, FIELDS, MEDIA
from newel_lua.modules.core.asking import actor_id

if TYPE_CHECKING:
    from newel import Call
    from newel.app import App
    from newel.contracts.content import EntryEvent
    from newel.contracts.media import AssetEvent
    from newel_lua.hooks.calling import Calling
    from newel_lua.hooks.model import LuaHook

AT_ONCE = 10
REMEMBERED = 1000
READER = Actor(
    id="lua", kind="plugin", name="lua",
    permissions=frozenset({"content.read", "content.read_draft", "content.types.read", "media.read"}),
)  # fmt: skip
Row = dict[str, Any]


class After:
    """``after_create``, ``after_update``, ``after_publish``, ``after_delete`` and ``after_archive``."""

    def __init__(self, app: App, calling: Calling) -> None:
        self._app = app
        self._calling = calling
        self._room = asyncio.Semaphore(AT_ONCE)
        self._told: OrderedDict[str, set[tuple[LuaHook, str]]] = OrderedDict()

    async def entry(self, verb: str, event: EntryEvent, call: Call) -> None:
        """``verb``: ``save``, ``publish``, ``archive`` or ``delete``. Raises ``Transient`` to be told again."""
        name = f"after_{('create' if event.revision == 1 else 'update') if verb == 'save' else verb}"
        hooks = self._calling.matching(name, ENTRIES, event.type)
        on_fields = self._calling.matching(name, FIELDS, wildcard=False) if verb in ("save", "delete") else []
        if hooks or on_fields:
            about = {"_table": ENTRIES, "_event": name, "version": event.version}

            async def row() -> Row:
                return with_fields(content_data(await self._entry(verb, event))) | about

            await self._tell(hooks, row, call)
            for one in await self._rows(verb, event) if on_fields else ():
                given = one | {"_table": FIELDS, "_event": name}
                await self._tell(on_fields, _constant(given), call, one["content_field_id"])

    async def asset(self, verb: str, event: AssetEvent, call: Call) -> None:
        """``verb``: ``create``, ``update`` or ``delete``."""
        name = f"after_{verb}"

        async def row() -> Row:
            return await self._asset(event) | {"_table": MEDIA, "_event": name}

        await self._tell(self._calling.matching(name, MEDIA), row, call)

    async def _tell(
        self, hooks: Sequence[LuaHook], row: Callable[[], Awaitable[Row]], call: Call, part: str = ""
    ) -> None:
        """Tells all that have not been told of this ``part`` yet. One's failure is no other's business.

        A plugin is not told of what it did itself: one that writes whenever something was written would never end.
        """
        told = self._memory(call)
        others = (hook for hook in hooks if call.actor.id != actor_id(hook.plugin))
        waiting = [hook for hook in others if (hook, part) not in told]
        if not waiting:
            return
        data = await row()

        async def one(hook: LuaHook) -> bool:
            async with self._room:
                try:
                    await self._calling.call(hook, [data], "after", call)
                except (Away, Busy, Resting):  # nothing of it has happened
                    return False
                except CallFailed:  # counted and reported
                    pass
            told.add((hook, part))
            return True

        if not all(await asyncio.gather(*map(one, waiting))):
            raise Transient("a plugin in Lua could not be told now")

    def _memory(self, call: Call) -> set[tuple[LuaHook, str]]:
        """Who was told of an event already: it comes again when somebody could not be. Without an outbox none does."""
        if not call.event:
            return set()
        told = self._told.setdefault(call.event, set())
        self._told.move_to_end(call.event)
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return told

    # -- what is told ---------------------------------------------------------------------------------------------

    async def _entry(self, verb: str, event: EntryEvent, locale: str | None = None) -> Row:
        """The entry as it is now: published, draft or in the trash; of one that is gone what the event knows."""
        order: Row = {"type": event.type, "id": event.id, "locale": locale or event.locale}
        trash: Row = {"type": event.type, "trash": True, "filter": {"id": {"_eq": event.id}}, "locale": locale}
        reads = [] if verb == "delete" else [("content.get", order)]
        if verb == "publish":
            reads.insert(0, ("content.get", {**order, "status": "published"}))
        reads.append(("content.list", trash))
        for name, given in reads:
            try:
                answer = await self._read(name, given)
            except NotFound:
                continue
            rows: list[Row] = answer["data"] if name == "content.list" else [answer]
            if rows:
                return rows[0]
        return {"id": event.id, "type": event.type, "revision": event.revision, "locale": event.locale, "data": {}}

    async def _rows(self, verb: str, event: EntryEvent) -> list[Row]:
        """The fields of the entry that have a value. What changed of them is not known any more."""
        entry = await self._entry(verb, event, "*")
        try:
            type = await self._read("types.get", {"name": event.type})
        except NotFound:
            return []
        localized = frozenset(one["name"] for one in type["fields"] if one["localized"])
        return list(content_fields(entry, localized))

    async def _asset(self, event: AssetEvent) -> Row:
        try:
            return media(await self._read("media.get", {"id": event.id}))
        except NewelError:  # it is gone, or the library is
            return media_of(event)

    async def _read(self, name: str, order: Mapping[str, Any]) -> Row:
        given = {key: value for key, value in order.items() if value is not None}
        answer = await self._app.operations.run(name, given, self._app.call(READER, "lua"))
        plain: Row = self._app.structurer.unstructure(answer)
        return plain


def _constant(row: Row) -> Callable[[], Awaitable[Row]]:
    async def answer() -> Row:
        return row

    return answer
