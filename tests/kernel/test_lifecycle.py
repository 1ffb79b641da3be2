"""Start in order, stop in reverse, gather errors; events are told after the commit."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.kernel.plugins import plugin

from newel import Call, hookimpl
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.content import EntryEvent
from newel.errors import BootError
from newel.hooks.content import content_after_publish
from newel.testing import make_app


class Promise: ...


def life(name: str, log: list[str], fail: str = "") -> type[Any]:
    class Life:
        def __init__(self, app: App) -> None:
            self.app = app

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            if fail == "start":
                raise ConnectionError("refused")
            log.append(f"{name} up")
            yield
            log.append(f"{name} down")
            if fail == "stop":
                raise OSError(f"{name} cannot stop")

        @asynccontextmanager
        async def serving(self) -> AsyncIterator[None]:
            log.append(f"{name} open")
            yield
            log.append(f"{name} shut")

    return Life


async def test_start_in_order_open_then_shut_then_stop_in_reverse() -> None:
    log: list[str] = []
    plugins = [plugin("a", life("a", log)), plugin("b", life("b", log), after=("a",))]
    async with make_app(plugins, serving=True) as app:
        assert app.ready()
        log.append("serving")
    assert not app.ready()
    assert log == ["a up", "b up", "a open", "b open", "serving", "b shut", "a shut", "b down", "a down"]


async def test_without_serving_no_door_opens() -> None:
    log: list[str] = []
    async with make_app([plugin("a", life("a", log))]):
        pass
    assert log == ["a up", "a down"]


async def test_errors_of_stopping_are_gathered_and_all_stop() -> None:
    log: list[str] = []
    plugins = [plugin(name, life(name, log, "stop")) for name in "ab"]
    with pytest.raises(ExceptionGroup) as caught:
        async with make_app(plugins):
            pass
    assert sorted(str(error) for error in caught.value.exceptions) == ["a cannot stop", "b cannot stop"]
    assert log[-2:] == ["b down", "a down"]


async def test_a_failing_start_of_others_is_told_and_the_rest_serves() -> None:
    log: list[str] = []
    out = io.StringIO()
    others = [
        plugin("bad", life("bad", log, "start"), provides=(Promise,)),
        plugin("leans", life("leans", log), needs=(Promise,)),
    ]
    async with make_app([plugin("good", life("good", log))], others=others, log=out) as app:
        assert list(app.plugins) == ["good"]
        assert [(failure.plugin, failure.stage) for failure in app.failures] == [("bad", "start"), ("leans", "start")]
        assert "ConnectionError: refused" in out.getvalue()
        assert "Promise is gone with 'bad'" in app.failures[1].cause
    assert log == ["good up", "good down"]


async def test_a_failing_start_of_ours_stops_all() -> None:
    log: list[str] = []
    with pytest.raises(BootError, match="plugin 'z' failed at start"):
        async with make_app([plugin("a", life("a", log)), plugin("z", life("z", log, "start"))]):
            pass
    assert log == ["a up", "a down"]


async def test_a_promise_must_be_in_the_manifest_and_inside_running() -> None:
    class Provides:
        def __init__(self, app: App) -> None:
            self.app = app

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            self.app.provide(Promise, Promise())
            yield

    with pytest.raises(BootError, match="its manifest does not say so"):
        async with make_app([plugin("p", Provides)]):
            pass
    async with make_app([plugin("p", Provides, provides=(Promise,))]) as app:
        assert isinstance(app.need(Promise), Promise)
        with pytest.raises(RuntimeError, match="before its yield"):
            app.provide(Promise, Promise())
    with pytest.raises(BootError, match="nobody provides Promise yet"):
        app.need(Promise)


async def test_events_are_told_in_order_and_what_is_queued_is_told_before_the_end() -> None:
    told: list[int] = []

    class Listens:
        @hookimpl
        async def content_after_publish(self, event: EntryEvent, call: Call) -> None:
            assert call.work is None
            told.append(event.revision)

    def event(number: int) -> EntryEvent:
        return EntryEvent(type="post", id="x", space="main", revision=number, locale="en")

    async with make_app([plugin("listens", Listens)]) as app:
        call = app.call(SYSTEM, "test")
        app.tell([(content_after_publish, event(1)), (content_after_publish, event(2))], call)
        await app.settle()
        assert told == [1, 2]
        app.tell([(content_after_publish, event(3))], call)
    assert told == [1, 2, 3]
