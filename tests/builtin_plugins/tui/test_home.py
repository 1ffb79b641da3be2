"""Home is made anew every few seconds: once for all who have the same rights, and sent where it changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.builtin_plugins.tui.support import Line, Site, site

from newel import Actor, Manifest, hookimpl
from newel.app import App
from newel.operations import Invocation
from newel.testing import FakeClock, actor
from newel_site.screens.board import AFTER_WRITE, REFRESH
from newel_tui.config import TuiConfig

pytestmark = [pytest.mark.needs_plugin("site", "jobs"), pytest.mark.engines("sqlite")]
HOME = TuiConfig(home="site/home")
PEOPLE = 8
LOOKER = ("site.read", "site.watch")


class Counting:
    manifest: ClassVar[Manifest] = Manifest(
        name="counting", summary="Counts operations.", load="tests.builtin_plugins.tui.test_home:Counting"
    )

    def __init__(self, app: App) -> None:
        self.runs = Counter[str]()

    @hookimpl
    def operation_around_run(self, invocation: Invocation) -> AbstractAsyncContextManager[None]:
        self.runs[invocation.operation.name] += 1
        return nullcontext()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Site]:
    plugins = ["database", "migrations", "site", "jobs"]
    given = {"database": {"url": "sqlite:///:memory:"}}
    async with site(*plugins, folder=tmp_path, clock=FakeClock(), others=[Counting.manifest], config=given) as made:
        yield made


def runs(house: Site) -> Counter[str]:
    counting: Any = house.app.plugins["counting"]
    return counting.runs


async def a_round(house: Site) -> None:
    """Home's time passes; returns when everybody waits for the next round."""
    clock: Any = house.clock
    waiting = clock.sleeping
    await clock.advance(REFRESH)
    while clock.sleeping < waiting:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)  # what is drawn is drawn by the loop's clock, and would be there by now


async def esc(house: Site, line: Line) -> None:
    """The key, which is one when no more comes."""
    clock: Any = house.clock
    waiting = clock.sleeping
    line.type("\x1b")
    while clock.sleeping == waiting:  # noqa: ASYNC110 - nobody tells of it
        await asyncio.sleep(0)
    await clock.advance(AFTER_WRITE)


async def act(house: Site, who: Actor) -> None:
    await house.app.operations.run("jobs.enqueue", {"kind": "jobs.clean"}, house.app.call(who, "test"))


@asynccontextmanager
async def seated(house: Site, *people: Actor) -> AsyncIterator[list[Line]]:
    lines = [Line() for _ in people]
    serving = [
        asyncio.create_task(house.serve(line, who, config=HOME)) for line, who in zip(lines, people, strict=True)
    ]
    try:
        for line in lines:
            await line.sees("Queue and backups")
        yield lines
    finally:
        for line in lines:
            line.hang_up()
        await asyncio.gather(*serving)


def people(*permissions: str) -> list[Actor]:
    return [actor(f"person{number}", *permissions) for number in range(PEOPLE)]


async def test_it_is_put_together_once_for_each_set_of_rights(house: Site) -> None:
    async with seated(house, *people("site.read"), *people(*LOOKER)):
        assert (runs(house)["site.overview"], runs(house)["site.health"]) == (2, 1)
        for rounds in (2, 3):
            await a_round(house)
            assert (runs(house)["site.overview"], runs(house)["site.health"]) == (2 * rounds, rounds)


async def test_nothing_is_sent_when_nothing_changed(house: Site) -> None:
    async with seated(house, *people(*LOOKER)) as lines:
        await a_round(house)
        before, asked = [len(line.writes) for line in lines], runs(house)["site.overview"]
        for _ in range(3):
            await a_round(house)
        assert runs(house)["site.overview"] == asked + 3
        assert [len(line.writes) for line in lines] == before
        await act(house, actor("admin"))
        await a_round(house)
        for line in lines:
            assert "1 waiting, 0 running" in line.text


async def test_who_comes_back_from_an_act_sees_it(house: Site) -> None:
    admin = actor("admin")
    async with seated(house, admin) as [line]:
        line.type("b")
        await line.sees("no job")
        clock: Any = house.clock
        await clock.advance(AFTER_WRITE)
        await act(house, admin)
        await esc(house, line)
        await line.sees("1 waiting, 0 running")


async def test_it_is_not_made_anew_where_another_screen_hides_it(house: Site) -> None:
    async with seated(house, actor("admin")) as [line]:
        line.type("b")
        await line.sees("no job")
        asked = runs(house)["site.overview"]
        for _ in range(3):
            await a_round(house)
        assert runs(house)["site.overview"] == asked
        await act(house, actor("admin"))
        await esc(house, line)
        await line.sees("1 waiting, 0 running")
        await a_round(house)
        assert runs(house)["site.overview"] > asked + 1, "its clock runs again"
