"""A folder keeps the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from newel.contracts.blobs import Blobs
from newel.testing.blobs_suite import BlobsSuite
from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.store import LocalBlobs


class TestLocal(BlobsSuite):
    @asynccontextmanager
    async def make(self, folder: Path, prefix: str) -> AsyncIterator[Blobs]:
        store = await LocalBlobs.opened(folder / "blobs" / prefix, BlobsLocalConfig())
        try:
            yield store
        finally:
            await store.close()
