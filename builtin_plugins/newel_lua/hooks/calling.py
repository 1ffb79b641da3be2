"""Which hooks are called, in which order, for how long, and what their failures mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn

from newel import Problem, Reject, Transient
from newel.errors import NewelError, PluginError
from newel_lua.faults import Busy, CallFailed, Exceeded, LuaError, Resting, TimedOut
from newel_lua.hooks.model import ANY, LuaHook

if TYPE_CHECKING:
    from newel import Call
    from newel_lua.config import LuaConfig
    from newel_lua.hooks.model import Caller
    from newel_lua.model import Kind, LuaValue

CHAIN = 4.8
"""Seconds for all before-hooks of one act: a little less than the kernel gives to all plugins."""
TRIES = 10
"""Each waits in line for as long as the host lets it (``lua.acquire_ms``)."""
LONGEST = 500
_CODE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class Calling:
    """Calls hooks and counts their failures."""

    def __init__(self, caller: Caller, config: LuaConfig) -> None:
        self._caller = caller
        self._config = config

    def matching(self, event: str, *tables: str, wildcard: bool = True) -> list[LuaHook]:
        """By priority, then those on a table before those on all, then as they were registered."""
        known = self._caller.hooks_for(event)
        if not known:
            return []
        found = [one for one in known if not one.off and (one.table in tables or (wildcard and one.table == ANY))]
        return sorted(found, key=lambda one: (one.priority, one.table == ANY))

    def budget(self) -> Budget:
        return Budget(monotonic() + CHAIN)

    async def call(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, *, budget: Budget | None = None
    ) -> LuaValue:
        """The hook's answer, without bytes. Raises ``CallFailed``; failures in a row switch it off."""
        seconds = self._config.seconds if budget is None else min(self._config.before_seconds, budget.left)
        try:
            if seconds <= 0:
                raise TimedOut("the hooks before it left no time")
            answer = clean(await self._patiently(hook, arguments, kind, call, seconds))
        except CallFailed as error:
            if refusal(error) is None:
                self._count(hook, error, kind)
            raise
        hook.aborts = 0
        return answer

    async def _patiently(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, seconds: float
    ) -> LuaValue:
        """Somebody waits for a before-hook, so it stands in line again where all calls of its plugin are in use."""
        for _ in range(0 if kind == "after" else TRIES - 1):
            with suppress(Busy):
                return await self._caller.call(hook, arguments, kind, call, seconds=seconds)
        return await self._caller.call(hook, arguments, kind, call, seconds=seconds)

    def _count(self, hook: LuaHook, error: CallFailed, kind: Kind) -> None:
        if isinstance(error, LuaError | Exceeded | TimedOut):
            hook.aborts += 1
            # After-hooks stand in nobody's way.
            hook.off = kind != "after" and hook.aborts >= self._config.hook_aborts
        self._caller.failed(hook, error)


class Budget:
    """The time that is left for a chain."""

    def __init__(self, ends: float) -> None:
        self._ends = ends

    @property
    def left(self) -> float:
        return self._ends - monotonic()


def refusal(error: CallFailed) -> dict[str, Any] | None:
    """What ``hooks.reject`` raised; ``None`` for any other failure."""
    value = clean(error.value) if isinstance(error, LuaError) else None
    return value if isinstance(value, dict) and value.get("rejected") is True else None


def refuse(hook: LuaHook, error: CallFailed, at: str) -> NoReturn:
    """A failed before-hook as its caller is told of it: a refusal with the plugin's words, without file and line."""
    polite = refusal(error)
    if polite is not None:
        raise rejection(hook, [polite], at) from None
    where = f"plugin '{hook.plugin}' in {hook.event}"
    if isinstance(error, LuaError):
        text = error.text[:LONGEST] or f"refused by the {where}"
        raise Reject(text, code="plugin_refused", extra={"plugin": hook.plugin}) from error
    if isinstance(error, Exceeded | TimedOut):
        what = "took too long" if isinstance(error, TimedOut) else "used more than it may"
        raise PluginError(f"the {where} {what}", plugin=hook.plugin, hook=hook.event) from error
    wait = error.retry_after if isinstance(error, Resting) else 1.0
    raise Transient(f"the {where} cannot be asked now", code="plugin_unavailable", retry_after=wait) from error


def rejection(hook: LuaHook, errors: Sequence[Any], at: str) -> NewelError:
    """From ``{field, code, message}`` tables. ``at``: the pointer of what holds the fields, such as ``/data``."""
    problems = []
    for one in errors[:50]:
        told = one if isinstance(one, dict) else {"message": one}
        field, code = told.get("field"), told.get("code")
        pointer = "" if not isinstance(field, str) or not field else f"{at}/{_escaped(field[:LONGEST])}"
        message = str(told.get("message") or "is not accepted")[:LONGEST]
        known = isinstance(code, str) and _CODE.fullmatch(code) is not None
        problems.append(Problem(pointer, str(code) if known else "rejected", message))
    detail = problems[0].detail if problems else "it is not accepted"
    return Reject(detail, problems=problems, extra={"plugin": hook.plugin})


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def clean(value: LuaValue) -> LuaValue:
    """A value with text in the place of bytes that are no UTF-8: nobody behind here takes those."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        return {key: clean(one) for key, one in value.items()}
    return value
