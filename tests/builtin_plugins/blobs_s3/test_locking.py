"""What is written with a lock cannot be deleted before its day: asked of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.s3 import Bucket, client, locked

from newel.contracts.blobs import Blobs
from newel.testing import make_app

MIB = 1 << 20


@pytest.mark.parametrize("mode", ["compliance", "governance"])
async def test_objects_and_large_ones_are_kept_until_their_day(bucket: Bucket, tmp_path: Path, mode: str) -> None:
    url = f"s3://{locked(bucket.server)}/{mode}"
    section = bucket.section(object_lock_days=3, object_lock_mode=mode)

    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield bytes(MIB)

    async with make_app(["blobs_s3"], {"blobs": {"url": url}, "blobs_s3": section}) as app:
        store = app.need(Blobs)
        await store.put("small", pieces(1))
        await store.put("large", pieces(6))
        await store.copy("small", "copied")
        async with client(bucket) as s3:
            for name in ("small", "large", "copied"):
                await is_locked(s3, f"{mode}/{name}", mode)
        await store.delete("small", "large")
        assert [blob.key async for blob in store.list()] == ["copied"], "what is deleted is hidden, and kept"


async def is_locked(s3: Any, key: str, mode: str) -> None:
    from botocore.exceptions import ClientError

    where = {"Bucket": "newel-locked", "Key": key}
    head = await s3.head_object(**where)
    assert head["ObjectLockMode"] == mode.upper()
    left = head["ObjectLockRetainUntilDate"] - datetime.now(UTC)
    assert timedelta(days=2.9) < left <= timedelta(days=3)
    with pytest.raises(ClientError, match="AccessDenied"):
        await s3.delete_object(**where, VersionId=head["VersionId"])
