"""The doors of hooks with a fake behind them, for what real plugins do too seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define

from newel import SYSTEM, Call
from newel.app import App
from newel.contracts.content import EntryDraft, EntryEvent
from newel_lua.config import LuaConfig
from newel_lua.faults import CallFailed, LuaError
from newel_lua.hooks.doors import Doors
from newel_lua.hooks.model import LuaHook
from newel_lua.model import Kind, LuaValue

Answer = Callable[..., Any]
ERROR = LuaError("lib/rules.lua:7: no such colour")


@define
class Fake:
    """Hooks that answer, or raise, what a test says."""

    hooks: list[LuaHook]
    failures: list[tuple[str, bool]]
    seconds: list[float]
    kinds: list[Kind]

    @classmethod
    def of(cls, *hooks: tuple[str, str, Answer]) -> Fake:
        made = [LuaHook(plugin="shop", event=event, table=table, handle=answer) for event, table, answer in hooks]
        return cls(made, [], [], [])

    def hooks_for(self, event: str) -> Sequence[LuaHook]:
        return [one for one in self.hooks if one.event == event]

    async def call(
        self, hook: LuaHook, arguments: Sequence[LuaValue], kind: Kind, call: Call, *, seconds: float
    ) -> LuaValue:
        self.seconds.append(seconds)
        self.kinds.append(kind)
        answer = hook.handle(*arguments)
        return await answer if asyncio.iscoroutine(answer) else answer

    def failed(self, hook: LuaHook, error: CallFailed) -> None:
        self.failures.append((type(error).__name__, hook.off))


def raising(error: Exception) -> Answer:
    def answer(*_: Any) -> Any:
        raise error

    return answer


DRAFT = EntryDraft(type="post", id="e1", created=True, locale="en", data={"title": "A", "tags": None}, before=None)


class House:
    """The doors, with a fake behind them."""

    def __init__(self, app: App, fake: Fake) -> None:
        self.doors = Doors()
        self.doors.open_hooks(app, LuaConfig(), fake)
        self.call = app.call(SYSTEM, "test", event="e-1")

    async def save(self, draft: EntryDraft = DRAFT) -> EntryDraft | None:
        return await self.doors.content_before_save(draft, self.call)


EVENT = EntryEvent(type="post", id="e1", space="main", revision=1, locale="en")
