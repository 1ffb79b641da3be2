"""A folder keeps the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.builtin_plugins.blobs_local.opened import opened

from newel.contracts.blobs import Blobs
from newel.testing.blobs_cases.presigning import Presigning
from newel.testing.blobs_suite import BlobsSuite


class TestLocal(BlobsSuite):
    def make(self, folder: Path, prefix: str) -> AbstractAsyncContextManager[Blobs]:
        return opened(folder / "blobs" / prefix)

    async def test_it_has_no_presigned_addresses(self, store: Blobs) -> None:
        assert await store.presign_get("a", seconds=60) is None
        assert await store.presign_put("a", seconds=60, size=1, content_type="a/b") is None


for name in vars(Presigning):
    if name.startswith("test_"):  # cases of what it has not
        setattr(TestLocal, name, None)
