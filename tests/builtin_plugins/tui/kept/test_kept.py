"""What is typed into a form and not sent outlives the session, for whoever typed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import frozen

from newel import ANONYMOUS, Unauthenticated
from newel.app import App
from newel.context import Actor
from newel.errors import Reject, TooLarge
from newel.testing import FakeClock, actor, make_app
from newel_tui.kept import service

DAY = 24 * 3600.0


@frozen
class Site:
    app: App
    clock: FakeClock

    async def run(self, verb: str, who: Actor, /, **order: Any) -> Any:
        return await self.app.operations.run(verb, order, self.app.call(who, "test"))

    async def values(self, who: Actor, key: str = "form") -> Any:
        return (await self.run("tui.kept.get", who, key=key)).values


@asynccontextmanager
async def started(**config: Any) -> AsyncIterator[Site]:
    clock = FakeClock()
    async with make_app(["database", "migrations", "audit", "tui"], {"tui": config}, clock=clock) as app:
        yield Site(app, clock)


ANN, BEN = actor("ann"), actor("ben")


async def test_each_person_keeps_and_drops_their_own() -> None:
    async with started() as site:
        await site.run("tui.kept.put", ANN, key="form", values={"title": "\N{GRINNING FACE} first"})
        await site.run("tui.kept.put", ANN, key="form", values={"title": "second"})
        assert await site.values(BEN) is None
        await site.run("tui.kept.put", BEN, key="form", values={"title": "ben's"})
        await site.run("tui.kept.drop", ANN, key="form")
        assert await site.values(ANN) is None
        assert await site.values(BEN) == {"title": "ben's"}


async def test_what_is_typed_is_not_in_the_audit_trail() -> None:
    async with started() as site:
        await site.run("tui.kept.put", ANN, key="form", values={"title": "x"})
        page = await site.app.operations.run("audit.list", {}, site.app.call(actor("root", everything=True), "test"))
        assert [one for one in page.data if one.operation.startswith("tui.kept")] == []


async def test_strangers_keep_nothing() -> None:
    async with started() as site:
        with pytest.raises(Unauthenticated):
            await site.run("tui.kept.put", ANONYMOUS, key="form", values={})


async def test_a_megabyte_is_kept_and_three_are_refused() -> None:
    async with started() as site:
        large = {"body": "é" * 700_000}
        await site.run("tui.kept.put", ANN, key="form", values=large)
        assert await site.values(ANN) == large
        with pytest.raises(TooLarge):
            await site.run("tui.kept.put", ANN, key="form", values={"body": "x" * 3_000_000})
        assert await site.values(ANN) == large
        with pytest.raises(Reject):
            await site.run("tui.kept.put", ANN, key="x" * 201, values={})


async def test_of_too_many_the_oldest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 2)
    async with started() as site:
        for number in range(4):
            await site.clock.advance(1)
            await site.run("tui.kept.put", ANN, key=f"form{number}", values={"n": number})
        assert [await site.values(ANN, f"form{number}") for number in range(4)] == [None, None, {"n": 2}, {"n": 3}]


async def test_after_its_days_it_is_gone() -> None:
    async with started(keep_days=2) as site:
        await site.run("tui.kept.put", ANN, key="old", values={"n": 1})
        await site.clock.advance(1.5 * DAY)
        await site.run("tui.kept.put", ANN, key="new", values={"n": 2})
        await site.clock.advance(DAY)
        for _ in range(200):  # the sweep runs beside; an engine answers when it does
            if await site.values(ANN, "old") is None:
                break
            await asyncio.sleep(0.01)
        assert await site.values(ANN, "old") is None
        assert await site.values(ANN, "new") == {"n": 2}
