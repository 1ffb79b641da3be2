"""Operations that decide about plugins. What was decided is rows; processes follow it (``syncing``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Call, Conflict, NotFound, Problem, Reject, Transient, operation
from newel.contracts.audit import Change
from newel.secrets import Secret
from newel.structure import rfc3339
from newel_lua import settings
from newel_lua.answers import Approve, Decision, PluginName, Reload, SetSettings, Which
from newel_lua.examining import Examined, NotLoaded
from newel_lua.permissions import LUA_MANAGE
from newel_lua.request import Approval, Item
from newel_lua.store import Decided

if TYPE_CHECKING:
    from newel.app import App
    from newel_lua.registry import Registry
    from newel_lua.store import Store
    from newel_lua.syncing import Sync


class Deciding:
    """``lua.approve``, ``lua.revoke``, ``lua.enable``, ``lua.disable``, ``lua.reload``, ``lua.set``."""

    def __init__(self, app: App, store: Store, registry: Registry, sync: Sync, told: Callable[[], None]) -> None:
        self._app = app
        self._store = store
        self._registry = registry
        self._sync = sync
        self._told = told

    async def _look(self, call: Call, order: PluginName) -> Examined:
        candidate = (await self._sync.candidates()).get(order.name)
        if candidate is None:
            raise NotFound(f"there is no plugin '{order.name}' in {self._sync.places[0][0]}")
        try:
            return await self._registry.examiner.examine(candidate)
        except NotLoaded as error:
            if error.passing:
                raise Transient(f"the plugin '{order.name}' cannot be looked at now: {error}") from None
            place = {"file": error.reason.file, "line": error.reason.line}
            text = f"the plugin '{order.name}' does not load: {error}"
            raise Reject(text, code="broken_plugin", extra=place) from None

    @operation("lua.approve", needs=LUA_MANAGE, http="POST /lua/plugins/{name}/approve", effect="write", prepare=_look)
    async def approve(self, call: Call, order: Approve, seen: Examined) -> Decision:
        """Approves items of what a plugin asks for, or all of them. They may be used from now on."""
        if order.code is not None and order.code != seen.files.hash:
            raise Conflict("its files have changed since they were looked at", code="code_changed")
        before = await self._store.hold(call.tx, order.name)
        items = _chosen(order, seen.request.items)
        granted = seen.request.granted(before.approvals)
        given = [self._approval(call, item, seen) for item in items if item not in granted]
        await self._store.approve(call.tx, order.name, given)
        taken = before if before.code else evolve(before, code=seen.files.hash, version=seen.manifest.version)
        return await self._decide(call, before, taken, seen)

    @operation("lua.revoke", needs=LUA_MANAGE, http="POST /lua/plugins/{name}/revoke", effect="write")
    async def revoke(self, call: Call, order: Which) -> Decision:
        """Takes approvals back. What is under way may end."""
        before = await self._store.hold(call.tx, order.name)
        if not before.revision and not before.approvals:
            raise NotFound(f"nothing of a plugin '{order.name}' is approved")
        items = _chosen(order, sorted({one.item for one in before.approvals}))
        await self._store.revoke(call.tx, order.name, items)
        return await self._decide(call, before, before, None)

    @operation("lua.enable", needs=LUA_MANAGE, http="POST /lua/plugins/{name}/enable", effect="write", prepare=_look)
    async def enable(self, call: Call, order: PluginName, seen: Examined) -> Decision:
        """Lets a plugin run, with what is approved of what it asks for."""
        before = await self._store.hold(call.tx, order.name)
        if before.enabled:
            return _decision(before, seen)
        after = evolve(before, enabled=True, code=seen.files.hash, version=seen.manifest.version)
        return await self._decide(call, before, after, seen)

    @operation("lua.disable", needs=LUA_MANAGE, http="POST /lua/plugins/{name}/disable", effect="write")
    async def disable(self, call: Call, order: PluginName) -> Decision:
        """Stops a plugin. Its tables, settings and approvals stay."""
        before = await self._store.hold(call.tx, order.name)
        if not before.revision and order.name not in await self._sync.candidates():
            raise NotFound(f"there is no plugin '{order.name}'")
        return await self._decide(call, before, evolve(before, enabled=False), None)

    @operation("lua.reload", needs=LUA_MANAGE, http="POST /lua/plugins/{name}/reload", effect="write", prepare=_look)
    async def reload(self, call: Call, order: Reload, seen: Examined) -> Decision:
        """Takes a plugin's files as they are now. The code that runs goes on until the new code is ready; where that
        fails, it stays."""
        before = await self._store.hold(call.tx, order.name)
        if not before.enabled:
            raise Conflict(f"the plugin '{order.name}' is not enabled", code="not_enabled")
        if order.keep:
            known = {one.item for one in before.approvals}
            kept = [self._approval(call, item, seen) for item in seen.request.items if item in known]
            await self._store.approve(call.tx, order.name, kept)
        after = evolve(before, asked=before.asked + 1, code=seen.files.hash, version=seen.manifest.version)
        return await self._decide(call, before, after, seen)

    @operation("lua.set", needs=LUA_MANAGE, http="PATCH /lua/plugins/{name}/settings", effect="write", prepare=_look)
    async def set_settings(self, call: Call, order: SetSettings, seen: Examined) -> Decision:
        """Changes settings of a plugin. It is reloaded with them."""
        declared = seen.manifest.settings
        if found := settings.judged(declared, order.settings):
            raise Reject("these settings are not valid", problems=found)
        before = await self._store.hold(call.tx, order.name)
        values = {key: value for key, value in {**before.settings, **order.settings}.items() if value is not None}
        kept = {key: value for key, value in values.items() if key in declared}
        secret = {key for key, one in declared.items() if one.type == "secret"}
        return await self._decide(call, before, evolve(before, settings=kept), seen, secret)

    def _approval(self, call: Call, item: Item, seen: Examined) -> Approval:
        at = rfc3339(call.now)
        return Approval(item=item, version=seen.manifest.version, by=call.actor.id[:128], at=at)

    async def _decide(
        self, call: Call, before: Decided, after: Decided, seen: Examined | None, secret: set[str] | None = None
    ) -> Decision:
        await self._store.keep(call.tx, after, call.now)
        kept = (await self._store.decided(call.tx))[after.name]
        known, told = _entity(before, secret), _entity(kept, secret)
        if known != told:
            call.changed(Change(entity="lua_plugin", id=after.name, before=known, after=told))
        if call.work is not None:
            call.work.after.append(self._told)
        return _decision(kept, seen)


def _chosen(order: Which, there: Any) -> list[Item]:
    """The items that an order means."""
    if order.all:
        return list(there)
    if not order.items:
        raise Reject.field("/items", "required", "name items, or say `all`")
    known = {one.label: one for one in there}
    wrong = [
        Problem(f"/items/{place}", "unknown", f"there is no '{name}' among what it asks for")
        for place, name in enumerate(order.items)
        if name not in known
    ]
    if wrong:
        raise Reject("some items are not among what the plugin asks for", problems=wrong)
    return [known[name] for name in dict.fromkeys(order.items)]


def _decision(decided: Decided, seen: Examined | None) -> Decision:
    if seen is None:
        approved = {one.item.label for one in decided.approvals}
        waiting: list[str] = []
    else:
        granted = seen.request.granted(decided.approvals)
        approved = {one.label for one in granted}
        waiting = [one.label for one in seen.request.items if one not in granted]
    return Decision(
        name=decided.name, enabled=decided.enabled, version=seen.manifest.version if seen else decided.version,
        revision=decided.revision, approved=tuple(sorted(approved)), waiting=tuple(waiting),
    )  # fmt: skip


def _entity(decided: Decided, secret: set[str] | None) -> Mapping[str, Any]:
    """For the audit trail. Where nobody knows which settings are secret, none is shown."""
    values = {
        key: value if secret is not None and key not in secret else Secret(value)
        for key, value in decided.settings.items()
    }
    return {
        "enabled": decided.enabled, "version": decided.version, "code": decided.code, "settings": values,
        "asked": decided.asked,
        "approved": [
            {"item": one.item.label, "terms": one.item.terms, "version": one.version} for one in decided.approvals
        ],
    }  # fmt: skip
