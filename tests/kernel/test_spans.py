"""Steps of traces, as the kernel tells them to whoever traces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
from tests.kernel.plugins import plugin

from newel import PUBLIC, SYSTEM, Call, NotFound, hookimpl, operation, operations_of
from newel.app import App
from newel.contracts.tracing import Tracing
from newel.operations import Operation
from newel.spans import SPAN, carried, first, outgoing, recorded, step
from newel.testing import make_app


class Step:
    """What is told, in order: ``+`` begins, ``-`` ends, with the kind of the error."""

    trace_id = "5" * 32
    carried = "00-x-y-01"

    def __init__(self, told: list[str], name: str, *, keeps: bool = True) -> None:
        self.told = told
        self.name = name
        self.keeps = keeps
        self.ended = False
        self.said: Mapping[str, Any] = {}
        told.append(f"+{name}")

    @property
    def recording(self) -> bool:
        return self.keeps and not self.ended

    def child(self, name: str, kind: str = "internal", facts: Mapping[str, Any] | None = None) -> Self:
        made = type(self)(self.told, name)
        made.said = facts or {}
        return made

    def outgoing(self, host: str) -> Mapping[str, str]:
        return {"traceparent": host}

    def end(self, error: BaseException | None = None) -> None:
        self.ended = True
        self.told.append(f"-{self.name}" + ("" if error is None else f" {type(error).__name__}"))


class Traces:
    """A tracer that keeps what it is told in ``told``."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.told: list[str] = []
        self.keeps = True

    def begin(self, name: str, kind: str, facts: Any = None, *, heard: Any = None, link: str = "") -> Step:
        return Step(self.told, name, keeps=self.keeps)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tracing: Any = self
        self.app.provide(Tracing, tracing)
        yield


class Acts:
    app: App
    left: asyncio.Task[Any]

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("acts.outer", needs=PUBLIC)
    async def outer(self, call: Call) -> None:
        """Runs the other one."""
        await self.app.operations.run("acts.inner", {}, call)

    @operation("acts.inner", needs=PUBLIC)
    async def inner(self, call: Call) -> None:
        """Leaves a task behind, and fails."""
        self.left = asyncio.create_task(self.later())
        raise NotFound("nothing")

    async def later(self) -> None:
        await asyncio.sleep(0)
        assert SPAN.get() is not None
        with step("of nobody"):
            assert (recorded(), carried()) == (None, "")
        with pytest.raises(NotFound):
            await self.app.operations.run("acts.inner", {}, self.app.call(SYSTEM, "test"))

    @hookimpl
    def operation_before_run(self) -> None:
        span = SPAN.get()
        assert span is not None
        assert recorded() in (span, None)


@asynccontextmanager
async def site() -> AsyncIterator[tuple[App, Any, Any]]:
    manifests = [plugin("traces", Traces, provides=(Tracing,)), plugin("acts", Acts)]
    async with make_app(manifests) as app:
        yield app, app.plugins["traces"], app.plugins["acts"]


async def run(app: App, name: str) -> None:
    with pytest.raises(NotFound):
        await app.operations.run(name, {}, app.call(SYSTEM, "test"))


async def test_operations_and_hooks_are_steps_of_each_other() -> None:
    """What a step leaves behind when it has ended belongs to no trace, so it begins one of its own."""
    async with site() as (app, traces, acts):
        await run(app, "acts.outer")
        assert traces.told == [
            "+acts.outer", "+operation_before_run", "-operation_before_run", "+acts.inner", "+operation_before_run",
            "-operation_before_run", "-acts.inner NotFound", "-acts.outer NotFound",
        ]  # fmt: skip
        assert SPAN.get() is None
        traces.told.clear()
        await acts.left
        assert traces.told[0] == "+acts.inner"
        acts.left.cancel()
        await asyncio.gather(acts.left, return_exceptions=True)


async def test_nothing_is_told_of_what_is_not_kept() -> None:
    async with site() as (app, traces, acts):
        traces.keeps = False
        await run(app, "acts.outer")
        acts.left.cancel()
        assert traces.told == ["+acts.outer", "-acts.outer NotFound"]


async def test_a_step_of_a_plugin() -> None:
    async with site() as (app, traces, _):
        with first(app, "work", link="") as work:
            assert (carried(), outgoing("here")) == ("00-x-y-01", {"traceparent": "here"})
            with step("part", facts=lambda: {"shop.rules": 3}) as part:
                assert isinstance(part, Step)
                assert part.said == {"shop.rules": 3}
                assert recorded() is part
            assert recorded() is work
        assert traces.told == ["+work", "+part", "-part", "-work"]


async def test_without_a_tracer_nothing_is_asked() -> None:
    async with make_app() as app:
        with first(app, "work") as work, step("part", facts=pytest.fail) as part:  # type: ignore[arg-type]  # not called
            assert (work, part, recorded(), carried(), outgoing("here")) == (None, None, None, "", {})
