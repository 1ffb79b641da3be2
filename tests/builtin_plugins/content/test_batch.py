"""Many changes in one request."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, pointers

from newel import Forbidden, Manifest, Reject, hookimpl
from newel.contracts.content import EntryEvent
from newel.testing import actor


async def test_all_in_one(posts: Site) -> None:
    one = await posts.create("post", title="One")
    operations = [
        {"op": "create", "type": "post", "data": {"title": "Two"}},
        {"op": "update", "type": "post", "id": one.id, "data": {"stars": 5}, "revision": 1},
        {"op": "publish", "type": "post", "id": one.id},
        {"op": "create", "type": "post", "data": {"title": "Three"}, "locale": "de"},
        {"op": "move", "type": "post", "id": one.id},
        {"op": "delete", "type": "post", "id": one.id},
    ]
    done = await posts.run("content.batch", operations=operations)
    assert [(item.ok, item.revision) for item in done.data] == [
        (True, 1),
        (True, 2),
        (True, 3),
        (True, 1),
        (True, 4),
        (True, None),
    ]
    assert done.failed == 0
    assert {row.operation for row in posts.audit} >= {"content.create", "content.update", "content.batch"}


async def test_all_or_nothing(posts: Site) -> None:
    operations = [
        {"op": "create", "type": "post", "data": {"title": "Two"}},
        {"op": "create", "type": "post", "data": {"title": 2, "x": 3}},
    ]
    with pytest.raises(Reject) as caught:
        await posts.run("content.batch", operations=operations)
    assert pointers(caught.value) == {("/operations/1/data/title", "type"), ("/operations/1/data/x", "unknown")}
    assert await posts.rows("select id from content_entries") == []


class Counting:
    """Counts what it is told."""

    manifest = Manifest(name="counting", summary="A plugin of these tests.", load=f"{__name__}:Counting")
    told: list[EntryEvent] = []  # noqa: RUF012 - a plugin of one test

    def __init__(self, app: Any) -> None:
        self.told.clear()

    @hookimpl
    def content_after_save(self, event: EntryEvent) -> None:
        self.told.append(event)


async def test_as_many_as_can_be(open_site: Any) -> None:
    site = await open_site(Counting.manifest)
    await site.type("post", {"name": "slug", "type": "slug"}, {"name": "title", "type": "text"})
    operations = [
        {"op": "create", "type": "post", "data": {"slug": "a"}},
        {"op": "create", "type": "post", "data": {"slug": "a"}},
        {"op": "create", "type": "post", "data": {"slug": "b", "title": 1}},
        {"op": "update", "type": "post", "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "data": {}},
        {"op": "publish", "type": "post", "id": "", "data": {}},
        {"op": "create", "type": "post", "data": {"slug": "c"}},
    ]
    done = await site.run("content.batch", operations=operations, atomic=False)
    assert [item.ok for item in done.data] == [True, False, False, False, False, True]
    assert [item.error["code"] for item in done.data if item.error] == ["not_unique", "invalid", "not_found", "invalid"]
    assert done.data[1].error["errors"] == [
        {"pointer": "/data/slug", "code": "not_unique", "detail": "another entry has this value"}
    ]
    assert done.failed == 4
    await site.app.settle()
    assert [event.id for event in Counting.told] == [done.data[0].id, done.data[5].id]


async def test_each_needs_its_own_permission(posts: Site) -> None:
    writer = actor("writer", "content.create")
    operations = [{"op": "create", "type": "post", "data": {"title": "x"}}]
    assert (await posts.run("content.batch", writer, operations=operations)).failed == 0
    made = await posts.create("post", title="One")
    with pytest.raises(Forbidden):
        await posts.run("content.batch", writer, operations=[{"op": "delete", "type": "post", "id": made.id}])


async def test_at_most_a_thousand(posts: Site) -> None:
    one = {"op": "create", "type": "post", "data": {}}
    for operations in ([], [one] * 1001):
        with pytest.raises(Reject):
            await posts.run("content.batch", operations=operations)
    done = await posts.run("content.batch", operations=[one] * 1000)
    assert len(done.data) == 1000
