"""``content.validate`` says what saving and publishing would say, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, field, pointers

from newel import Forbidden, NotFound
from newel.errors import NewelError
from newel.testing import actor

EDITOR = actor("somebody", "content.read_draft", "content.create", "content.update", "content.publish")


@pytest.fixture
async def shop(site: Site) -> Site:
    await site.type("brand", field("name", required=True))
    await site.type(
        "product",
        field("name", localized=True, required=True, rules={"max_length": 10}),
        field("sku", unique=True),
        field("brand", "reference", options={"targets": ["brand"]}),
        field("count", "integer"),
    )
    return site


async def told(site: Site, /, **order: Any) -> set[tuple[str, str]]:
    verdict = await site.run("content.validate", EDITOR, **order)
    return {(one.pointer, one.code) for one in verdict.problems}


async def traces(site: Site) -> list[Any]:
    names = ("entries", "index", "references", "versions", "published", "edits", "changes")
    counts = [await site.rows(f"select count(*) as n from content_{name}") for name in names]
    return [*counts, await site.rows("select tick from content_clock"), len(site.audit)]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "much too long a name", "count": "three", "nonsense": 1},
        {"sku": "A1"},
        {"brand": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"name": "Cup", "sku": "B2"},
    ],
    ids=["values", "unique", "reference", "fine"],
)
async def test_it_says_what_creating_would_say(shop: Site, data: dict[str, Any]) -> None:
    await shop.create("product", name="First", sku="A1")
    before = await traces(shop)
    said = await told(shop, type="product", data=data)
    assert await traces(shop) == before, "it wrote something"
    if said:
        with pytest.raises(NewelError) as caught:
            await shop.run("content.create", EDITOR, type="product", data=data)
        assert said == pointers(caught.value)
    else:
        await shop.run("content.create", EDITOR, type="product", data=data)


async def test_it_says_what_a_change_in_all_locales_would_say(shop: Site) -> None:
    made = await shop.create("product", name="Cup", sku="A1")
    other = await shop.create("product", name="Pot", sku="B2")
    order = {"type": "product", "id": other.id, "locale": "*"}
    data = {"name": {"de": "viel zu lange", "xx": "?"}, "sku": made.data["sku"]}
    assert await told(shop, **order, data=data) == {("/data/name/de", "max_length"), ("/data/name/xx", "unknown")}
    assert await told(shop, **order, data={"sku": "A1"}) == {("/data/sku", "not_unique")}
    assert await told(shop, **order, data={"sku": "C3"}) == set()
    await shop.update(other, count=1)
    assert await told(shop, **order, data={"count": 2}, revision=1) == {("", "precondition_failed")}


async def test_publishing_is_tried_after_saving_where_asked_for(shop: Site) -> None:
    await shop.create("product", name="First", sku="A1")
    before = await traces(shop)
    order: dict[str, Any] = {"type": "product", "for_publish": True}
    assert await told(shop, **order, data={"count": 1}) == {("/data/name", "required")}
    assert await told(shop, **order, data={"name": "Cup"}) == set()
    assert await told(shop, **order, data={"sku": "A1"}) == {("/data/sku", "not_unique")}
    assert await traces(shop) == before


async def test_it_needs_what_the_act_needs_and_denials_are_noted_once(shop: Site) -> None:
    reader = actor("somebody", "content.read_draft")
    made = await shop.create("product", name="Cup")
    noted = len(shop.audit)
    with pytest.raises(Forbidden):
        await shop.run("content.validate", reader, type="product", data={})
    assert len(shop.audit) == noted + 1
    writer = actor("somebody", "content.read_draft", "content.create")
    with pytest.raises(Forbidden):
        await shop.run("content.validate", writer, type="product", data={"name": "x"}, for_publish=True)
    with pytest.raises(NotFound):
        await shop.run("content.validate", EDITOR, type="product", id=made.id[::-1], data={})


async def test_no_lock_is_left_and_no_event_is_told(open_site: Callable[..., Any], shop: Site) -> None:
    """A writer goes on at once, on the same entry."""
    made = await shop.create("product", name="Cup")
    for _ in range(3):
        assert await told(shop, type="product", id=made.id, data={"count": 5}, for_publish=True) == set()
        made = await shop.update(made, count=made.revision)
    assert (await shop.get(made)).data["count"] == 3
