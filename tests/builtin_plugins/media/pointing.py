"""Content that points at files, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

from newel import Manifest
from newel.app import App
from newel.contracts.content import Content, OutsideUse
from newel.contracts.database import Transaction
from newel.testing import actor

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
EDITOR = actor("editor", "media.read", "media.write")


class FakeContent:
    """Provides ``Content`` as far as media asks: ``pointing`` says which entries point at an asset."""

    manifest: ClassVar[Manifest] = Manifest(
        name="pointing", summary="Of a test.", load=f"{__name__}:FakeContent", provides=(Content,)
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self.pointing: dict[str, list[str]] = {}
        self.asked: list[Transaction | None] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(Content, self)  # type: ignore[arg-type]  # the part of it that is asked for
        yield

    async def uses(
        self, kind: str, ids: Sequence[str], *, limit: int = 100, tx: Transaction | None = None
    ) -> Sequence[OutsideUse]:
        assert kind == "media"
        self.asked.append(tx)
        uses = [
            OutsideUse(id=id, entry=entry, type="post", field="cover", locale=None, stage="draft")
            for id in ids
            for entry in self.pointing.get(id, ())
        ]
        return uses[:limit]
