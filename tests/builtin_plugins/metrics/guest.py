"""A plugin whose figures are odd, and ways to read a page as Prometheus does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.site import Metric, Spread
from newel.testing import Client, FakeAccounts, make_app

TOKEN = "a-token-of-the-scraper"
OPEN = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Guest:
    """``reads`` counts how often each figure was asked for."""

    manifest = Manifest(name="guest", summary="Is measured.", load="tests.builtin_plugins.metrics.guest:Guest")

    def __init__(self, app: App) -> None:
        self._app = app
        self.reads: dict[str, int] = {}
        self.hangs = asyncio.Event()
        self.broken = False

    def _count(self, name: str) -> None:
        self.reads[name] = self.reads.get(name, 0) + 1

    def words(self) -> float:
        self._count("words")
        return 3.0

    async def dear(self) -> float:
        self._count("dear")
        if self.broken:
            raise RuntimeError("password=hunter2")
        return float(self.reads["dear"])

    async def slow(self) -> float:
        self._count("slow")
        await self.hangs.wait()
        return 1.0

    def ends(self) -> float:
        raise SystemExit(1)

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        odd: Any = {"text": "many", "nothing": None}
        return [
            Metric(name="guest_words_total", kind="counter", summary="Words,\nand \\ \"more\".", read=self.words),
            Metric(name="guest_spoken", kind="counter", unit="seconds", summary="No suffixes.", read=lambda: 2.0),
            Metric(name="guest_dear", summary="Dear.", every=60.0, read=self.dear),
            Metric(name="guest_ends", summary="Leaves.", read=self.ends),
            Metric(name="guest_text", summary="No number.", read=lambda: odd["text"]),
            Metric(name="guest_nothing", summary="Nothing.", read=lambda: odd["nothing"]),
            Metric(name="guest_infinite", summary="Has no end.", read=lambda: float("inf")),
            Metric(
                name="guest_rooms", label="room", summary="Many.",
                read=lambda: {f"room {number}": float(number) for number in range(5000)},
            ),
            Metric(
                name="guest_names", label="the name", summary="Strange.",
                read=lambda: {'a "quoted"\n\\ line': 1.0, "\udc80\u2028é": 2.0, "x" * 9000: 3.0, "x" * 9001: 4.0},
            ),
            Metric(
                name="guest_pairs", labels=("le", "b"), summary="Two labels.",
                read=lambda: {(str(number), "y"): 1.0 for number in range(2000)},
            ),
            Metric(name="guest_short", labels=("a", "b"), summary="One missing.", read=lambda: {("a",): 1.0}),
            Metric(
                name="guest_took_seconds", kind="histogram", unit="seconds", bounds=(0.1, 1.0), summary="Spread.",
                read=lambda: Spread(counts=(3, 2, 1), sum=4.5),
            ),
            Metric(
                name="guest_torn_seconds", kind="histogram", unit="seconds", bounds=(0.1, 1.0), summary="Torn.",
                read=lambda: Spread(counts=(3, 2), sum=4.5),
            ),
            Metric(name="guest_took_seconds_count", summary="Has a name that is taken.", read=lambda: 9.0),
        ]  # fmt: skip


class Slow(Guest):
    """One figure never comes."""

    manifest = Manifest(name="guest", summary="Is slow.", load="tests.builtin_plugins.metrics.guest:Slow")

    @hookimpl
    def register_metrics(self) -> Sequence[Metric]:
        return [
            Metric(name="guest_slow", summary="Slow.", read=self.slow),
            Metric(name="guest_words_total", kind="counter", summary="Words.", read=self.words),
        ]


@asynccontextmanager
async def scraped(*others: Any, token: str | None = TOKEN, **options: Any) -> AsyncIterator[tuple[App, Client]]:
    """A site and a client that may scrape."""
    plugins = ["http", FakeAccounts.manifest, "metrics", *options.pop("plugins", ())]
    config = {"metrics": {"token": TOKEN}, **options.pop("config", {})}
    async with (
        make_app(plugins, config, others=others, serving=True, **options) as app,
        Client.of(app, token) as client,
    ):
        yield app, client


def samples_of(families: Mapping[str, Family]) -> Samples:
    return {
        (one.name, frozenset(one.labels.items())): one.value for family in families.values() for one in family.samples
    }


def read_text(text: bytes) -> dict[str, Family]:
    """As an old Prometheus reads it. Two samples of one name and labels are an error there."""
    return _by_name(list(text_families(text.decode())))


def read_open(text: bytes) -> dict[str, Family]:
    """As OpenMetrics are read: strictly."""
    assert text.endswith(b"# EOF\n")
    return _by_name(list(open_families(text.decode())))


def _by_name(families: list[Family]) -> dict[str, Family]:
    found = {one.name: one for one in families}
    assert len(found) == len(families)
    seen = [(one.name, frozenset(one.labels.items())) for family in families for one in family.samples]
    assert len(seen) == len(set(seen))
    return found
