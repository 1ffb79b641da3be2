"""What the kernel adds to an operation: dispatch with no hook, with one, and a hook that nobody uses."""

from __future__ import annotations

import asyncio
from functools import partial

from attrs import frozen

from newel import PUBLIC, Call, hookimpl, operation, operations_of
from newel.context import SYSTEM
from newel.hooks.operations import operation_before_run
from newel.operations import Invocation, Operation
from newel.testing import make_app
from tests.bench.timing import best, best_async, row
from tests.kernel.plugins import plugin


@frozen(kw_only=True)
class Order:
    name: str
    size: int = 1


class Echo:
    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("echo.say", needs=PUBLIC)
    async def say(self, call: Call, order: Order) -> str:
        """Answers the name."""
        return order.name


class Watches:
    @hookimpl
    def operation_before_run(self, invocation: Invocation) -> None:
        return None


class WatchesAsync:
    @hookimpl
    async def operation_before_run(self, invocation: Invocation) -> None:
        return None


async def _nothing() -> None:
    return None


async def _measure() -> None:
    data = {"name": "x", "size": 2}
    async with make_app([plugin("echo", Echo)]) as app:
        call = app.call(SYSTEM, "bench")
        handler = app.operations.get("echo.say").handler
        order = Order(name="x")
        bare = await best_async(lambda: handler(call, order))
        none = await best_async(lambda: app.operations.run("echo.say", data, call))
        ready = await best_async(lambda: app.operations.run("echo.say", order, call))
        unused = await best_async(partial(app.hooks.fold, operation_before_run, None, call), 10_000)
        waited = await best_async(_nothing, 10_000)
        row("the handler alone", bare)
        row("dispatch, input structured, no hook (added)", none - bare, target="< 20")
        row("dispatch, input ready, no hook (added)", ready - bare)
        used = await asyncio.to_thread(best, partial(app.hooks.used, operation_before_run), 100_000)
        row("asking whether anybody implements a hook", used, target="< 0.2")
        row("a fold hook that nobody implements (added to an await)", unused - waited, target="< 0.2")
    for label, kind in (("plain", Watches), ("async", WatchesAsync)):
        async with make_app([plugin("echo", Echo), plugin("watches", kind)]) as app:
            call = app.call(SYSTEM, "bench")
            one = await best_async(lambda app=app, call=call: app.operations.run("echo.say", data, call))
            row(f"dispatch with one {label} fold hook (added)", one - bare, target="< 30")


def run() -> None:
    asyncio.run(_measure())
