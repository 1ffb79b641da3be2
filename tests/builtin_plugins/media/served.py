"""A library of files behind a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.site import PLUGINS, Site, image

from newel.contracts.database import Database
from newel.contracts.media import Media
from newel.testing import Answer, Client, FakeAccounts, FakeClock, make_app
from newel.testing.engines import LASTING
from newel.transact import transact
from newel_media.model import Stored

READER = "perm:media.read"
SOURCE = image(1000, 500)


class Served(Site):
    """A site and somebody outside who is not signed in."""

    def __init__(self, app: Any, client: Client, clock: FakeClock) -> None:
        super().__init__(app)
        self.client = client
        self.clock = clock

    async def get(self, url: str, token: str | None = None, method: str = "GET", **headers: str) -> Answer:
        """Header names with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.signed_in(token).request(method, url, headers=sent)

    async def code(self, url: str, token: str | None = None) -> tuple[int, str]:
        """Status and code of a problem."""
        answer = await self.get(url, token)
        return answer.status, answer.json()["code"]

    async def picture(self, data: bytes = SOURCE, name: str = "cat.png", **given: Any) -> dict[str, Any]:
        """Uploads an image, waits for its renditions, and tells what a page gets."""
        stored: Stored = await self.upload(data, name, **given)
        await self.settle()
        return await self.shown(stored.id)

    async def shown(self, id: str) -> dict[str, Any]:
        found = await self.app.need(Media).shown([id], private=True)
        return dict(found[id])

    async def change(self, id: str, **values: Any) -> None:
        """Writes columns of an asset."""
        names = ", ".join(f"{name} = :{name}" for name in values)
        await self.app.need(Database).execute(f"UPDATE media_assets SET {names} WHERE id = :id", {"id": id, **values})

    async def forget(self, id: str) -> None:
        """Deletes an asset."""
        await transact(self.app.need(Database), lambda tx: self.media.store.assets.delete(tx, id))

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements about media that are run inside the block: jobs look for work meanwhile."""
        seen: list[str] = []
        kind = type(self.app.need(Database))
        with pytest.MonkeyPatch.context() as patch:
            for name in ("fetch_one", "fetch_all", "execute"):
                patch.setattr(kind, name, _noting(getattr(kind, name), seen))
            yield seen


def _noting(original: Any, seen: list[str]) -> Any:
    def run(self: Any, *words: Any, **named: Any) -> Any:
        if "media_" in str(words[:1]):
            seen.append(str(words[0]))
        return original(self, *words, **named)

    return run


def first(shown: dict[str, Any], preset: str = "responsive", kind: int = 0) -> str:
    """The address of the narrowest rendition of a preset."""
    srcset: str = shown["presets"][preset]["sources"][kind]["srcset"]
    return srcset.partition(" ")[0]


@asynccontextmanager
async def served(
    *, clock: FakeClock | None = None, plugins: Any = PLUGINS, folder: Path | None = None, **config: Any
) -> AsyncIterator[Served]:
    """``config`` are settings of ``[media]``. With ``folder`` database and files outlive the application."""
    clock = clock or FakeClock()
    sections = LASTING if folder is not None else {}
    every = [*plugins, "http", FakeAccounts.manifest]
    async with (
        make_app(every, {"media": config, **sections}, serving=True, clock=clock, folder=folder) as app,
        Client.of(app) as client,
    ):
        yield Served(app, client, clock)
