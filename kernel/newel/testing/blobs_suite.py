"""``BlobsSuite``: every obligation of the ``Blobs`` contract, as tests. Whoever provides a store subclasses it.

.. code-block:: python

    class TestMyStore(BlobsSuite):
        def make(self, folder, prefix):
            return my_store(folder, prefix)  # an async context manager that yields a started store
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import ClassVar

import pytest
import pytest_asyncio

from newel.contracts.blobs import Blobs
from newel.testing.blobs_cases.names import Names
from newel.testing.blobs_cases.parts import Parts
from newel.testing.blobs_cases.presigning import Presigning
from newel.testing.blobs_cases.reading import Reading
from newel.testing.blobs_cases.writing import Writing


class BlobsSuite(Names, Writing, Reading, Parts, Presigning):
    """Subclass it and give ``make``, and ``send`` and ``expired`` where there are presigned addresses. All tests get a
    fresh store in a fresh folder."""

    pytestmark = pytest.mark.asyncio
    reads_on: ClassVar[bool] = True
    """Whether who reads is served to the end when the blob is replaced or deleted; else they may meet ``BlobsAway``."""

    def make(self, folder: Path, prefix: str) -> AbstractAsyncContextManager[Blobs]:
        """A started store: of this prefix (of a letter or more), in a place that belongs to this folder. Empty at
        first; later with what was put there."""
        raise NotImplementedError("give your suite a make(self, folder, prefix)")

    @pytest_asyncio.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Blobs]:
        async with self.make(tmp_path, "site") as store:
            yield store

    @pytest_asyncio.fixture
    async def beside(self, tmp_path: Path) -> AsyncIterator[Blobs]:
        """Another site's, in the same place. Its prefix begins like ours."""
        async with self.make(tmp_path, "site2") as store:
            yield store

    async def test_it_says_where_it_is(self, store: Blobs) -> None:
        assert ":" in store.name
        assert store.part_size > 0
