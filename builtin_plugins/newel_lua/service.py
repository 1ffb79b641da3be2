"""Operations that look at plugins. Whoever serves knows states at first hand; others (the CLI) from what nodes tell."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve

from newel import SYSTEM, Call, NotFound, operation
from newel_lua import settings
from newel_lua.answers import AskedItem, Info, PluginName, Plugins, Summary
from newel_lua.discovery import Candidate
from newel_lua.examining import Examined, NotLoaded
from newel_lua.modules.db import drift
from newel_lua.permissions import LUA_READ
from newel_lua.reasons import Reason
from newel_lua.store import Decided
from newel_lua.syncing import facts_of, is_gone

if TYPE_CHECKING:
    from newel.app import App
    from newel_lua.registry import Registry
    from newel_lua.store import Store
    from newel_lua.syncing import Sync

Facts = Mapping[str, Any]
UNKNOWN: Facts = {"state": "discovered", "failed_reason": None, "version": "", "code": "", "followed": 0}
"""What a node knows that has heard of no decision yet."""


class Reading:
    """``lua.list`` and ``lua.get``."""

    def __init__(self, app: App, store: Store, registry: Registry, sync: Sync) -> None:
        self._app = app
        self._store = store
        self._registry = registry
        self._sync = sync
        self._one = asyncio.Lock()

    @operation("lua.list", needs=LUA_READ, http="GET /lua/plugins")
    async def list(self, call: Call) -> Plugins:
        """Lists the plugins in Lua that are there, or that were decided about."""
        candidates = await self._sync.candidates()
        _, decided = await self._store.snapshot()
        reports = await self._store.reports(self._app.clock.now())
        found = []
        for name in sorted({*candidates, *decided}):
            candidate, known = candidates.get(name), decided.get(name, Decided(name=name))
            _, seen = await self._look(candidate)
            facts = self._facts(name, known, reports)
            reason = _reason(seen, facts)
            whole = seen if isinstance(seen, Examined) else None
            granted = whole.request.granted(known.approvals) if whole else ()
            found.append(Summary(
                name=name, state=_state(facts, seen, known), enabled=known.enabled,
                version=whole.manifest.version if whole else known.version,
                waiting=len(whole.request.items) - len(granted) if whole else 0,
                origin=candidate.origin if candidate else "gone",
                summary=whole.manifest.summary if whole else "", failed_reason=reason,
            ))  # fmt: skip
        return Plugins(data=tuple(found))

    @operation("lua.get", needs=LUA_READ, http="GET /lua/plugins/{name}")
    async def get(self, call: Call, order: PluginName) -> Info:
        """Tells all about a plugin: state, what it asks for and what of it is approved, settings, counters."""
        candidate = (await self._sync.candidates()).get(order.name)
        decided = (await self._store.snapshot())[1].get(order.name)
        if candidate is None and decided is None:
            raise NotFound(f"there is no plugin '{order.name}'")
        known = decided or Decided(name=order.name)
        reports = await self._store.reports(self._app.clock.now())
        facts = self._facts(order.name, known, reports)
        code, seen = await self._look(candidate)
        info = self._info(candidate, known, code, seen, facts, self._nodes(order.name, reports))
        return evolve(info, schema_drift=tuple(asdict(one) for one in await drift(self._store.db, order.name)))

    async def names(self) -> Sequence[str]:
        """For ``Guests``."""
        return sorted({*await self._sync.candidates(), *(await self._store.snapshot())[1]})

    async def about(self, name: str) -> Mapping[str, Any] | None:
        """For ``Guests``."""
        if name not in await self.names():
            return None
        info = await self.get(self._app.call(SYSTEM, "system"), PluginName(name=name))
        off = [one.item for one in info.request if not one.approved]
        return {"plugin": name, "state": info.state, "not_approved": off, **self._app.structurer.unstructure(info)}

    async def _look(self, candidate: Candidate | None) -> tuple[str, Examined | Reason]:
        """The hash of the files that lie there, and what they say."""
        if candidate is None:
            return "", Reason(message="its files are gone")
        code = ""
        try:
            async with self._one:  # a list of hundreds must not start a process for each
                files = await self._registry.examiner.read(candidate)
                code = files.hash
                return code, await self._registry.examiner.examine(candidate, files)
        except NotLoaded as error:
            return code, error.reason

    def _running(self, name: str) -> Examined | None:
        """What runs here, where what lies there cannot be read."""
        plugin = self._registry.plugins.get(name)
        return None if plugin is None or plugin.live is None else plugin.live.examined

    def _facts(self, name: str, decided: Decided, reports: Mapping[str, Mapping[str, Facts]]) -> Facts | None:
        """What this process knows, else the node that fares worst; ``None``: nobody knows."""
        plugin = self._registry.plugins.get(name)
        if self._sync.tells and plugin is not None:
            return facts_of(plugin)
        told = list(reports.get(name, {}).values())
        order = ("failed", "loading", "stopped", "discovered", "running")
        return min(told, key=lambda one: order.index(one["state"]), default=None)

    def _nodes(self, name: str, reports: Mapping[str, Mapping[str, Facts]]) -> tuple[Mapping[str, Any], ...]:
        told = reports.get(name, {})
        here = {node: own for node, own in reports.get("", {}).items() if not is_gone(own)}
        found = {node: {**own, **UNKNOWN, **told.get(node, {})} for node, own in here.items()}
        plugin = self._registry.plugins.get(name)
        if self._sync.node in found and plugin is not None:
            found[self._sync.node] |= facts_of(plugin)
        return tuple({"node": node, **facts} for node, facts in sorted(found.items()))

    def _info(
        self, candidate: Candidate | None, decided: Decided, code: str, seen: Examined | Reason, facts: Facts | None,
        nodes: tuple[Mapping[str, Any], ...],
    ) -> Info:  # fmt: skip
        whole = seen if isinstance(seen, Examined) else self._running(decided.name)
        manifest = whole.manifest if whole else None
        running = facts["code"] if facts else ""
        plain = {} if manifest is None else asdict(manifest)
        return Info(
            name=decided.name, version=manifest.version if manifest else decided.version,
            description=manifest.summary if manifest else "", author=plain.get("author", ""),
            license=plain.get("license", ""), origin=candidate.origin if candidate else "gone",
            state=_state(facts, seen, decided), enabled=decided.enabled, failed_reason=_reason(seen, facts),
            code=code, taken=decided.code,
            request=_asked(whole, decided) if whole else (),
            dependencies=manifest.dependencies if manifest else (),
            settings=tuple(settings.shown(manifest.settings, decided.settings)) if manifest else (),
            limits={key: value for key, value in plain.get("limits", {}).items() if value is not None},
            circuit_breaker_state=facts["breaker"]["state"] if facts else "closed",
            circuit_breaker_errors=facts["breaker"]["errors"] if facts else 0,
            last_error=facts["last_error"] if facts else None, hooks_off=tuple(facts["hooks_off"]) if facts else (),
            calls_running=facts["calls_running"] if facts else 0, calls_limit=self._registry.calls_limit,
            manifest_drift=running not in ("", code),
            capability_drift=tuple(whole.request.drift(decided.approvals)) if whole else (), schema_drift=(),
            capabilities=tuple(manifest.capabilities) if manifest else (),
            screens=plain.get("screens", ()), interfaces=plain.get("interfaces", ()), ui=plain.get("ui"),
            counters=facts["counters"] if facts else {}, nodes=nodes,
        )  # fmt: skip


def _asked(seen: Examined, decided: Decided) -> tuple[AskedItem, ...]:
    granted = seen.request.granted(decided.approvals)
    given = {one.item: one for one in decided.approvals}
    return tuple(
        AskedItem(
            item=item.label, kind=item.kind, name=item.name, terms=item.terms, approved=item in granted,
            approved_by=given[item].by if item in granted else None,
            approved_at=given[item].at if item in granted else None,
        )
        for item in seen.request.items
    )  # fmt: skip


def _state(facts: Facts | None, seen: Examined | Reason, decided: Decided) -> str:
    state = str(facts["state"]) if facts is not None else ""
    if isinstance(seen, Reason) and state not in ("running", "loading"):
        return "failed"
    if state:
        return state
    return "stopped" if decided.revision else "discovered"


def _reason(seen: Examined | Reason, facts: Facts | None) -> str | None:
    """Of what runs or should run; of one that does not: what is wrong with its files."""
    why = facts["failed_reason"] if facts else None
    if why is not None:
        return str(Reason(**why))
    return str(seen) if isinstance(seen, Reason) else None
