"""Delivery over HTTP-less reads at 1,000 and 100,000 published entries: statements and milliseconds a request."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from newel.contracts.content import Content, ListQuery
from newel.testing import make_app
from tests.bench.timing import best_async
from tests.builtin_plugins.content.seeding import Seed, seed, watched
from tests.builtin_plugins.content.site import Site, field

SIZES = (1_000, 100_000)
PLUGINS = ["sqlite", "migrations", "content"]


async def _measure(count: int) -> dict[str, tuple[int, float]]:
    with tempfile.TemporaryDirectory() as folder:
        config = {"database": {"url": f"sqlite:///{folder}/bench.db"}}
        async with make_app(PLUGINS, config, folder=Path(folder)) as app:
            site = Site(app)
            await site.type("author", field("name", indexed=True))
            await site.type(
                "item",
                field("title", indexed=True),
                field("slug", "slug", indexed=True),
                field("number", "integer", indexed=True),
                field("half", "boolean", indexed=True),
                field("author", "reference", indexed=True, options={"targets": ["author"]}),
                field("text", "markdown"),
                kind="page",
            )
            catalogue = await site.store.catalogue.load(site.store.db)
            authors = [Seed(shared={"name": f"a{number}"}, published={"en": {}}) for number in range(20)]
            names = await seed(site.store, catalogue.model("author"), catalogue, authors, start=10_000_000)
            items = (
                Seed(
                    shared={
                        "title": f"title {number * 7919 % count:06}", "slug": f"s{number}", "number": number % 1000,
                        "half": number % 2 == 0, "author": names[number % 20], "text": "One step after another. " * 60,
                    },
                    published={"en": {}}, at=number, first=number, paths={"en": f"s{number}"},
                )
                for number in range(count)
            )  # fmt: skip
            ids = await seed(site.store, catalogue.model("item"), catalogue, items)
            return await _requests(site, app.need(Content), ids, count)


async def _requests(site: Site, content: Content, ids: list[str], count: int) -> dict[str, tuple[int, float]]:
    def listed(**query: Any) -> Any:
        return lambda: content.list_published(ListQuery(type="item", **query))

    one, any_type = ListQuery(type="item"), ListQuery(type="any")
    deep = None
    for _ in range(8):
        deep = (await content.list_published(ListQuery(type="item", sort=("title",), limit=100, cursor=deep))).next
    requests = {
        "one by id": lambda: content.get_published("item", ids[count // 2], one),
        "one by slug": lambda: content.get_published("item", f"s{count // 2}", one),
        "page by path": lambda: content.page_at(f"s{count // 2}", any_type),
        "25, default order": listed(),
        "25 by title": listed(sort=("title",)),
        "25 by title, ninth page of 100": listed(sort=("title",), cursor=deep, limit=100),
        "25 of one number, by title": listed(filter={"number": {"_eq": 7}}, sort=("title",)),
        "25 of one half, by title": listed(filter={"half": {"_eq": True}}, sort=("title",)),
        "25 with their authors": listed(expand=("author",)),
        "25 and the count": listed(count="exact"),
    }
    figures = {}
    for label, ask in requests.items():
        figures[label] = (0, await best_async(ask, 20, 5) / 1000)
    reader = site.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    plain = site.store.db
    counting = watched(site.store, reader)
    for label, ask in requests.items():
        counting.taken()
        await ask()
        figures[label] = (len(counting.taken()), figures[label][1])
    site.store.db = plain
    return figures


def run() -> None:
    small, large = (asyncio.run(_measure(size)) for size in SIZES)
    print(f"  {'':<34}{'statements':>11}{SIZES[0]:>10,} ms{SIZES[1]:>10,} ms     ratio")
    for label, (statements, slow) in large.items():
        assert small[label][0] == statements, label
        quick = small[label][1]
        print(f"  {label:<34}{statements:>11}{quick:>13.2f}{slow:>13.2f}{slow / quick:>10.1f}")
