"""Hooks that are asked before something happens: they may refuse it, or change what is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel.structure import rfc3339
from newel_lua.compat.entries import content_data, content_field, with_fields
from newel_lua.compat.others import media, media_of
from newel_lua.compat.tables import TABLES
from newel_lua.compat.values import text_of, value_of
from newel_lua.faults import CallFailed
from newel_lua.hooks.calling import refuse
from newel_lua.hooks.changes import changes, same
from newel_lua.hooks.model import ENTRIES, FIELDS, MEDIA

if TYPE_CHECKING:
    from newel import Call
    from newel.contracts.content import EntryDraft, EntryEvent
    from newel.contracts.media import AssetEvent, Upload
    from newel_lua.hooks.calling import Budget, Calling
    from newel_lua.hooks.model import LuaHook

ROW = frozenset({*TABLES[ENTRIES].columns, "before", "_table", "_event"})
TEXTS = ("title", "caption", "credit", "copyright")


class Before:
    """``before_create``, ``before_update``, ``before_publish`` and ``before_delete``."""

    def __init__(self, calling: Calling) -> None:
        self._calling = calling

    async def save(self, draft: EntryDraft, call: Call) -> EntryDraft | None:
        """Asks those on the entry, then those on its fields. Raises ``Reject`` and its kin."""
        event = "before_create" if draft.created else "before_update"
        budget = self._calling.budget()
        made = draft
        for hook in self._calling.matching(event, ENTRIES, draft.type):
            answer = await self._ask(hook, self._entry(made, call) | _about(ENTRIES, event), call, budget, "/data")
            changed = changes(hook, answer, made.data, "/data", ROW)
            if changed:
                made = evolve(made, data={**made.data, **changed})
        made = await self._fields(made, call, budget)
        return None if made is draft else made

    async def _fields(self, draft: EntryDraft, call: Call, budget: Budget) -> EntryDraft:
        """Each field whose value is another one now is a row of its own there."""
        before = draft.before or {}
        for event in ("before_create", "before_update"):
            hooks = self._calling.matching(event, FIELDS, wildcard=False)
            for name in draft.data if hooks else ():
                had = before.get(name)
                fresh = "before_create" if had is None else "before_update"
                if event == fresh and draft.data[name] is not None and not same(draft.data[name], had):
                    for hook in hooks:
                        draft = await self._field(hook, draft, name, call, budget)
        return draft

    async def _field(self, hook: LuaHook, draft: EntryDraft, name: str, call: Call, budget: Budget) -> EntryDraft:
        value = draft.data[name]
        row = content_field(_plain(draft, call), name, draft.locale, value) | _about(FIELDS, hook.event)
        answer = await self._ask(hook, row, call, budget, "/data")
        sent = {"field_value": row["field_value"], "value": value}
        changed = changes(hook, answer, sent, "/data")
        if "value" in changed:
            return evolve(draft, data={**draft.data, name: changed["value"]})
        if "field_value" in changed:
            return evolve(draft, data={**draft.data, name: value_of(changed["field_value"], _kind(value))})
        return draft

    async def act(self, verb: str, event: EntryEvent, call: Call) -> None:
        """``publish`` and ``delete``. Raises ``Reject`` and its kin."""
        name, budget = f"before_{verb}", self._calling.budget()
        for hook in self._calling.matching(name, ENTRIES, event.type):
            entry = {
                "id": event.id, "type": event.type, "revision": event.revision, "locale": event.locale,
                "path": event.path, "data": event.data,
            }  # fmt: skip
            row = with_fields(content_data(entry)) | {"status": None, "version": event.version} | _about(ENTRIES, name)
            changes(hook, await self._ask(hook, row, call, budget, "/data"), event.data or {}, "/data")

    async def store(self, upload: Upload, call: Call) -> Upload | None:
        """A file on its way into the library: what it will be called, and what is said of it, may be changed."""
        budget, made = self._calling.budget(), upload
        for hook in self._calling.matching("before_create", MEDIA):
            asset = {name: getattr(made, name) for name in ("name", "mime", "bytes", "sha256", "folder", "tags")}
            row = media({**asset, "private": made.private, **made.texts}, call.locale or "")
            answer = await self._ask(hook, row | _about(MEDIA, "before_create"), call, budget, "")
            changed = changes(hook, answer, row, "")
            if changed:
                made = _renamed(made, changed, call.locale)
        return None if made is upload else made

    async def remove(self, event: AssetEvent, call: Call) -> None:
        """A file that is about to be deleted."""
        budget = self._calling.budget()
        for hook in self._calling.matching("before_delete", MEDIA):
            row = media_of(event) | _about(MEDIA, "before_delete")
            changes(hook, await self._ask(hook, row, call, budget, ""), row, "")

    def _entry(self, draft: EntryDraft, call: Call) -> dict[str, Any]:
        row = with_fields(content_data(_plain(draft, call))) | {"status": "draft" if draft.created else None}
        return row if draft.before is None else row | {"before": draft.before}

    async def _ask(self, hook: LuaHook, row: Mapping[str, Any], call: Call, budget: Budget, at: str) -> Any:
        try:
            return await self._calling.call(hook, [row], "before", call, budget=budget)
        except CallFailed as error:
            refuse(hook, error, at)


def _about(table: str, event: str) -> dict[str, str]:
    return {"_table": table, "_event": event}


def _plain(draft: EntryDraft, call: Call) -> dict[str, Any]:
    made = rfc3339(call.now) if draft.created else None
    return {
        "id": draft.id, "type": draft.type, "parent": draft.parent, "locale": draft.locale, "data": draft.data,
        "author": call.actor.id if draft.created else None, "created_at": made, "updated_at": made,
    }  # fmt: skip


def _kind(value: Any) -> str:
    """The field type that text is read for: that of the value it takes the place of."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "json"


def _renamed(upload: Upload, changed: Mapping[str, Any], locale: str | None) -> Upload:
    """The upload with what a plugin changed, in their words or in ours; what cannot change here stays."""
    texts = dict(upload.texts)
    texts |= {name: text_of(changed[name]) for name in TEXTS if name in changed}
    if "display_name" in changed:
        texts["title"] = text_of(changed["display_name"])
    if "alt" in changed:
        alt = dict(texts.get("alt") or {})
        code = locale or next(iter(alt), "en")
        texts["alt"] = alt | {code: text_of(changed["alt"])}
    made: dict[str, Any] = {"texts": texts}
    if "name" in changed:
        made["name"] = text_of(changed["name"])
    if "folder_id" in changed:
        made["folder"] = text_of(changed["folder_id"]) or None
    if isinstance(changed.get("private"), bool):
        made["private"] = changed["private"]
    if isinstance(changed.get("tags"), list):
        made["tags"] = tuple(text_of(one) for one in changed["tags"])
    return evolve(upload, **made)
