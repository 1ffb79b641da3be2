"""Pages of 25 on each engine, at growing numbers of published entries: statements, milliseconds, and how they grow.

``python -m tests.bench.lists --engines sqlite,postgres --sizes 10000,100000,1000000`` picks; a million take minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

from newel.contracts.content import Content, ListQuery
from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench.timing import best_async
from tests.builtin_plugins.content.seeding import Seed, seed, watched
from tests.builtin_plugins.content.site import Site, field
from tests.engines import ENGINES, Servers, missing

SIZES = (10_000, 100_000)
TARGET = 1.5
Figures = dict[str, tuple[int, float]]
QUERIES: dict[str, dict[str, Any]] = {
    "default order": {},
    "by id": {"sort": ("id",)},
    "by position": {"sort": ("position",)},
    "by title": {"sort": ("title",)},
    "by title, downwards": {"sort": ("-title",)},
    "by number, then title": {"sort": ("number", "title")},
    "of one code": {"filter": {"code": {"_eq": "c7"}}},
    "of one half, default order": {"filter": {"half": {"_eq": True}}},
    "of one half, by title": {"filter": {"half": {"_eq": True}}, "sort": ("title",)},
    "from a number on, by number": {"filter": {"number": {"_gte": 500}}, "sort": ("number",)},
    "and the exact count": {"count": "exact"},
}
RENEW = {
    "sqlite": ("ANALYZE",),
    "postgresql": ("VACUUM ANALYZE",),  # lists read indexes only, where the server knows which rows all can see
    "mysql": tuple(f"ANALYZE TABLE content_{name}" for name in ("entries", "published", "versions", "index", "routes")),
}


async def _fill(site: Site, count: int) -> None:
    await site.type(
        "item",
        field("title", indexed=True),
        field("code", indexed=True),
        field("number", "integer", indexed=True),
        field("half", "boolean", indexed=True),
        field("text", "markdown"),
    )
    catalogue = await site.store.catalogue.load(site.store.db)
    items = (
        Seed(
            shared={
                "title": f"title {number * 7919 % count:07}", "code": f"c{number % (count // 100)}",
                "number": None if number % 10 == 0 else number % 1000, "half": number % 2 == 0,
                "text": "One step after another. " * 8,
            },
            published={"en": {}}, at=number, first=number,
        )
        for number in range(count)
    )  # fmt: skip
    await seed(site.store, catalogue.model("item"), catalogue, items)
    for statement in RENEW[site.store.db.dialect]:
        await site.store.db.fetch_all(statement)


async def _measure(plugin: str, url: str, count: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        config = {"database": {"url": url.format(folder=folder)}}
        async with make_app([plugin, "migrations", "content"], config, folder=Path(folder)) as app:
            begun = perf_counter()
            await _fill(Site(app), count)
            took, size = perf_counter() - begun, await app.need(Database).size() / 1e6
            print(f"  {plugin}: {count:,} entries seeded in {took:.0f} s, {size:,.0f} MB", flush=True)
            return await _pages(Site(app), app.need(Content))


async def _pages(site: Site, content: Content) -> Figures:
    requests: dict[str, Any] = {}
    for label, query in QUERIES.items():
        requests[label] = ListQuery(type="item", limit=25, **query)
        if "sort" in query and "filter" not in query:
            cursor = None
            for _ in range(20):
                page = await content.list_published(ListQuery(type="item", limit=100, cursor=cursor, **query))
                cursor = page.next
            requests[f"{label}, 2,000 on"] = ListQuery(type="item", limit=25, cursor=cursor, **query)
    counting = watched(site.store, site.app.plugins["content"].reader)  # type: ignore[attr-defined]  # the plugin's own
    statements = {}
    for label, query in requests.items():
        counting.taken()
        await content.list_published(query)
        statements[label] = len(counting.taken())
    site.store.db = counting._inner
    site.app.plugins["content"].reader.open()  # type: ignore[attr-defined]  # as above
    figures = {}
    for label, query in requests.items():
        begun = perf_counter()
        await content.list_published(query)
        calls = 20 if perf_counter() - begun < 0.05 else 3
        figures[label] = (
            statements[label], await best_async(lambda query=query: content.list_published(query), calls, 5) / 1000
        )  # fmt: skip
    return figures


def _database(servers: Servers, plugin: str) -> str:
    """A URL; ``{folder}`` stands for that of the site."""
    return "sqlite:///{folder}/bench.db" if plugin == "sqlite" else servers.databases(plugin).take(fresh=True)


def _table(plugin: str, sizes: Sequence[int], all_figures: Sequence[Figures]) -> None:
    print(f"  {plugin:<38}{'statements':>11}{''.join(f'{size:>12,} ms' for size in sizes)}     ratio")
    for label, (statements, first) in all_figures[0].items():
        times = [figures[label][1] for figures in all_figures]
        ratio = times[-1] / first
        print(
            f"  {label:<38}{statements:>11}{''.join(f'{time:>15.2f}' for time in times)}{ratio:>10.2f}"
            f"{'' if ratio <= TARGET else '   grows'}",
            flush=True,
        )


def run(engines: Sequence[str] = ENGINES, sizes: Sequence[int] = SIZES) -> None:
    with ExitStack() as stack:
        servers = Servers()
        stack.callback(servers.stop)
        for plugin in engines:
            if why := missing(plugin):
                print(f"  {plugin}: {why}")
                continue
            _table(plugin, sizes, [asyncio.run(_measure(plugin, _database(servers, plugin), size)) for size in sizes])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lists", description=__doc__)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given = parser.parse_args()
    run(given.engines.split(","), [int(size) for size in given.sizes.split(",")])


if __name__ == "__main__":
    main()
