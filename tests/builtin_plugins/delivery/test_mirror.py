"""Mirrors that follow the feed while others write: they end up with exactly what is published."""

from __future__ import annotations

import asyncio
import random
import secrets
from itertools import count

import pytest
from tests.builtin_plugins.delivery.mirrors import LOCALES, READER, Editor, Mirror, everything

from newel.testing import Client, FakeClock

pytestmark = pytest.mark.needs_plugin("http")

ACTS = 60  # of each writer
WRITERS = 3
VERBS = {
    "create": 8, "publish": 6, "change": 6, "rename": 10, "move": 6, "unpublish": 3, "batch": 3, "delete": 2,
    "restore": 4, "purge": 1, "hide": 0.5, "show": 1,
}  # fmt: skip
"""What writers do, and how much more often than other things."""


class Writer:
    """Does to the site whatever comes into its head. That an act is refused is fine: others meddle."""

    def __init__(self, editor: Editor, chance: random.Random, clock: FakeClock, ids: dict[str, list[str]]) -> None:
        self._editor = editor
        self._chance = chance
        self._clock = clock
        self._ids = ids
        self._numbers = count()

    async def act(self) -> None:
        await self._clock.advance(self._chance.choice([0, 0, 0.001, 3]))
        verb = self._chance.choices([*VERBS], [*VERBS.values()])[0]
        type = self._chance.choice(["post", "page", "page"])
        if verb == "create" or not self._ids[type]:
            await self._create(type)
        elif verb in ("hide", "show"):
            await self._ask("PATCH", f"/types/{type}", {"public": verb == "show"})
        else:
            await getattr(self, f"_{verb}")(type, self._chance.choice(self._ids[type]))

    async def _ask(self, method: str, path: str, body: object = None) -> object:
        return await self._editor.ask(method, path, body, may_fail=True)

    async def _create(self, type: str) -> None:
        parent = self._chance.choice([None, *self._ids["page"]]) if type == "page" else None
        body = {"data": {"title": self._title()}, "parent": parent, "locale": self._locale()}
        made = await self._ask("POST", f"/content/{type}", body)
        if isinstance(made, dict):
            self._ids[type].append(made["id"])
            await self._publish(type, made["id"])

    def _title(self) -> str:
        return f"T{self._chance.randrange(10**6)} {next(self._numbers)}"

    def _locale(self) -> str:
        return self._chance.choice(LOCALES)

    async def _publish(self, type: str, id: str) -> None:
        body = {"locale": self._chance.choice([*LOCALES, "*"]), "descendants": self._chance.random() < 0.3}
        await self._ask("POST", f"/content/{type}/{id}/publish", body)

    async def _change(self, type: str, id: str) -> None:
        body = {"data": {"title": self._title()}, "locale": self._locale()}
        await self._ask("PATCH", f"/content/{type}/{id}", body)
        await self._publish(type, id)

    async def _rename(self, type: str, id: str) -> None:
        """A new slug, of the draft only now and then."""
        body = {"data": {"slug": f"s-{self._chance.randrange(10**6)}"}, "locale": self._locale()}
        await self._ask("PATCH", f"/content/{type}/{id}", body)
        if self._chance.random() < 0.7:
            await self._publish(type, id)

    async def _unpublish(self, type: str, id: str) -> None:
        await self._ask("POST", f"/content/{type}/{id}/unpublish", {"locale": self._locale()})

    async def _delete(self, type: str, id: str) -> None:
        await self._ask("DELETE", f"/content/{type}/{id}?descendants=true")

    async def _restore(self, type: str, id: str) -> None:
        await self._ask("POST", f"/content/{type}/{id}/restore", {})

    async def _purge(self, type: str, id: str) -> None:
        await self._ask("POST", f"/content/{type}/{id}/purge", {"confirm": True})

    async def _move(self, type: str, id: str) -> None:
        other = self._chance.choice(self._ids[type])
        await self._ask("POST", f"/content/{type}/{id}/move", {"parent": other} if type == "page" else {"after": other})

    async def _batch(self, type: str, id: str) -> None:
        ids = self._chance.choices(self._ids[type], k=4)
        acts = [{"op": self._chance.choice(["publish", "unpublish", "move"]), "type": type, "id": one} for one in ids]
        await self._ask("POST", "/content:batch", {"operations": acts, "atomic": self._chance.random() < 0.3})


async def test_a_mirror_ends_up_with_what_is_published(stranger: Client, editor: Editor, clock: FakeClock) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    ids: dict[str, list[str]] = {"post": [], "page": []}
    writing = True

    async def write() -> None:
        writer = Writer(editor, random.Random(chance.random()), clock, ids)
        for _ in range(ACTS):
            await writer.act()

    async def follow(mirror: Mirror) -> None:
        """Page after page of another size, while others write and afterwards."""
        while writing:
            mirror.limit = chance.randrange(1, 6)
            await mirror.page()
            await asyncio.sleep(0)
        await mirror.follow()

    mirrors = [Mirror(stranger), Mirror(stranger.signed_in(READER))]
    following = [asyncio.create_task(follow(mirror)) for mirror in mirrors]
    try:
        await asyncio.gather(*(write() for _ in range(WRITERS)))
    finally:
        writing = False
    await asyncio.gather(*following)
    for mirror, client in zip(mirrors, (stranger, stranger.signed_in(READER)), strict=True):
        assert mirror.kept == await everything(client, "post", "page")
        begun = Mirror(client)
        await begun.follow()
        assert begun.kept == mirror.kept
    assert len(mirrors[1].kept) > 5
