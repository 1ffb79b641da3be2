"""By which index lists are found: nothing is sorted, and nothing is read that is not on the page."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.plans import plan_of, steps_of
from tests.builtin_plugins.content.seeding import watched
from tests.builtin_plugins.content.site import Site

from newel.contracts.content import ListQuery
from newel_content.query import listing

PLANS: list[tuple[str, dict[str, Any], str]] = [
    ("default", {}, "content_published_first"),
    ("by id", {"sort": ("-id",)}, "content_published_entry"),
    ("by position", {"sort": ("position",)}, "content_published_position"),
    ("by creation", {"sort": ("created_at",)}, "content_entries_created"),
    ("by field", {"sort": ("title",)}, "content_index_key"),
    ("by field, down", {"sort": ("-title",)}, "content_index_key"),
    ("range and order of one field", {"sort": ("number",), "filter": {"number": {"_gte": 5}}}, "content_index_key"),
    ("one value by id", {"sort": ("id",), "filter": {"half": True}}, "content_index_key"),
    ("many of one value by field", {"sort": ("title",), "filter": {"half": True}}, "content_index_key"),
    ("many of one value, default", {"filter": {"half": True}}, "content_published_first"),
]


async def test_pages_come_out_of_an_index_in_order(
    things: Site, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    """On the first page and behind a cursor."""
    monkeypatch.setattr(listing, "FEW", 500)
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    for label, query, index in PLANS:
        with subtests.test(label):
            cursor = None
            for _ in range(2):
                page = await reader.list_published(ListQuery(type="thing", cursor=cursor, **query))
                cursor = page.next
                plan = await plan_of(counting._inner, counting.texts[-1], counting.values[-1])
                counting.taken()
                assert not plan.sorts, plan.text
                assert index in plan.text


async def test_drafts_come_out_of_an_index_in_order(things: Site, subtests: pytest.Subtests) -> None:
    """On the first page and behind a cursor."""
    counting = watched(things.store, things.app.plugins["content"].reader)  # type: ignore[attr-defined]  # the plugin's own
    for sort in ("position", "-position", "created_at", "-updated_at", "id"):
        with subtests.test(sort):
            cursor = None
            for _ in range(2):
                page = await things.run("content.list", type="thing", sort=[sort], cursor=cursor)
                cursor = page.links.next
                listed = next(number for number, text in enumerate(counting.texts) if ":wanted" in text)
                plan = await plan_of(counting._inner, counting.texts[listed], counting.values[listed])
                counting.taken()
                assert not plan.sorts, plan.text


@pytest.mark.engines("sqlite")  # their texts are its own; the others are asked for what theirs can show
@pytest.mark.parametrize("analyzed", [False, True], ids=["fresh", "analyzed"])
async def test_pages_are_read_from_covering_indexes(
    things: Site, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests, analyzed: bool
) -> None:
    """No sorting and no table rows before the page is full, on the first page and behind a cursor; with and without
    the planner's figures, so that it holds for any number of entries."""
    monkeypatch.setattr(listing, "FEW", 500)
    if analyzed:
        await things.store.db.execute("ANALYZE")
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    for label, query, index in PLANS:
        with subtests.test(label):
            cursor = None
            for _ in range(2):
                page = await reader.list_published(ListQuery(type="thing", cursor=cursor, **query))
                cursor = page.next
                steps = await steps_of(things.store.db._inner, counting.texts[-1], counting.values[-1])
                counting.taken()
                inner = steps[: next(number for number, step in enumerate(steps) if step.startswith("SCAN page"))]
                assert not any("TEMP B-TREE" in step for step in steps), steps
                assert any(f"COVERING INDEX {index} " in step for step in inner), steps
                assert all("COVERING" in step for step in inner if step.startswith(("SEARCH", "SCAN"))), steps


@pytest.mark.engines("sqlite")  # as above
async def test_few_entries_are_gathered_first(things: Site) -> None:
    """A narrow condition begins; only what it finds is looked at and sorted, whatever the planner knows."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    for analyzed in (False, True):
        if analyzed:
            await things.store.db.execute("ANALYZE")
        counting = watched(things.store, reader)
        for query in (
            {"filter": {"code": "c7"}},
            {"filter": {"title": {"_icontains": "99"}}},
            {"filter": {"next": {"_nnull": True}}},
            {"filter": {"next": {"_null": False}}},
            {"filter": {"next": {"_nempty": True}}},
        ):
            await reader.list_published(ListQuery(type="thing", **query))
            steps = await steps_of(counting._inner, counting.texts[-1], counting.values[-1])
            first = next(step for step in steps if step.startswith(("SEARCH", "SCAN")))
            assert "content_index_key" in first, steps
            assert not any(step.startswith("SCAN t") for step in steps), steps
        things.store.db = counting._inner


@pytest.mark.engines("sqlite")  # as above
async def test_alternatives_are_weighed_without_reading_them_all(things: Site) -> None:
    """Counting up to a bound stops there, so no step gathers the rows of every alternative first."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    query = ListQuery(type="thing", filter={"_or": [{"half": True}, {"code": "c7"}]})
    assert len((await reader.list_published(query)).data) == 25
    weighing = next(number for number, text in enumerate(counting.texts) if "count(*)" in text)
    steps = await steps_of(counting._inner, counting.texts[weighing], counting.values[weighing])
    assert not any("TEMP B-TREE" in step or "MATERIALIZE" in step for step in steps), steps
