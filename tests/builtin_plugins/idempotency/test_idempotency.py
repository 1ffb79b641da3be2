"""One key, one act."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from newel import Reject
from newel.app import App
from newel.contracts.idempotency import Kept
from newel.testing import FakeClock, actor, make_app

PLUGINS = ["sqlite", "migrations", "idempotency", "content"]


async def create(app: App, title: str, key: str, who: str = "admin") -> Any:
    call = app.call(actor(who, everything=True), "test", idempotency_key=key)
    return await app.operations.run("content.create", {"type": "note", "data": {"title": title}}, call)


async def test_the_same_key_again_changes_nothing(clock: FakeClock) -> None:
    async with make_app(PLUGINS, clock=clock) as app:
        call = app.call(actor("admin"), "test")
        await app.operations.run("types.create", {"name": "note", "fields": [{"name": "title", "type": "text"}]}, call)
        answers = await asyncio.gather(*(create(app, "a", "k") for _ in range(10)))
        kept = [one for one in answers if isinstance(one, Kept)]
        first = next(one for one in answers if not isinstance(one, Kept))
        assert len(kept) == 9
        assert {one.answer["id"] for one in kept} == {first.id}
        with pytest.raises(Reject) as caught:
            await create(app, "b", "k")
        assert caught.value.reason == "idempotency_mismatch"
        assert not isinstance(await create(app, "a", "k", "somebody"), Kept)
        assert not isinstance(await create(app, "a", "k2"), Kept)
        with pytest.raises(Reject):
            await create(app, 5, "failed")  # type: ignore[arg-type]  # a fault on purpose
        assert not isinstance(await create(app, "fine now", "failed"), Kept)
        await clock.advance(25 * 3600)
        assert not isinstance(await create(app, "a", "k"), Kept)
