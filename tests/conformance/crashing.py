"""A process that is killed at a call of its database: ``python -m tests.conformance.crashing FOLDER WHAT AT WHEN``.

``WHAT`` is ``migrate``, or the entry to publish.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from tests.deaths import Death, When, install
from tests.engines import in_child

from newel import Manifest, hookimpl
from newel.app import App
from newel.contracts.database import Database
from newel.contracts.migrations import Migrations
from newel.hooks.content import EntryEvent
from newel.testing import actor
from newel.testing.app import build_app
from newel.testing.engines import LASTING


class Listener:
    """Hears of publishing, so that there is an event to keep."""

    heard: ClassVar[list[str]] = []

    def __init__(self, app: App) -> None:
        pass

    @hookimpl
    def content_after_publish(self, event: EntryEvent) -> None:
        self.heard.append(event.id)


PLUGINS: list[Manifest | str] = [
    "database", "migrations", "audit", "accounts", "content", "delivery", "idempotency", "jobs", "ratelimit",
    Manifest(name="hears", summary="Hears.", load="tests.conformance.crashing:Listener", after=("content",)),
]  # fmt: skip


async def main(folder: str, what: str, at: str, when: str) -> None:
    death = Death(int(at), cast(When, when), kill=True)
    app = build_app(PLUGINS, LASTING, folder=Path(folder))
    if what == "migrate":
        async with app.running_only(Database):
            plugin: Any = app.plugins["migrations"]
            with death.upon():
                await (await plugin.service()).migrate(app.manifests)
        return
    async with app.running():
        assert app.need(Migrations)
        with death.upon():
            call = app.call(actor("admin"), "test")
            await app.operations.run("content.publish", {"type": "post", "id": what}, call)


if __name__ == "__main__":
    in_child()
    patch = pytest.MonkeyPatch()
    install(patch)
    asyncio.run(main(*sys.argv[1:]))
