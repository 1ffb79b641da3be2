"""The same answers on all engines: random types, entries, filters, orders and pages, compared to the letter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content import worlds
from tests.builtin_plugins.content.site import Site, opened
from tests.engines import Servers, wanted

from newel.errors import NewelError
from newel.testing.engines import SQLITE, current

LOCALES = (("en", "published"), ("de", "published"), ("de", "draft"))
QUERIES = st.lists(st.tuples(worlds.FILTERS, worlds.SORTS, st.integers(1, 4)), min_size=6, max_size=20)
TEXTS = st.lists(st.text(worlds.LETTERS + "\x01~àÀǅ中 ", max_size=6), min_size=2, max_size=12)


async def answer(site: Site, verb: str, **order: Any) -> Any:
    """What an operation says, as plain data: an answer or a refusal."""
    try:
        return site.app.structurer.unstructure(await site.run(verb, **order))
    except NewelError as error:
        return {"refused": error.reason, "problems": [(one.pointer, one.code) for one in error.problems]}


async def pages(site: Site, locale: str, status: str, query: Any) -> list[Any]:
    """All pages of a list, with their counts. Cursors are followed, not compared: they are bound to the type's id."""
    conditions, sort, limit = query
    found: list[Any] = []
    cursor = None
    while len(found) < 40:
        page = await answer(
            site, "content.list", type="thing", locale=locale, status=status, filter=conditions, sort=sort, limit=limit,
            cursor=cursor, count="exact", expand=("friend", "friends"),
        )  # fmt: skip
        cursor = (page.pop("links", None) or {}).get("next")
        found.append({**page, "more": cursor is not None})
        if cursor is None:
            break
    return found


async def answers(sample: worlds.Sample, queries: Sequence[Any], texts: Sequence[str]) -> bytes:
    async with opened() as site:
        await worlds.planted(site, sample)
        await site.run("locales.update", code="de", fallback="en")
        told = [await pages(site, locale, status, query) for locale, status in LOCALES for query in queries]
        await site.type("word", worlds.field("text", indexed=True, unique=True))
        for text in texts:
            made = await answer(site, "content.create", type="word", data={"text": text})
            told.append([made.get("refused"), made.get("problems"), made.get("data")])
        for sort in (("text",), ("-text",)):
            listed = await answer(site, "content.list", type="word", sort=sort, limit=100, status="draft")
            told.append([one["data"] for one in listed["data"]])
        return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.may_block
@pytest.mark.timeout(600)
def test_all_engines_give_the_same_answers(servers: Servers) -> None:
    engines = wanted()

    @settings(
        max_examples=6, deadline=None, print_blob=True, database=None,
        # Not shrunk: each try costs three sites; the blob runs the case again.
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(sample=worlds.samples(), queries=QUERIES, texts=TEXTS)
    def compare(sample: worlds.Sample, queries: Any, texts: Any) -> None:
        told = {}
        for name in engines:
            current.engine = servers.engine(name)
            try:
                told[name] = asyncio.run(answers(sample, queries, texts))
            finally:
                current.engine = SQLITE
                servers.give_back()
        for name in engines[1:]:
            assert told[name] == told[engines[0]], f"{name} differs from {engines[0]}"

    compare()
