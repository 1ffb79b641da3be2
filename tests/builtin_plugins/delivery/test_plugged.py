"""Plugins take part in reads: one answers instead, others add headers, and no cache keeps what is for one reader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from attrs import evolve

from newel import Call, Manifest, hookimpl
from newel.contracts.delivery import DeliveryAnswer, DeliveryRead, DeliverySent
from newel.testing import Client, FakeAccounts, actor, make_app

pytestmark = [pytest.mark.needs_plugin("http"), pytest.mark.engines("sqlite")]  # nothing here asks the engine
PLUGINS = ["database", "migrations", "content", "delivery", FakeAccounts.manifest, "http"]


class Paywall:
    """Asks strangers for money where an answer would show a story, and knows where old addresses have gone."""

    manifest = Manifest(name="paywall", summary="A plugin of these tests.", load=f"{__name__}:Paywall")
    seen: list[DeliveryRead] = []  # noqa: RUF012 - a plugin of one test
    headers: Mapping[str, str] = {}

    def __init__(self, app: Any) -> None:
        self.seen.clear()

    @hookimpl
    async def delivery_before_read(self, read: DeliveryRead, call: Call) -> DeliveryAnswer | None:
        self.seen.append(read)
        if not read.found:
            where = {"Location": "/new"} if read.key == "old" else {}
            return DeliveryAnswer(status=301, headers=where) if where else None
        if "story" in read.types and call.actor.kind == "anonymous":
            return DeliveryAnswer(status=402, json={"pay": 3}, headers=self.headers)
        read.kept["paywall"] = len(read.entries)
        return None

    @hookimpl
    def delivery_after_read(self, sent: DeliverySent) -> DeliverySent | None:
        if "story" not in sent.read.types:
            return None
        more = {"cache-control": "private, no-cache", "X-Entries": str(sent.read.kept["paywall"])}
        return evolve(sent, headers={**sent.headers, **more})


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    Paywall.headers = {}
    async with make_app(PLUGINS, others=[Paywall.manifest], serving=True) as app, Client.of(app) as made:

        async def run(operation: str, **data: Any) -> Any:
            return await app.operations.run(operation, data, app.call(actor("admin"), "test"))

        title = {"name": "title", "type": "text"}
        slug = {"name": "slug", "type": "slug", "options": {"source": "title"}}
        await run("types.create", name="story", kind="page", fields=[title, slug])
        link = {"name": "story", "type": "reference", "options": {"targets": ["story"]}}
        await run("types.create", name="note", fields=[title, slug, link])
        story = await run("content.create", type="story", data={"title": "Story"})
        note = await run("content.create", type="note", data={"title": "Note", "story": story.id})
        for one in (story, note):
            await run("content.publish", type=one.type, id=one.id)
        yield made


@pytest.mark.parametrize(
    "path", ["story/story", "story", "pages/story", "note/note?expand=story", "note?expand=story", "story/story?x=1"]
)
async def test_a_plugin_answers_instead_by_whatever_address_an_entry_would_be_shown(client: Client, path: str) -> None:
    answer = await client.get(f"/api/v1/delivery/{path}")
    if "x=" in path:  # what cannot be read is refused before anybody is asked
        assert (answer.status, Paywall.seen) == (400, [])
        return
    assert (answer.status, answer.json()) == (402, {"pay": 3})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not {"ETag", "Surrogate-Key"} & set(answer.headers)


async def test_a_plugins_answer_is_shared_only_where_it_says_so(client: Client) -> None:
    Paywall.headers = {"cache-control": "public, max-age=9", "content-type": "application/problem+json"}
    answer = await client.get("/api/v1/delivery/story/story")
    assert answer.headers["Cache-Control"] == "public, max-age=9"
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_headers_are_changed_and_the_rest_is_as_ever(client: Client) -> None:
    reader = client.signed_in("perm:none")
    answer = await reader.get("/api/v1/delivery/story/story", headers={"Cookie": "a=b", "X-Why": "so"})
    assert (answer.status, answer.json()["data"]["title"], answer.headers["X-Entries"]) == (200, "Story", "1")
    (read,) = Paywall.seen
    assert (read.kind, read.key, read.types, read.path) == ("one", "story", ("story",), "/api/v1/delivery/story/story")
    assert read.headers["x-why"] == "so"
    assert not {"cookie", "authorization"} & set(read.headers)
    again = await reader.get("/api/v1/delivery/story/story", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.headers["X-Entries"]) == (304, "1")


async def test_what_no_plugin_minds_keeps_its_caching(client: Client) -> None:
    answer = await client.get("/api/v1/delivery/note/note")
    assert answer.status == 200
    assert answer.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=60")
    await client.get("/api/v1/delivery/changes")
    assert [read.kind for read in Paywall.seen] == ["one"]


async def test_a_plugin_knows_what_is_not_there(client: Client) -> None:
    gone = await client.get("/api/v1/delivery/pages/old")
    assert (gone.status, gone.headers["Location"], gone.body) == (301, "/new", b"")
    assert (await client.get("/api/v1/delivery/pages/older")).status == 404
    assert (await client.get("/api/v1/delivery/nothing/at")).json()["code"] == "not_found"
    assert [(read.found, read.types) for read in Paywall.seen] == [(False, ()), (False, ()), (False, ("nothing",))]
