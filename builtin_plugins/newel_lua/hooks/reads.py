"""Hooks on reads of delivery: answers in our place, state from before to after, headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from attrs import evolve

from newel.contracts.delivery import DeliveryAnswer, DeliveryRead, DeliverySent
from newel.errors import PluginError, Transient
from newel_lua.compat.entries import content_data, with_fields
from newel_lua.faults import CallFailed, Exceeded, LuaError, TimedOut
from newel_lua.hooks.model import ENTRIES

if TYPE_CHECKING:
    from newel import Call
    from newel_lua.hooks.calling import Calling
    from newel_lua.hooks.model import LuaHook

READS = (ENTRIES, "content", "routes")
"""Tables that stand for all reads."""
PRIVATE = "private, no-cache"
KEPT = "lua"
BLOCKED = re.compile(
    r"access-control-.*|set-cookie|transfer-encoding|content-(length|type|encoding|range)|host|connection|etag|server|"
    r"strict-transport-security|content-security-policy|x-(content-type-options|frame-options|request-id)"
)
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e\t]{0,4000}")
HEADERS = 50
LARGEST = 1 << 20
"""Bytes of an answer that hooks are shown as data."""


class Reads:
    """``before_read`` and ``after_read``."""

    def __init__(self, calling: Calling) -> None:
        self._calling = calling

    async def before(self, read: DeliveryRead, call: Call) -> DeliveryAnswer | None:
        """The first answer of a hook. One that fails gives nothing away: raises ``PluginError``, ``Transient``."""
        hooks = self._calling.matching("before_read", *READS, *read.types, wildcard=False)
        if not hooks:
            return None
        budget, kept = self._calling.budget(), read.kept.setdefault(KEPT, {"state": {}, "private": False})
        row = _row(read, call)
        for hook in hooks:
            given = row | {"_table": ENTRIES, "_event": "before_read"}
            try:
                answer = await self._calling.call(hook, [given], "read", call, budget=budget)
            except CallFailed as error:
                raise _failed(hook, error) from error
            told: Mapping[str, Any] = answer if isinstance(answer, dict) else {}
            if told.get("status") is not None or told.get("json") is not None:
                return _answer(hook, told)
            state = {name: value for name, value in told.items() if name.startswith("_")}
            kept["state"].setdefault(hook.plugin, {}).update(state)
            # What it let pass, it may have let pass for this reader only.
            kept["private"] = kept["private"] or told.get("shared") is not True
        return None

    async def after(self, sent: DeliverySent, call: Call) -> DeliverySent | None:
        """The answer with the headers of hooks. One that fails adds none; it is reported."""
        kept = sent.read.kept.get(KEPT, {"state": {}, "private": False})
        hooks = self._calling.matching("after_read", *READS, *sent.read.types, wildcard=False)
        if not hooks and not kept["private"]:
            return None
        more: dict[str, str] = {"Cache-Control": PRIVATE} if kept["private"] else {}
        budget, row = self._calling.budget(), _row(sent.read, call) if hooks else {}
        for hook in hooks:
            state = kept["state"].get(hook.plugin, {})
            given = {**row, **state, "_table": ENTRIES, "_event": "after_read"}
            try:
                answer = await self._calling.call(hook, [given, state], "read", call, budget=budget)
            except CallFailed:  # counted and reported
                more["Cache-Control"] = PRIVATE
                continue
            more |= _headers(answer.get("headers") if isinstance(answer, dict) else None)
        return evolve(sent, headers={**sent.headers, **more}) if more else None


def _row(read: DeliveryRead, call: Call) -> dict[str, Any]:
    """What is read: the request, and where it is about one entry that entry, in their names and ours."""
    row: dict[str, Any] = {}
    if read.body and len(read.body) <= LARGEST and read.kind in ("page", "one", "single"):
        answer = orjson.loads(read.body)
        row = with_fields(content_data(answer)) if "id" in answer else {}
    slug = f"/{read.key}" if read.kind == "page" else read.key
    return {"locale": read.locale, "path": slug if read.kind == "page" else None} | row | {
        "kind": read.kind, "request_path": read.path, "slug": slug,
        "key": read.key, "query": dict(read.query), "headers": dict(read.headers), "found": read.found,
        "types": list(read.types), "entries": list(read.entries),
        "actor": {"kind": call.actor.kind, "id": call.actor.id, "name": call.actor.name},
    }  # fmt: skip


def _answer(hook: LuaHook, told: Mapping[str, Any]) -> DeliveryAnswer:
    status = told.get("status", 200)
    if isinstance(status, float) and status.is_integer():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise PluginError(f"plugin '{hook.plugin}' answered no HTTP status", plugin=hook.plugin, hook=hook.event)
    return DeliveryAnswer(status=status, headers=_headers(told.get("headers")), json=told.get("json"))


def _headers(given: Any) -> dict[str, str]:
    """Those that a plugin may set, by their lower-case names; others are left out."""
    if not isinstance(given, dict):
        return {}
    found = {}
    for name, value in list(given.items())[:HEADERS]:
        text = str(value) if isinstance(value, str | int | float) else ""
        if _NAME.fullmatch(name) and _VALUE.fullmatch(text) and not BLOCKED.fullmatch(name.lower()):
            found["Cache-Control" if name.lower() == "cache-control" else name.lower()] = text
    return found


def _failed(hook: LuaHook, error: CallFailed) -> Exception:
    if isinstance(error, LuaError | Exceeded | TimedOut):
        detail = f"plugin '{hook.plugin}' failed in {hook.event}"
        return PluginError(detail, plugin=hook.plugin, hook=hook.event)
    return Transient(f"plugin '{hook.plugin}' cannot be asked now", code="plugin_unavailable")
