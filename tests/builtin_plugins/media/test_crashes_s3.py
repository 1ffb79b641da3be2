"""``test_crashes`` with the bytes in a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.builtin_plugins.media import test_crashes
from tests.builtin_plugins.media.test_crashes import (
    Store,
    _seam,
    test_an_upload_dies,
    test_rendering_dies,
    test_the_sweep_dies,
    test_uploads_and_sweeps_at_once,
)
from tests.s3 import Bucket

__all__ = [
    "_seam", "test_an_upload_dies", "test_rendering_dies", "test_the_sweep_dies", "test_uploads_and_sweeps_at_once",
]  # fmt: skip
pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of a bucket takes its time: a drawn few of the points."""
    monkeypatch.setattr(test_crashes, "MOST", {"sqlite": 25})


@pytest.fixture
def store(tmp_path: Path, bucket: Bucket) -> Store:
    return "blobs_s3", bucket.config(tmp_path)
