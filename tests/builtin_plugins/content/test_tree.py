"""A tree is always a tree: moves against a model, in a gap that gets narrow, and many movers at once."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, opened, pointers

from newel import Conflict, Reject
from newel_content.documents.positions import DIGITS, at_end, between
from newel_content.service import tree


async def order(site: Site, parent: str | None = None) -> list[str]:
    """Titles (slugs) of siblings in order."""
    key = "root:main" if parent is None else parent
    rows = await site.rows(
        "select e.id, i.text_value as slug from content_entries e join content_index i on i.entry = e.id"
        " where e.parent_key = :key and i.field = 2 and i.locale = 'en' and i.stage = 'draft' order by e.position",
        key=key,
    )
    return [row["slug"] for row in rows]


async def three(site: Site) -> list[Any]:
    return [await site.create("page", title=name) for name in "abc"]


async def test_new_pages_stand_at_the_end(pages: Site) -> None:
    await three(pages)
    assert await order(pages) == ["a", "b", "c"]


async def test_places_among_siblings(pages: Site) -> None:
    a, b, c = await three(pages)
    await pages.on("move", c, before=a.id)
    assert await order(pages) == ["c", "a", "b"]
    await pages.on("move", c, after=a.id)
    assert await order(pages) == ["a", "c", "b"]
    await pages.on("move", a)
    assert await order(pages) == ["c", "b", "a"]
    await pages.on("move", b, after=a.id)
    assert await order(pages) == ["c", "a", "b"]
    there = await pages.on("move", b, after=a.id)
    assert there.revision == 2, "it stood there already"
    await pages.create("page", title="d")
    assert await order(pages) == ["c", "a", "b", "d"]


async def test_the_order_of_readers_follows_at_once(pages: Site) -> None:
    a, b, _ = await three(pages)
    for one in (a, b):
        await pages.on("publish", one)
    moved = await pages.on("move", b, before=a.id)
    rows = await pages.rows("select entry, position from content_published order by position")
    assert [row["entry"] for row in rows] == [b.id, a.id]
    assert rows[0]["position"] == moved.position


async def test_impossible_places(pages: Site) -> None:
    await pages.type("note", TITLE)
    await pages.type("leaf", TITLE, SLUG, kind="page", parents=["page"])
    a, b, c = await three(pages)
    await pages.on("move", b, parent=a.id)
    await pages.on("move", c, parent=b.id)
    note = await pages.create("note", title="n")
    for entry, target in ((a, a), (a, b), (a, c), (b, c)):
        with pytest.raises(Conflict) as caught:
            await pages.on("move", entry, parent=target.id)
        assert caught.value.reason == "cycle"
    refused: list[tuple[Any, dict[str, Any], str]] = [
        (a, {"parent": note.id}, "/parent"),
        (a, {"parent": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "/parent"),
        (note, {"parent": a.id}, "/parent"),
        (a, {"before": c.id}, "/before"),
        (a, {"after": note.id}, "/after"),
        (b, {"top": True, "parent": a.id}, "/top"),
        (b, {"before": a.id, "after": a.id}, "/after"),
    ]
    for entry, where, pointer in refused:
        with pytest.raises(Reject) as refusal:
            await pages.on("move", entry, **where)
        assert {place for place, _ in pointers(refusal.value)} == {pointer}, where
    with pytest.raises(Reject):
        await pages.create("leaf", title="nowhere")
    leaf = await pages.create("leaf", title="leaf", parent=c.id)
    for where in ({"parent": leaf.id}, {"top": True}):
        with pytest.raises(Reject):
            await pages.on("move", leaf, **where)
    await pages.on("delete", leaf)
    with pytest.raises(Reject):
        await pages.create("page", title="x", parent=leaf.id)


async def test_a_tree_has_a_depth(open_site: Any) -> None:
    site = await open_site(config={"max_tree_depth": 3})
    await site.type("page", TITLE, SLUG, kind="page")
    a = await site.create("page", title="a")
    b = await site.create("page", title="b", parent=a.id)
    await site.create("page", title="c", parent=b.id)
    x = await site.create("page", title="x")
    await site.create("page", title="y", parent=x.id)
    with pytest.raises(Conflict) as caught:
        await site.on("move", x, parent=b.id)
    assert caught.value.reason == "too_deep"
    await site.on("move", x, parent=a.id)


async def test_collections_have_an_order_too(posts: Site) -> None:
    one, two = await posts.create("post", title="a"), await posts.create("post", title="b")
    moved = await posts.on("move", two, before=one.id)
    assert moved.position < one.position


async def test_a_narrow_gap_is_spread(pages: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_LENGTH", 40)
    a, b, c = await three(pages)
    for turn in range(250):
        inner = (b, c)[turn % 2]
        await pages.on("move", inner, after=a.id)
    rows = await pages.rows("select length(position) as length from content_entries")
    assert max(row["length"] for row in rows) <= 40
    assert (await order(pages))[0] == "a"


async def test_many_movers_at_once(pages: Site) -> None:
    made = await three(pages) + [await pages.create("page", title=name) for name in "defgh"]
    chance = random.Random(7)

    async def mover() -> None:
        for _ in range(12):
            entry, other = chance.sample(made, 2)
            where = chance.choice([{"parent": other.id}, {"top": True}, {}])
            try:
                await pages.on("move", entry, **where)
            except Conflict as error:
                assert error.reason in ("cycle", "not_unique")  # noqa: PT017 - either outcome is fine

    await asyncio.gather(*(mover() for _ in range(6)))
    rows = await pages.rows("select id, parent, parent_key, position from content_entries")
    parents = {row["id"]: row["parent"] for row in rows}
    assert len({(row["parent_key"], row["position"]) for row in rows}) == len(rows)
    for id in parents:
        walked: list[str] = []
        while id:
            assert id not in walked
            walked.append(id)
            id = parents[id]
        assert len(walked) <= len(made)


# -- against a model --------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create", "move", "move", "move", "delete"]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.sampled_from(["end", "before", "after"]),
    ),
    min_size=1,
    max_size=25,
)


class Model:
    """A tree as nested lists; what operations on pages should do."""

    def __init__(self) -> None:
        self.parent: dict[str, str | None] = {}
        self.children: dict[str | None, list[str]] = {None: []}

    def below(self, id: str) -> list[str]:
        return [id, *(deeper for child in self.children[id] for deeper in self.below(child))]

    def put(self, id: str, parent: str | None, index: int | None = None) -> None:
        self.parent[id] = parent
        self.children.setdefault(id, [])
        self.children[parent].insert(len(self.children[parent]) if index is None else index, id)

    def take(self, id: str) -> None:
        self.children[self.parent[id]].remove(id)


async def stored(site: Site) -> dict[str | None, list[str]]:
    rows = await site.rows("select id, parent from content_entries where deleted_at is null order by position")
    found: dict[str | None, list[str]] = {None: []}
    for row in rows:
        found.setdefault(row["id"], [])
    for row in rows:
        found[row["parent"]].append(row["id"])
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_moves_do_what_a_list_does(steps: list[tuple[str, int, int, str]]) -> None:
    asyncio.run(_steps(steps))


async def _steps(steps: list[tuple[str, int, int, str]]) -> None:
    async with opened() as site:
        await site.type("page", field("title"), kind="page")
        model = Model()
        for verb, one, two, where in steps:
            await _step(site, model, verb, one, two, where)
            assert await stored(site) == model.children


async def _step(site: Site, model: Model, verb: str, one: int, two: int, where: str) -> None:
    live = sorted(model.parent)
    if verb == "create" or not live:
        parent = live[one % len(live)] if live and two % 2 else None
        made = await site.create("page", parent=parent)
        model.put(made.id, parent)
        return
    id, other = live[one % len(live)], live[two % len(live)]
    if verb == "delete":
        await site.run("content.delete", type="page", id=id, descendants=True)
        model.take(id)
        for gone in model.below(id):
            del model.children[gone], model.parent[gone]
        return
    if where == "end":
        if other in model.below(id):
            with pytest.raises(Conflict):
                await site.run("content.move", type="page", id=id, parent=other)
            return
        await site.run("content.move", type="page", id=id, parent=other)
        model.take(id)
        model.put(id, other)
        return
    if id == other or other in model.below(id):
        return
    parent = model.parent[other]
    order: dict[str, Any] = {where: other, **({"parent": parent} if parent else {"top": True})}
    await site.run("content.move", type="page", id=id, **order)
    model.take(id)
    model.put(id, parent, model.children[parent].index(other) + (where == "after"))


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=80))
def test_positions_stay_between_their_neighbours(moves: list[tuple[int, bool]]) -> None:
    keys = [at_end("01ARZ3NDEKTSV4RRFFQ69G5FAV"), at_end("01ARZ3NDEKTSV4RRFFQ69G5FAW")]
    for place, first in moves:
        index = 0 if first else place % len(keys)
        key = between(keys[index - 1] if index else None, keys[index])
        assert set(key) <= set(DIGITS)
        keys.insert(index, key)
        assert keys == sorted(set(keys), key=str.encode)
