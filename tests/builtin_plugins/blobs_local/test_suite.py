"""A folder keeps the contract."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.builtin_plugins.blobs_local.opened import opened

from newel.contracts.blobs import Blobs
from newel.testing.blobs_suite import BlobsSuite


class TestLocal(BlobsSuite):
    def make(self, folder: Path, prefix: str) -> AbstractAsyncContextManager[Blobs]:
        return opened(folder / "blobs" / prefix)
