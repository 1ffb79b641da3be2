"""The feed of changes: what each act of an editor tells a mirror."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.delivery.mirrors import API, FEED, READER, SLUG, TITLE, Editor, Mirror, brief, everything

from newel.testing import Client, FakeClock

pytestmark = pytest.mark.needs_plugin("http")


async def test_a_mirror_begins_with_all_that_is_published_now(editor: Editor, mirror: Mirror, stranger: Client) -> None:
    """Drafts, and what was unpublished before it began, are not told."""
    ids = [await editor.published("post", f"Post {number}") for number in range(7)]
    await editor.create("post", "A draft")
    await editor.ask("POST", f"/content/post/{ids[3]}/unpublish", {})
    mirror.limit = 2
    told = await mirror.follow()
    assert brief(told) == [(id, "published", None) for id in ids if id != ids[3]]
    assert told[0] == {
        "entry": ids[0], "type": "post", "locale": "en", "change": "published", "version": 1, "path": None,
        "at": "2030-01-01T00:00:00.000Z",
    }  # fmt: skip
    assert mirror.kept == await everything(stranger, "post", "page")
    assert await mirror.follow() == []


async def test_what_happens_later_is_told_once_with_its_latest_change(editor: Editor, mirror: Mirror) -> None:
    first, second = await editor.published("post", "First"), await editor.published("post", "Second")
    await mirror.follow()
    await editor.ask("PATCH", f"/content/post/{first}", {"data": {"title": "Changed"}})
    assert await mirror.follow() == []  # a draft
    await editor.publish("post", first)
    await editor.ask("POST", f"/content/post/{second}/unpublish", {})
    await editor.ask("PATCH", f"/content/post/{first}", {"data": {"title": "Changed again"}})
    await editor.publish("post", first)
    told = await mirror.follow()
    assert [(one["entry"], one["change"], one["version"]) for one in told] == [
        (second, "unpublished", 1),
        (first, "published", 3),
    ]
    assert mirror.kept[first, "en"]["data"]["title"] == "Changed again"


async def test_each_locale_is_told_alone(editor: Editor, mirror: Mirror) -> None:
    id = await editor.published("post", "Hello")
    await mirror.follow()
    await editor.ask("PATCH", f"/content/post/{id}", {"data": {"title": "Hallo"}, "locale": "de"})
    await editor.publish("post", id, "de")
    assert [(one["entry"], one["locale"]) for one in await mirror.follow()] == [(id, "de")]


async def test_a_new_slug_tells_the_pages_below_as_well(editor: Editor, mirror: Mirror, stranger: Client) -> None:
    top = await editor.published("page", "Top")
    below = await editor.published("page", "Below", top)
    other = await editor.published("page", "Other")
    await mirror.follow()
    await editor.ask("PATCH", f"/content/page/{top}", {"data": {"slug": "summit"}})
    assert await mirror.follow() == []
    await editor.publish("page", top)
    told = await mirror.follow()
    assert sorted(brief(told)) == sorted([(top, "published", "/summit"), (below, "published", "/summit/below")])
    await editor.ask("POST", f"/content/page/{below}/move", {"parent": other})
    assert brief(await mirror.follow()) == [(below, "published", "/other/below")]
    await editor.ask("POST", f"/content/page/{other}/move", {"before": top})
    assert brief(await mirror.follow()) == [(other, "published", "/other")]
    assert mirror.kept == await everything(stranger, "post", "page")


async def test_the_trash_and_back_and_gone_for_good(editor: Editor, mirror: Mirror) -> None:
    top = await editor.published("page", "Top")
    below = await editor.published("page", "Below", top)
    await mirror.follow()
    await editor.ask("DELETE", f"/content/page/{top}?descendants=true")
    told = await mirror.follow()
    assert sorted(brief(told)) == sorted([(top, "unpublished", "/top"), (below, "unpublished", "/top/below")])
    await editor.ask("POST", f"/content/page/{top}/restore", {})
    assert await mirror.follow() == []  # as drafts
    await editor.publish("page", top, descendants=True)
    assert len(await mirror.follow()) == 2
    late = mirror.token
    await editor.ask("DELETE", f"/content/page/{top}?descendants=true")
    await editor.ask("POST", f"/content/page/{top}/purge", {"confirm": True})
    assert {one["change"] for one in await mirror.follow()} == {"unpublished"}
    assert late != mirror.token
    assert mirror.kept == {}


async def test_a_batch_tells_its_outcome(editor: Editor, mirror: Mirror) -> None:
    """What failed in it is not told, and what came and went is not either."""
    ids = [await editor.create("post", f"Post {number}") for number in range(3)]
    await editor.publish("post", ids[2])
    await mirror.follow()
    await editor.ask("PATCH", f"/content/post/{ids[2]}", {"data": {"title": "New"}})
    acts = [
        {"op": "publish", "type": "post", "id": ids[0]},
        {"op": "publish", "type": "post", "id": ids[1]},
        {"op": "unpublish", "type": "post", "id": ids[1]},
        {"op": "publish", "type": "post", "id": ids[2], "revision": 1, "locale": "xx"},
    ]
    done = await editor.ask("POST", "/content:batch", {"operations": acts, "atomic": False})
    assert done["failed"] == 1
    assert brief(await mirror.follow()) == [(ids[0], "published", None)]


async def test_a_type_that_hides_its_entries_tells_strangers_they_are_gone(
    editor: Editor, mirror: Mirror, stranger: Client
) -> None:
    id, never = await editor.published("page", "Seen"), await editor.create("page", "Secret")
    reader = Mirror(stranger.signed_in(READER))
    await mirror.follow()
    await reader.follow()
    await editor.ask("PATCH", "/types/page", {"public": False})
    assert brief(await mirror.follow()) == [(id, "unpublished", "/seen")]
    await editor.publish("page", never)
    await editor.ask("PATCH", f"/content/page/{id}", {"data": {"slug": "moved"}})
    await editor.publish("page", id)
    await editor.ask("PATCH", "/types/page", {"rename": "leaf"})
    assert await mirror.follow() == []
    assert {one["type"] for one in await Mirror(stranger.signed_in(READER)).follow()} == {"leaf"}
    assert {one["entry"] for one in await reader.follow()} == {id, never}
    await editor.ask("PATCH", "/types/leaf", {"public": True})
    assert sorted(brief(await mirror.follow())) == sorted(
        [(id, "published", "/moved"), (never, "published", "/secret")]
    )
    assert mirror.kept == await everything(stranger, "post", "leaf") == reader.kept


async def test_a_type_that_was_never_public_leaves_no_trace(editor: Editor, stranger: Client) -> None:
    """Not a row, not another token, not another byte."""
    await editor.type("secret", public=False)
    await editor.published("post", "Open")
    answers = []
    for _ in range(2):
        begun = await stranger.get(FEED)
        later = await stranger.get(f"{FEED}?since={begun.json()['meta']['next']}")
        answers.append((begun.body, begun.headers["ETag"], later.body, later.headers["ETag"]))
        id = await editor.published("secret", "Hidden")
        await editor.ask("POST", f"/content/secret/{id}/unpublish", {})
        await editor.published("secret", "Hidden as well")
    assert answers[0] == answers[1]
    await editor.ask("DELETE", "/types/secret?force=true")
    assert (await stranger.get(FEED)).body == answers[0][0]


async def test_fields_with_other_names_tell_all_that_has_them(editor: Editor, mirror: Mirror, stranger: Client) -> None:
    await editor.ask("POST", "/types", {"name": "quote", "kind": "block", "fields": [{"name": "text", "type": "text"}]})
    blocks = {"name": "body", "type": "blocks", "options": {"types": ["quote"]}}
    await editor.ask("POST", "/types", {"name": "story", "fields": [TITLE, SLUG, blocks]})
    post, story = await editor.published("post", "Post"), await editor.create("story", "Story")
    body = [{"type": "quote", "data": {"text": "Hear, hear"}}]
    await editor.ask("PATCH", f"/content/story/{story}", {"data": {"body": body}})
    await editor.publish("story", story)
    await mirror.follow()
    await editor.ask("PATCH", "/types/post", {"label": "A post"})
    assert await mirror.follow() == []
    fields = [{**TITLE, "name": "heading", "number": 1}, {**SLUG, "number": 2, "options": {"source": "heading"}}]
    await editor.ask("PATCH", "/types/post", {"fields": fields})
    assert brief(await mirror.follow()) == [(post, "published", None)]
    await editor.ask("PATCH", "/types/quote", {"fields": [{"name": "words", "type": "text", "number": 1}]})
    assert brief(await mirror.follow()) == [(story, "published", None)]
    assert mirror.kept == await everything(stranger, "post", "story")


async def test_a_type_that_is_deleted_and_a_language_that_is_switched_off(editor: Editor, mirror: Mirror) -> None:
    post, page = await editor.published("post", "Post"), await editor.published("page", "Page")
    await editor.ask("PATCH", f"/content/page/{page}", {"data": {"title": "Seite"}, "locale": "de"})
    await editor.publish("page", page, "de")
    await mirror.follow()
    await editor.ask("DELETE", "/types/post?force=true")
    assert [(one["entry"], one["change"], one["type"]) for one in await mirror.follow()] == [
        (post, "unpublished", "post")
    ]
    await editor.ask("PATCH", "/locales/de", {"enabled": False})
    assert brief(await mirror.follow()) == [(page, "unpublished", "/seite")]
    assert set(mirror.kept) == {(page, "en")}
    await editor.ask("PATCH", "/locales/de", {"enabled": True})
    assert brief(await mirror.follow()) == [(page, "published", "/seite")]


async def test_tombstones_go_after_a_time_and_tokens_from_before_are_refused(
    editor: Editor, mirror: Mirror, stranger: Client, clock: FakeClock
) -> None:
    gone, stays = await editor.published("post", "Gone"), await editor.published("post", "Stays")
    late, quiet = Mirror(stranger), mirror
    await late.follow()
    await editor.ask("DELETE", f"/content/post/{gone}")
    await editor.ask("POST", f"/content/post/{gone}/purge", {"confirm": True})
    await quiet.follow()
    await clock.advance(91 * 86400)
    assert [one["change"] for one in await Mirror(stranger).follow()] == ["published"]
    other = await editor.create("post", "Other")
    await editor.ask("DELETE", f"/content/post/{other}")
    await editor.ask("POST", f"/content/post/{other}/purge", {"confirm": True})
    refused = await stranger.get(f"{FEED}?since={late.token}")
    assert (refused.status, refused.json()["errors"][0]["code"]) == (400, "expired")
    assert await quiet.follow() == []  # it is old, but missed nothing
    assert {one["entry"] for one in await Mirror(stranger).follow()} == {stays}


async def test_headers(editor: Editor, stranger: Client) -> None:
    await editor.published("post", "One")
    await editor.published("post", "Two")
    first = await stranger.get(f"{FEED}?limit=1")
    token = first.json()["meta"]["next"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Link"] == f'<{FEED}?limit=1&since={token}>; rel="next"'
    again = await stranger.get(f"{FEED}?limit=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    last = await stranger.get(f"{FEED}?limit=1&since={token}")
    assert (last.json()["links"]["next"], "Link" in last.headers) == (None, False)
    end = f"{FEED}?since={last.json()['meta']['next']}"
    etag = (await stranger.get(end)).headers["ETag"]
    assert (await stranger.get(end, headers={"If-None-Match": etag})).status == 304
    await editor.published("post", "Three")
    assert (await stranger.get(end, headers={"If-None-Match": etag})).status == 200
    private = await stranger.signed_in(READER).get(FEED)
    assert private.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "query",
    ["since=", "since=abc", "since=WzFd", "since=%00", "since=ü", "limit=0", "limit=1001", "limit=x", "type=post",
     "since=" + "A" * 501],
)  # fmt: skip
async def test_bad_queries_are_400(stranger: Client, query: str) -> None:
    assert (await stranger.get(f"{FEED}?{query}")).status == 400


async def test_a_token_that_is_damaged_or_not_of_this_feed_is_400(editor: Editor, stranger: Client) -> None:
    """Nor is one of those who may read private types of use to others, or the cursor of a list."""
    await editor.published("post", "One")
    await editor.published("post", "Two")
    token = (await stranger.get(FEED)).json()["meta"]["next"]
    flipped = [f"{token[:at]}{'A' if token[at] != 'A' else 'B'}{token[at + 1 :]}" for at in range(0, len(token), 5)]
    private = (await stranger.signed_in(READER).get(FEED)).json()["meta"]["next"]
    cursor = (await stranger.get(f"{API}/delivery/post?limit=1")).json()["links"]["next"]
    for bad in (*flipped, token[:-1], token + "A", private, cursor):
        answer = await stranger.get(f"{FEED}?since={bad}")
        assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "token"), bad
