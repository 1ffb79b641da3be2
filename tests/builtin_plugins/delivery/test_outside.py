"""What is shown from outside of content: in the answer, among its keys, and in its tag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.builtin_plugins.content.shelf import Shelf, Things
from tests.builtin_plugins.delivery.test_delivery import PLUGINS, run

from newel.app import App
from newel.testing import Client, make_app

pytestmark = pytest.mark.needs_plugin("http")
FIELDS = [
    {"name": "cover", "type": "thing"},
    {"name": "friend", "type": "reference", "options": {"targets": ["item"]}},
]


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with make_app([*PLUGINS, Shelf.manifest], serving=True) as made:
        await run(made, "types.create", {"name": "item", "fields": FIELDS})
        yield made


async def write(app: App, **data: Any) -> str:
    made = await run(app, "content.create", {"type": "item", "data": data})
    await run(app, "content.publish", {"type": "item", "id": made.id})
    found: str = made.id
    return found


async def test_a_cdn_can_drop_what_shows_a_thing(app: App) -> None:
    friend = await write(app, cover="t2")
    made = await write(app, cover="t1", friend=friend)
    plain = await write(app)
    shelf: Any = app.plugins["shelf"]
    things: Things = shelf.things
    async with Client.of(app) as client:
        first = await client.get(f"/api/v1/delivery/item/{made}?expand=friend")
        assert first.json()["data"]["cover"] == {"id": "t1", "alt": "t1 in en"}
        assert first.json()["data"]["friend"]["data"]["cover"] == {"id": "t2", "alt": "t2 in en"}
        assert "outside" not in first.json()
        assert first.headers["Surrogate-Key"].split() == ["item", made, friend, "thing:t1", "thing:t2"]
        things.kept.remove("t2")
        again = await client.get(
            f"/api/v1/delivery/item/{made}?expand=friend", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert again.status == 200
        assert again.json()["data"]["friend"]["data"]["cover"] is None
        assert again.headers["Surrogate-Key"] == first.headers["Surrogate-Key"]
        other = await client.get(f"/api/v1/delivery/item/{plain}")
        assert other.headers["Surrogate-Key"].split() == ["item", plain]
        assert "Last-Modified" in other.headers
        assert "Last-Modified" not in first.headers  # a thing changes, and the entry does not know
