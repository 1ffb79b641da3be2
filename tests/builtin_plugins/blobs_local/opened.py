"""A store in a folder, for the tests of the folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from newel_blobs_local.config import BlobsLocalConfig
from newel_blobs_local.store import LocalBlobs


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[LocalBlobs]:
    store = await LocalBlobs.opened(folder, BlobsLocalConfig())
    try:
        yield store
    finally:
        await store.close()


def left(folder: Path) -> list[str]:
    """What lies in the store's own folder, of files that are no lock."""
    own = folder / ".newel"
    return sorted(
        str(path.relative_to(own)) for path in own.rglob("*") if path.is_file() and path.parent.name != "locks"
    )
