"""The five kinds of hook: order, answers, failures, deadlines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any

import pytest
from tests.kernel.plugins import plugin

from newel import calling, spec
from newel.app import App
from newel.context import SYSTEM, Call
from newel.errors import BootError, PluginError, Reject
from newel.spec import hookimpl, within
from newel.testing import FakeClock, HookCalls, make_app
from newel.testing.app import build_app


@spec.collect
def probe_collect() -> list[int]:  # type: ignore[empty-body]  # a declaration
    """Collects."""


@spec.first
def probe_first(subject: list[str], call: Call, app: App) -> str | None:
    """First."""


@spec.fold
def probe_fold(subject: tuple[str, ...], call: Call, app: App) -> tuple[str, ...] | None:
    """Folds."""


@spec.notify
def probe_notify(subject: list[str], call: Call, app: App) -> None:
    """Notifies."""


@spec.around
def probe_around(subject: list[str], call: Call, app: App) -> AbstractAsyncContextManager[None] | None:
    """Goes around."""


class Declares:
    @hookimpl
    def register_hookspecs(self) -> list[ModuleType]:
        return [sys.modules[__name__]]


DECLARES = plugin("declares", Declares)


def call_of(app: App) -> Call:
    return app.call(SYSTEM, "test")


class A:
    @hookimpl
    def probe_collect(self) -> list[int]:
        return [1, 2]

    @hookimpl
    async def probe_first(self, subject: list[str]) -> str | None:
        subject.append("a asked")
        await asyncio.sleep(0)
        return None

    @hookimpl
    async def probe_fold(self, subject: tuple[str, ...], app: App, call: Call) -> tuple[str, ...]:
        assert call.door == "test"
        await asyncio.sleep(0)
        return (*subject, "a", type(app).__name__)

    @hookimpl
    def probe_notify(self, subject: list[str]) -> None:
        subject.append("a")

    @hookimpl
    @asynccontextmanager
    async def probe_around(self, subject: list[str]) -> AsyncIterator[None]:
        subject.append("a in")
        yield
        subject.append("a out")


class B:
    @hookimpl
    def probe_collect(self) -> list[int]:
        return [3]

    @hookimpl
    def probe_first(self) -> str:
        return "b"

    @hookimpl
    def probe_fold(self, subject: tuple[str, ...]) -> tuple[str, ...]:
        return (*subject, "b")

    @hookimpl
    async def probe_notify(self, subject: list[str]) -> None:
        await asyncio.sleep(0)
        subject.append("b")

    @hookimpl
    def probe_around(self) -> None:
        return None


class C:
    @hookimpl
    def probe_fold(self) -> None:
        return None

    @hookimpl
    def probe_first(self) -> str:
        return "c"

    @hookimpl
    @asynccontextmanager
    async def probe_around(self, subject: list[str]) -> AsyncIterator[None]:
        subject.append("c in")
        yield
        subject.append("c out")


def three() -> list[Any]:
    return [DECLARES, plugin("a", A), plugin("b", B, after=("a",)), plugin("c", C, after=("b",))]


async def test_every_kind_in_order_of_need() -> None:
    async with make_app(three()) as app:
        call = call_of(app)
        assert app.collected(probe_collect) == [("a", 1), ("a", 2), ("b", 3)]
        asked: list[str] = []
        assert await app.hooks.first(probe_first, asked, call) == "b"
        assert asked == ["a asked"]
        assert await app.hooks.fold(probe_fold, ("x",), call) == ("x", "a", "App", "b")
        told: list[str] = []
        await app.hooks.notify(probe_notify, told, call)
        assert told == ["a", "b"]
        around: list[str] = []
        async with app.hooks.around(probe_around, around, call):
            around.append("body")
        assert around == ["a in", "c in", "body", "c out", "a out"]
        assert app.hooks.implementers(probe_fold) == ("a", "b", "c")


async def test_an_unused_hook_costs_nothing_and_changes_nothing() -> None:
    async with make_app([DECLARES]) as app:
        call, subject = call_of(app), ("x",)
        assert await app.hooks.fold(probe_fold, subject, call) is subject
        assert await app.hooks.first(probe_first, [], call) is None
        assert not app.hooks.used(probe_fold)


async def test_a_polite_refusal_goes_up_with_a_note() -> None:
    class Refuses:
        @hookimpl
        def probe_fold(self) -> None:
            raise Reject.field("/data/title", "bad", "no")

    async with make_app([DECLARES, plugin("refuses", Refuses)]) as app:
        with pytest.raises(Reject) as caught:
            await app.hooks.fold(probe_fold, (), call_of(app))
        assert caught.value.problems[0].pointer == "/data/title"
        assert caught.value.__notes__ == ["in plugin 'refuses', hook 'probe_fold'"]
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("kind", ["fold", "first", "around"])
async def test_a_failure_names_plugin_and_hook_and_hides_its_message(kind: str) -> None:
    def fails(self: Any) -> None:
        raise ValueError("the password is 123")

    fails.__name__ = f"probe_{kind}"
    broken = type("Broken", (), {f"probe_{kind}": hookimpl(fails)})
    async with make_app([DECLARES], others=[plugin("broken", broken)]) as app:
        with pytest.raises(PluginError) as caught:
            await _run(app, kind)
        assert (caught.value.plugin, caught.value.hook) == ("broken", f"probe_{kind}")
        assert "123" not in caught.value.detail
        assert isinstance(caught.value.__cause__, ValueError)


async def _run(app: App, kind: str) -> None:
    call = call_of(app)
    if kind == "fold":
        await app.hooks.fold(probe_fold, (), call)
    elif kind == "first":
        await app.hooks.first(probe_first, [], call)
    else:
        async with app.hooks.around(probe_around, [], call):
            pass


@pytest.mark.parametrize("kind", ["fold", "first"])
async def test_a_deadline_names_the_plugin(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(self: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setitem(calling.DEADLINES, kind, 0.01)
    hangs.__name__ = f"probe_{kind}"
    slow = type("Slow", (), {f"probe_{kind}": hookimpl(hangs)})
    async with make_app([DECLARES, plugin("slow", slow)]) as app:
        with pytest.raises(PluginError, match="plugin 'slow' took too long in probe_"):
            await _run(app, kind)


@pytest.mark.parametrize("kind", ["fold", "first"])
async def test_who_speaks_for_several_voices_may_take_longer(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(self: Any) -> None:
        await asyncio.sleep(0.005)

    async def hangs(self: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setitem(calling.DEADLINES, kind, 0.0)
    for function, seconds in ((slow, 4.0), (hangs, 0.01)):
        function.__name__ = f"probe_{kind}"
        host = type("Host", (), {f"probe_{kind}": hookimpl(within(seconds)(function))})
        async with make_app([DECLARES, plugin("host", host)]) as app:
            if seconds > 1:
                await _run(app, kind)
            else:
                with pytest.raises(PluginError, match="took too long"):
                    await _run(app, kind)


async def test_a_chain_has_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "CHAIN", 0.01)

    class Hangs:
        @hookimpl
        async def probe_fold(self) -> None:
            await asyncio.Event().wait()

    async with make_app([DECLARES, plugin("slow", Hangs)]) as app:
        with pytest.raises(PluginError):
            await app.hooks.fold(probe_fold, (), call_of(app))


async def test_notify_isolates_counts_and_pauses(clock: FakeClock) -> None:
    class Broken:
        @hookimpl
        def probe_notify(self, subject: list[str]) -> None:
            subject.append("broken asked")
            raise RuntimeError("boom")

    others = [plugin("broken", Broken), plugin("b", B, after=("broken",))]
    async with make_app([DECLARES], others=others, clock=clock) as app:
        call = call_of(app)
        told: list[str] = []
        for _ in range(calling.BREAKER_FAILURES + 2):
            await app.hooks.notify(probe_notify, told, call)
        assert told.count("b") == calling.BREAKER_FAILURES + 2
        assert told.count("broken asked") == calling.BREAKER_FAILURES
        health = app.hooks.health()["broken", "probe_notify"]
        assert (health.failures, health.total_failures) == (5, 5)
        assert [failure.lines() for failure in app.failures] == [
            (
                "plugin 'broken' failed at hook",
                "cause: probe_notify: RuntimeError: boom (test_calling.py:" + str(_line_of_boom()) + ")",
                "remedy: repair it (explicit), or run: newel plugins disable broken",
            )
        ]
        await clock.advance(calling.BREAKER_SECONDS + 1)
        await app.hooks.notify(probe_notify, told, call)
        assert told.count("broken asked") == calling.BREAKER_FAILURES + 1


async def test_one_plugin_alone_is_told_and_its_failure_is_raised_and_counted(clock: FakeClock) -> None:
    class Broken:
        @hookimpl
        def probe_notify(self, subject: list[str]) -> None:
            subject.append("broken asked")
            raise ValueError("bang")

    others = [plugin("broken", Broken), plugin("b", B, after=("broken",))]
    async with make_app([DECLARES], others=others, clock=clock) as app:
        call, told = call_of(app), list[str]()
        await app.hooks.tell("b", probe_notify, told, call)
        assert told == ["b"]
        for number in range(calling.BREAKER_FAILURES):
            assert app.hooks.paused("broken", "probe_notify") == 0, number
            with pytest.raises(PluginError):
                await app.hooks.tell("broken", probe_notify, told, call)
        assert app.hooks.paused("broken", "probe_notify") == calling.BREAKER_SECONDS
        assert app.hooks.paused("b", "probe_notify") == 0
        assert told.count("broken asked") == calling.BREAKER_FAILURES


def _line_of_boom() -> int:
    from pathlib import Path

    lines = Path(__file__).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if 'RuntimeError("boom")' in line)


@pytest.mark.parametrize(
    ("hook", "function", "told"),
    [
        ("probe_colect", lambda self: [], "there is no hook 'probe_colect'; did you mean 'probe_collect'?"),
        ("probe_collect", None, "must be a plain function"),
        ("probe_around", None, "must return an async context manager: put @asynccontextmanager below @hookimpl"),
    ],
)
def test_a_wrong_form_is_refused_with_the_right_one(
    hook: str, function: Callable[..., Any] | None, told: str, tmp_path: Any
) -> None:
    async def coroutine(self: Any) -> list[Any]:
        return []

    chosen: Any = function or coroutine
    chosen.__name__ = hook
    wrong = type("Wrong", (), {hook: hookimpl(chosen)})
    with pytest.raises(BootError, match=told.replace("?", r"\?")):
        build_app([DECLARES, plugin("wrong", wrong)], folder=tmp_path)


def test_wrappers_are_refused(tmp_path: Any) -> None:
    class Wraps:
        @hookimpl(wrapper=True)
        def probe_fold(self) -> Any:
            return (yield)

    with pytest.raises(BootError, match="use an 'around' hook"):
        build_app([DECLARES, plugin("wraps", Wraps)], folder=tmp_path)


async def test_the_kit_records_calls() -> None:
    async with make_app(three()) as app:
        calls = HookCalls(app)
        await app.hooks.fold(probe_fold, ("x",), call_of(app))
        assert calls.of(probe_fold, "a") == [("x",)]
        assert calls.of("probe_fold", "b") == [("x", "a", "App")]
        assert len(calls.of(probe_fold)) == 3
