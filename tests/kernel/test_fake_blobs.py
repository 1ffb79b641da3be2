"""The stand-in of the kit keeps the contract, too, and the suite can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from newel.contracts.blobs import Blobs, Presigned
from newel.testing import make_app
from newel.testing.blobs_cases.data import put, read
from newel.testing.blobs_suite import BlobsSuite
from newel.testing.fake_blobs import FakeBlobs


class TestFakeBlobs(BlobsSuite):
    @pytest.fixture(autouse=True)
    def _places(self) -> None:
        self.places: dict[tuple[Path, str], FakeBlobs] = {}

    @asynccontextmanager
    async def make(self, folder: Path, prefix: str) -> AsyncIterator[Blobs]:
        yield self.places.setdefault((folder, prefix), FakeBlobs())

    async def send(
        self, store: Blobs, presigned: Presigned, body: bytes = b"", **changed: str
    ) -> tuple[int, bytes, Mapping[str, str]]:
        assert isinstance(store, FakeBlobs)
        headers = {**presigned.headers} | {name.replace("_", "-").title(): text for name, text in changed.items()}
        return *store.send(presigned.method, presigned.url, headers, body), {}

    async def expired(self, store: Blobs, key: str) -> tuple[Presigned, Presigned]:
        get = await store.presign_get(key, seconds=-5)
        written = await store.presign_put(key, seconds=-5, size=5, content_type="image/x-test")
        assert get is not None
        assert written is not None
        return get, written


async def test_it_is_a_plugin() -> None:
    async with make_app([FakeBlobs.manifest]) as app:
        await put(app.need(Blobs), "a", b"hello")
        assert await read(app.need(Blobs), "a") == b"hello"
