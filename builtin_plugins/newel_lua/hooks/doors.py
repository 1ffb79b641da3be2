"""The hooks of the house that those of ``hooks.on`` stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel import Call, Transient, hookimpl
from newel.contracts.content import EntryDraft, EntryEvent
from newel.contracts.delivery import DeliveryAnswer, DeliveryRead, DeliverySent
from newel.contracts.media import AssetEvent, Upload
from newel.spec import within
from newel_lua.hooks.after import After
from newel_lua.hooks.before import Before
from newel_lua.hooks.calling import Calling
from newel_lua.hooks.reads import Reads

if TYPE_CHECKING:
    from newel.app import App
    from newel_lua.config import LuaConfig
    from newel_lua.hooks.model import Caller

SECONDS = 5.0


class Doors:
    """A base of the plugin's class. Until ``open_hooks``, and after ``close_hooks``, no hook is called."""

    _before: Before | None = None
    _after: After
    _reads: Reads

    def open_hooks(self, app: App, config: LuaConfig, caller: Caller) -> None:
        calling = Calling(caller, config)
        self._before, self._after, self._reads = Before(calling), After(app, calling), Reads(calling)

    def close_hooks(self) -> None:
        self._before = None

    @hookimpl
    @within(SECONDS)
    async def content_before_save(self, draft: EntryDraft, call: Call) -> EntryDraft | None:
        return None if self._before is None else await self._before.save(draft, call)

    @hookimpl
    @within(SECONDS)
    async def content_before_publish(self, event: EntryEvent, call: Call) -> None:
        if self._before is not None:
            await self._before.act("publish", event, call)

    @hookimpl
    @within(SECONDS)
    async def content_before_delete(self, event: EntryEvent, call: Call) -> None:
        if self._before is not None:
            await self._before.act("delete", event, call)

    @hookimpl
    @within(SECONDS)
    async def media_before_store(self, upload: Upload, call: Call) -> Upload | None:
        return None if self._before is None else await self._before.store(upload, call)

    @hookimpl
    @within(SECONDS)
    async def media_before_delete(self, event: AssetEvent, call: Call) -> None:
        if self._before is not None:
            await self._before.remove(event, call)

    @hookimpl
    async def content_after_save(self, event: EntryEvent, call: Call) -> None:
        await self._entry("save", event, call)

    @hookimpl
    async def content_after_publish(self, event: EntryEvent, call: Call) -> None:
        await self._entry("publish", event, call)

    @hookimpl
    async def content_after_unpublish(self, event: EntryEvent, call: Call) -> None:
        await self._entry("archive", event, call)

    @hookimpl
    async def content_after_delete(self, event: EntryEvent, call: Call) -> None:
        await self._entry("delete", event, call)

    @hookimpl
    async def media_after_store(self, event: AssetEvent, call: Call) -> None:
        await self._asset("create", event, call)

    @hookimpl
    async def media_after_replace(self, event: AssetEvent, call: Call) -> None:
        await self._asset("update", event, call)

    @hookimpl
    async def media_after_update(self, event: AssetEvent, call: Call) -> None:
        await self._asset("update", event, call)

    @hookimpl
    async def media_after_delete(self, event: AssetEvent, call: Call) -> None:
        await self._asset("delete", event, call)

    @hookimpl
    @within(SECONDS)
    async def delivery_before_read(self, read: DeliveryRead, call: Call) -> DeliveryAnswer | None:
        return None if self._before is None else await self._reads.before(read, call)

    @hookimpl
    @within(SECONDS)
    async def delivery_after_read(self, sent: DeliverySent, call: Call) -> DeliverySent | None:
        return None if self._before is None else await self._reads.after(sent, call)

    async def _entry(self, verb: str, event: EntryEvent, call: Call) -> None:
        await self._open().entry(verb, event, call)

    async def _asset(self, verb: str, event: AssetEvent, call: Call) -> None:
        await self._open().asset(verb, event, call)

    def _open(self) -> After:
        if self._before is None:  # while the site starts or stops: the outbox tells it again
            raise Transient("plugins in Lua are not running")
        return self._after
