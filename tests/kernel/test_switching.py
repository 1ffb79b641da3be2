"""Plugins come and go while the site runs; what fails leaves the site as it was; what cannot be says why."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Annotated, Any

import pytest
from attrs import frozen
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, Conflict, Manifest, NotFound, Offer, hookimpl, operation, operations_of
from newel import switching as module
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.audit import Audit
from newel.contracts.content import EntryEvent
from newel.contracts.http import Route
from newel.errors import NeedsRestart
from newel.hooks.content import content_after_publish
from newel.hooks.http import register_routes
from newel.operations import Operation
from newel.testing import make_app


class Promise: ...


@frozen(kw_only=True)
class Config:
    """The section."""

    word: Annotated[str, "A word."]


class Guest:
    """Greets, listens, and says what becomes of it."""

    log: list[str]
    name = "guest"

    def __init__(self, app: App, config: Config | None = None) -> None:
        self.app = app
        self.config = config
        self.hold = asyncio.Event()
        self.hold.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.log.append(f"{self.name} up")
        yield
        self.log.append(f"{self.name} down")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        self.log.append(f"{self.name} open")
        yield
        self.log.append(f"{self.name} shut")

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @hookimpl
    def content_after_publish(self, event: EntryEvent) -> None:
        self.log.append(f"{self.name} told")

    @operation("guest.greet", needs=PUBLIC)
    async def greet(self, call: Call) -> str:
        """Greets."""
        await self.hold.wait()
        return str(await self.app.operations.run("guest.word", {}, call))

    @operation("guest.word", needs=PUBLIC)
    async def word(self, call: Call) -> str:
        """Says a word."""
        return "hello"


@pytest.fixture
def log() -> list[str]:
    return []


def guest(log: list[str], kind: type[Any] = Guest, **details: Any) -> Manifest:
    names = {name: value for one in reversed(kind.__mro__[:-1]) for name, value in vars(one).items()}
    return plugin("guest", type("Guest", (kind,), names | {"log": log}), **details)


@asynccontextmanager
async def site(*others: Manifest, off: Sequence[str] = ("guest",), **more: Any) -> AsyncIterator[App]:
    """These, with the guest switched off."""
    config = {"plugins": {"disable": list(off)}} | more.pop("config", {})
    async with make_app(others=others, config=config, **more) as app:
        yield app


async def greeting(app: App) -> str:
    return str(await app.operations.run("guest.greet", {}, app.call(SYSTEM, "test")))


async def publish(app: App) -> None:
    event = EntryEvent(type="post", id="x", space="main", revision=1, locale="en")
    app.tell([(content_after_publish, event)], app.call(SYSTEM, "test"))
    await app.settle()


async def test_it_comes_with_all_it_brings_and_goes_with_it(log: list[str]) -> None:
    async with site(guest(log), serving=True) as app:
        with pytest.raises(NotFound):
            await greeting(app)
        await app.enable("guest")
        assert log == ["guest up", "guest open"]
        assert (await greeting(app), list(app.plugins), app.plan.order) == ("hello", ["guest"], ("guest",))
        await publish(app)
        assert log[2:] == ["guest told"]
        await app.disable("guest")
        assert log[3:] == ["guest shut", "guest down"]
        assert (app.plugins, app.manifests, app.disabled["guest"]) == ({}, {}, "switched off while the site runs")
        with pytest.raises(NotFound):
            await greeting(app)
        await publish(app)
        assert log[5:] == []
        await app.enable("guest")
        assert await greeting(app) == "hello"
    assert log[5:] == ["guest up", "guest open", "guest shut", "guest down"]


async def test_without_serving_its_door_stays_shut(log: list[str]) -> None:
    async with site(guest(log)) as app:
        await app.enable("guest")
        await app.enable("guest")
        assert log == ["guest up"]
        await app.disable("guest")
        await app.disable("guest")
    assert log == ["guest up", "guest down"]


async def test_hooks_are_called_in_the_order_of_need_whoever_came_last(log: list[str]) -> None:
    def listener(name: str) -> type[Any]:
        class Listens:
            @hookimpl
            def content_after_publish(self, event: EntryEvent) -> None:
                log.append(name)

        return Listens

    plugins = [guest(log, after=("a",)), plugin("a", listener("a")), plugin("z", listener("z"), after=("guest",))]
    async with site(*plugins) as app:
        await app.enable("guest")
        log.clear()
        await publish(app)
        assert log == ["a", "guest told", "z"]
        assert list(app.plugins) == ["a", "guest", "z"]


async def test_calls_inside_it_end_before_it_stops(log: list[str]) -> None:
    async with site(guest(log)) as app:
        await app.enable("guest")
        inside: Any = app.plugins["guest"]
        inside.hold.clear()
        running = asyncio.create_task(greeting(app))
        await asyncio.sleep(0)
        going = asyncio.create_task(app.disable("guest"))
        await asyncio.sleep(0)
        with pytest.raises(NotFound):
            await greeting(app)
        assert not going.done()
        assert log == ["guest up"]
        inside.hold.set()
        assert await running == "hello", "its own operations are there for those who are inside"
        await going
        assert log == ["guest up", "guest down"]


async def test_one_that_does_not_come_to_rest_stays(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.01)
    async with site(guest(log)) as app:
        await app.enable("guest")
        inside: Any = app.plugins["guest"]
        inside.hold.clear()
        running = asyncio.create_task(greeting(app))
        await asyncio.sleep(0)
        with pytest.raises(Conflict, match="'guest' is on still: 1 of its calls"):
            await app.disable("guest")
        inside.hold.set()
        assert (await running, await greeting(app)) == ("hello", "hello")
        await publish(app)
    assert log == ["guest up", "guest told", "guest down"]


class BadStart(Guest):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        raise ConnectionError("refused")
        yield


class BadDoor(Guest):
    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        raise ConnectionError("refused")
        yield


class BadHook(Guest):
    @hookimpl
    def content_before_lunch(self) -> None: ...


class BadOperations(Guest):
    @hookimpl
    def register_operations(self) -> list[Operation]:
        return ["greet"]  # type: ignore[list-item]  # that is what is bad


@pytest.mark.parametrize(
    ("kind", "details", "told"),
    [
        (BadStart, {}, "plugin 'guest' failed at start: ConnectionError: refused"),
        (BadDoor, {}, "plugin 'guest' failed at start: ConnectionError: refused"),
        (BadHook, {}, "plugin 'guest' failed at collect: guest: there is no hook 'content_before_lunch'"),
        (BadOperations, {}, "plugin 'guest' failed at collect: register_operations answered 'greet'"),
        (Guest, {"newel": ">=7"}, "plugin 'guest' failed at manifest: ValueError: it is made for Newel >=7"),
        (Guest, {"config": Config}, "plugin 'guest' failed at config: guest.word: "),
        (Guest, {"needs": (Promise,)}, "guest needs Promise, which no plugin that runs provides"),
    ],
)
async def test_one_that_fails_leaves_the_site_as_it_was(
    kind: type[Any], details: dict[str, Any], told: str, log: list[str]
) -> None:
    out = io.StringIO()
    async with site(guest(log, kind, **details), plugin("other"), serving=True, log=out) as app:
        before = list(app.plugins), list(app.manifests), app.plan, list(app.operations), app.failures
        with pytest.raises(Conflict) as caught:
            await app.enable("guest")
        assert caught.value.detail.startswith(told)
        assert (list(app.plugins), list(app.manifests), app.plan, list(app.operations), app.failures) == before
        assert "guest" in app.disabled
        await publish(app)
    assert [one for one in log if one not in ("guest up", "guest down")] == []
    assert log.count("guest up") == log.count("guest down")


async def test_a_fault_that_is_repaired_is_read_again(log: list[str]) -> None:
    async with site(guest(log, config=Config), config={"guest": {"word": 7}}) as app:
        with pytest.raises(Conflict, match=r"failed at config: guest\.word"):
            await app.enable("guest")
        layers = app.configuration.layers
        app.reread = lambda file: type(layers)({**layers.values, "guest": {"word": "well"}}, layers.origins)
        await app.enable("guest")
        made: Any = app.plugins["guest"]
        assert made.config == Config(word="well")


class Asks:
    """Looks at routes when it starts, and never again."""

    app: App

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.collected(register_routes)
        yield


class Follows(Asks):
    def __init__(self, app: App) -> None:
        self.app, self.seen = app, 0
        app.follow(self.look, register_routes)

    def look(self) -> None:
        self.seen += 1


class Objects(Follows):
    def look(self) -> None:
        if "guest" in self.app.plugins:
            raise ValueError("not this one")


class Routes(Guest):
    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return ()


class OnlyRoutes:
    @hookimpl
    def register_routes(self) -> Sequence[Route]:
        return ()


class Declares(Guest):
    @hookimpl
    def register_hookspecs(self) -> Sequence[ModuleType]:
        return ()


class Listens(Guest):
    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        yield


class Provides(Guest):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.app.provide(Promise, Promise())
        yield


REASONS: list[tuple[type[Any], dict[str, Any], tuple[type[Any], dict[str, Any]], str]] = [
    (Provides, {"provides": (Promise,)}, (Guest, {"wants": (Promise,)}), "other uses Promise"),
    (Guest, {"provides": (Audit,)}, (Asks, {}), "every operation uses Audit"),
    (Declares, {}, (Asks, {}), "it declares hooks of its own"),
    (Listens, {}, (Asks, {}), "it is there before the site starts"),
    (Routes, {}, (Asks, {}), "register_routes is asked once, when the site boots"),
]


@pytest.mark.parametrize("off", [True, False], ids=["comes", "goes"])
@pytest.mark.parametrize(("kind", "details", "other", "why"), REASONS, ids=[one[-1] for one in REASONS])
async def test_what_others_looked_at_once_needs_a_restart(
    kind: type[Any], details: dict[str, Any], other: tuple[type[Any], dict[str, Any]], why: str, off: bool,
    log: list[str],
) -> None:  # fmt: skip
    class Other(other[0]):  # type: ignore[misc]  # a base from the table
        name = "other"
        register_operations = content_after_publish = None

    Other.log = log
    one, two = guest(log, kind, **details), plugin("other", Other, **other[1])
    async with site(one, two, off=("guest",) if off else ()) as app:
        log.clear()
        with pytest.raises(NeedsRestart) as caught:
            await (app.enable if off else app.disable)("guest")
        assert caught.value.detail == f"needs restart: {why}"
        assert ("guest" in app.plugins) is not off
        if not off:
            assert app.switching.obstacle("guest") == caught.value.detail
        assert log == []


async def test_who_provides_what_another_needs_stays(log: list[str]) -> None:
    async with site(guest(log, Provides, provides=(Promise,)), plugin("leans", needs=(Promise,)), off=()) as app:
        with pytest.raises(NeedsRestart, match="needs restart: leans needs Promise"):
            await app.disable("guest")
        await app.disable("leans")
        await app.disable("guest")
        assert app.find(Promise) is None
        await app.enable("guest")
        await app.enable("leans")
        assert app.find(Promise) is not None


async def test_an_engine_is_chosen_by_a_setting(log: list[str]) -> None:
    offers = Offer(Promise, "plugins.dir", ("x",))
    async with site(guest(log, provides=(offers,))) as app:
        with pytest.raises(Conflict, match=r"plugins\.dir chooses who provides Promise"):
            await app.enable("guest")


async def test_whoever_follows_is_told_and_may_object(log: list[str]) -> None:
    async with site(guest(log, Routes), plugin("follows", Follows)) as app:
        follows: Any = app.plugins["follows"]
        await app.enable("guest")
        await app.disable("guest")
        assert follows.seen == 2
    async with site(guest(log, Routes), plugin("objects", Objects)) as app:
        log.clear()
        with pytest.raises(Conflict, match="failed at start: ValueError: not this one"):
            await app.enable("guest")
        assert (list(app.plugins), log) == (["objects"], ["guest up", "guest down"])


async def test_who_is_gone_is_told_no_more(log: list[str]) -> None:
    seen: list[str] = []

    class Late(Guest):
        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            self.app.follow(lambda: seen.append("told"), register_routes)
            yield

    async with site(guest(log, Late), plugin("other", OnlyRoutes), off=("other",)) as app:
        await app.enable("other")
        assert seen == ["told"]
        await app.disable("guest")
        seen.clear()
        await app.disable("other")
        assert seen == []
        await app.enable("guest")
        seen.clear()
        await app.enable("other")
        assert seen == ["told"]


async def test_a_required_one_stays_on(log: list[str]) -> None:
    async with site(guest(log), off=(), config={"plugins": {"required": ["guest"]}}) as app:
        with pytest.raises(Conflict, match="'guest' is required"):
            await app.disable("guest")
        assert "guest" in app.plugins


async def test_nobody_switches_off_what_he_stands_in(log: list[str]) -> None:
    class Suicidal(Guest):
        @operation("guest.word", needs=PUBLIC)
        async def word(self, call: Call) -> str:
            """Tries."""
            await self.app.disable("guest")
            return "gone"

    async with site(guest(log, Suicidal), off=()) as app:
        with pytest.raises(NeedsRestart, match="'guest' takes part in this very call"):
            await greeting(app)
        assert "guest" in app.plugins


async def test_only_a_site_that_runs_is_switched(log: list[str]) -> None:
    async with site(guest(log)) as app:
        with pytest.raises(NotFound, match="there is no plugin 'gost'"):
            await app.enable("gost")
    with pytest.raises(Conflict, match="the site is starting or stopping"):
        await app.enable("guest")


async def test_one_that_stops_badly_is_out_all_the_same(log: list[str]) -> None:
    class BadStop(Guest):
        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            yield
            raise OSError("stuck")

    out = io.StringIO()
    async with site(guest(log, BadStop), off=(), log=out) as app:
        await app.disable("guest")
        assert "guest" not in app.plugins
    assert "stuck" in out.getvalue()


async def test_a_failure_is_forgiven_when_it_comes_back(log: list[str]) -> None:
    fails = [True]

    class Shaky(Guest):
        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            if fails:
                raise ConnectionError("refused")
            yield

    seen: list[int] = []
    async with site(guest(log, Shaky), off=()) as app:
        assert [one.stage for one in app.failures] == ["start"]
        app.failure_observers.append(lambda failures: seen.append(len(failures)))
        fails.clear()
        await app.enable("guest")
        assert (app.failures, seen, list(app.plugins)) == ([], [0], ["guest"])


async def test_what_dies_inside_its_task_group_is_told(log: list[str]) -> None:
    class Groups(Guest):
        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.die())
                yield

        async def die(self) -> None:
            await self.hold.wait()
            raise LookupError("lost")

    async with site(guest(log, Groups)) as app:
        await app.enable("guest")
        for _ in range(5):
            await asyncio.sleep(0)
        assert [(one.plugin, one.stage, one.cause.partition(" (")[0]) for one in app.failures] == [
            ("guest", "run", "LookupError: lost")
        ]
        await app.disable("guest")
        assert app.failures == []
