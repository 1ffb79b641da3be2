"""E9.42: a scrape is cheap, however many ask and however dear a figure is."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from tests.builtin_plugins.metrics.guest import OPEN, Guest, Slow, read_text, scraped
from tests.kernel.plugins import plugin

from newel import hookimpl
from newel.contracts.site import Metric
from newel.errors import BootError
from newel.testing import FakeClock

pytestmark = [pytest.mark.engines(), pytest.mark.needs_plugin("http")]


async def test_many_scrapes_at_once_share_one_reading() -> None:
    """In each form, by whoever: figures are read once a second."""
    clock = FakeClock()
    async with scraped(Guest.manifest, clock=clock) as (app, client):
        guest = app.plugins["guest"]
        assert isinstance(guest, Guest)
        admin = client.signed_in("admin-token")
        asked = [one.get("/metrics", headers=form) for one in (client, admin) for form in ({}, OPEN) for _ in range(20)]
        answers = await asyncio.gather(*asked)
        assert {one.status for one in answers} == {200}
        assert guest.reads["words"] == 1
        await clock.advance(0.9)
        await client.get("/metrics")
        assert guest.reads["words"] == 1
        await clock.advance(0.2)
        await client.get("/metrics")
        assert guest.reads["words"] == 2


async def test_a_dear_figure_is_read_as_often_as_it_says_and_beside_the_scrape() -> None:
    clock = FakeClock()
    async with scraped(Guest.manifest, clock=clock) as (_, client):
        told = []
        for _ in range(5):
            families = read_text((await client.get("/metrics")).body)
            told.append(families["newel_guest_dear"].samples[0].value)
            await clock.advance(31)
        # The first scrape waits for it; a later one tells what is known, and the next one what was found meanwhile.
        assert told == [1.0, 1.0, 1.0, 2.0, 2.0]


async def test_a_figure_that_hangs_is_given_up_and_left_alone_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_metrics.reading.READ_SECONDS", 0.02)
    clock, log = FakeClock(), io.StringIO()
    async with scraped(Slow.manifest, clock=clock, log=log) as (app, client):
        guest = app.plugins["guest"]
        assert isinstance(guest, Slow)
        for _ in range(3):
            families = read_text((await client.get("/metrics")).body)
            assert "newel_guest_slow" not in families
            assert families["newel_guest_words"].samples[0].value == 3.0
            await clock.advance(2)
        assert (guest.reads["slow"], guest.reads["words"]) == (1, 3)
        guest.hangs.set()
        await clock.advance(61)
        families = read_text((await client.get("/metrics")).body)
        assert families["newel_guest_slow"].samples[0].value == 1.0
        assert log.getvalue().count("a figure could not be read") == 1


async def test_a_figure_that_cannot_be_stopped_is_waited_for_once_and_holds_no_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = asyncio.Event()
    begun: list[asyncio.Task[None] | None] = []

    class Deaf(Slow):
        async def slow(self) -> float:
            begun.append(asyncio.current_task())
            while not over.is_set():
                with suppress(asyncio.CancelledError):
                    await over.wait()
            return 1.0

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            try:
                yield
            finally:  # the door has closed by now
                over.set()
                await asyncio.wait([one for one in begun if one is not None])

    clock = FakeClock()
    monkeypatch.setattr("newel_metrics.reading.READ_SECONDS", 0.02)
    async with asyncio.timeout(10), scraped(plugin("guest", Deaf), clock=clock) as (_, client):
        assert "newel_guest_slow" not in read_text((await client.get("/metrics")).body)
        monkeypatch.setattr("newel_metrics.reading.READ_SECONDS", 60.0)
        await clock.advance(2)
        assert "newel_guest_words" in read_text((await client.get("/metrics")).body)
        monkeypatch.setattr("newel_metrics.reading.READ_SECONDS", 0.02)
    assert len(begun) == 1


class Double:
    @hookimpl
    def register_metrics(self) -> list[Metric]:
        return [Metric(name="guest_words_total", kind="counter", summary="Again.", read=lambda: 1.0)]


async def test_two_figures_of_one_name_are_refused_at_the_start() -> None:
    with pytest.raises(BootError, match="both bring a figure 'guest_words_total'"):
        async with scraped(Guest.manifest, plugin("other", Double)):
            raise AssertionError("it started")
