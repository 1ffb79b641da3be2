"""Lists are what plain Python makes of the same data: every filter, every order, page by page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content import oracle, worlds
from tests.builtin_plugins.content.site import Site, opened
from tests.engines import Servers

from newel import Malformed
from newel.contracts.content import ListQuery
from newel_content.query import listing

SIDES: Sequence[tuple[str, tuple[str, ...] | None]] = (
    ("en", ("en",)),
    ("de", ("de", "en")),
    ("de", None),
)
QUERIES = st.lists(st.tuples(worlds.FILTERS, worlds.SORTS, st.integers(1, 4)), min_size=8, max_size=40)


@pytest.mark.may_block
@settings(
    max_examples=8, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)  # fmt: skip
@given(sample=worlds.samples(), queries=QUERIES, few=st.sampled_from((-1, 2, 1000)))
def test_lists_are_what_python_makes_of_the_data(
    servers: Servers, sample: worlds.Sample, queries: Any, few: int
) -> None:
    """``few`` decides how entries are found: along the order, along a value, or gathered."""
    kept, listing.FEW = listing.FEW, few  # type: ignore[attr-defined]  # where it is used
    try:
        asyncio.run(check(sample, queries))
    finally:
        listing.FEW = kept  # type: ignore[attr-defined]  # as above
        servers.give_back()  # the next example's database has its tables already


async def check(sample: worlds.Sample, queries: Any) -> None:
    async with opened() as site:
        await worlds.planted(site, sample)
        await site.run("locales.update", code="de", fallback="en")
        for locale, chain in SIDES:
            world = worlds.seen(sample, chain, locale)
            for wanted, sort, limit in queries:
                note(f"{locale} {chain} filter={wanted} sort={sort} limit={limit}")
                default = ("-updated_at",) if chain is None else ("-first_published_at",)
                things = [thing for thing in world.things if oracle.passes(world, thing, wanted)]
                expected = [thing.id for thing in oracle.ordered(things, sort or default)]
                try:
                    found = await paged(site, locale, chain is None, filter=wanted, sort=sort, limit=limit)
                except Malformed as error:  # filters beyond the limits are refused, which is tested elsewhere
                    assert {problem.code for problem in error.problems} == {"depth"}, error.problems  # noqa: PT017 - which ones
                    continue
                assert expected == found


async def paged(site: Site, locale: str, drafts: bool, **query: Any) -> list[str]:
    """All ids of a list, page by page; the count is that of the ids."""
    ids: list[str] = []
    cursor = None
    while True:
        asked = {"type": "thing", "locale": locale, "cursor": cursor, "count": "exact", **query}
        page = await site.run("content.list", **asked, status="draft" if drafts else "published")
        found = [entry.id for entry in page.data]
        assert not set(ids) & set(found), "a page goes on behind the one before"
        ids += found
        assert len(page.data) <= query["limit"]
        cursor = page.links.next
        if cursor is None:
            assert page.meta.total == len(ids)
            return ids
        assert len(page.data) == query["limit"]


async def test_the_kernel_takes_the_same_query(site: Site) -> None:
    """``ListQuery`` is what ``content.list`` makes of its input."""
    await worlds.planted(site, worlds.Sample(frozenset(), [], []))
    page = await site.app.plugins["content"].reader.list_published(ListQuery(type="thing"))  # type: ignore[attr-defined]  # the plugin's own
    assert (page.data, page.next, page.total) == ((), None, None)
