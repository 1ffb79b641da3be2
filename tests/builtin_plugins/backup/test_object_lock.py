"""A target that lets nothing go for some days: snapshots stay safe, and pruning says what is held."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.backup.site import site
from tests.s3 import Bucket, client, locked

from newel.contracts.blobs import Blobs, BlobsAway
from newel.errors import BootError
from newel.testing import FakeClock
from newel_backup.targets import Targets

PDF = b"%PDF-1.7\n" + b"something " * 1000


class Keeping:
    """A store that does not let some objects go."""

    def __init__(self, store: Blobs, keeps: Callable[[str], bool], code: str) -> None:
        self._store = store
        self._keeps = keeps
        self._code = code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def delete(self, *keys: str) -> None:
        await self._store.delete(*[key for key in keys if not self._keeps(key)])
        if any(map(self._keeps, keys)):
            raise BlobsAway("the store of files answers AccessDenied", code=self._code)


def keep(patch: pytest.MonkeyPatch, keeps: Callable[[str], bool], code: str = "blobs_refused") -> None:
    store = Targets.store

    @asynccontextmanager
    async def opened(self: Targets, name: str) -> Any:
        async with store(self, name) as found:
            yield Keeping(found, keeps, code)

    patch.setattr(Targets, "store", opened)


async def test_what_the_target_keeps_is_counted_and_a_snapshot_that_it_keeps_stays_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with site() as at:
        await at.filled(2)
        stored = await at.file("a.pdf", PDF)
        first = await at.backup()
        await at.run("media.delete", id=stored.id)
        second = await at.backup()
        with monkeypatch.context() as patch:
            keep(patch, lambda key: key.startswith("snapshots/"))
            found = await at.work.prune("local", {"last": 1})
            assert (found.removed, found.chunks, found.held) == (0, 0, 1)
        checked = await at.work.verify("local", share=1.0)
        assert (checked.ok, set(checked.whole)) == (True, {first.id, second.id})
        with monkeypatch.context() as patch:
            one: list[str] = []
            keep(patch, lambda key: key.startswith("chunks/") and (one or one.append(key) or one)[0] == key)
            found = await at.work.prune("local", {"last": 1})
        assert (found.removed, found.held) == (1, 1)
        assert found.chunks > 0
        last = await at.work.prune("local", {"last": 1})
        assert (last.removed, last.chunks, last.held) == (0, 1, 0)
        assert (await at.work.verify("local", share=1.0)).unused == 0


async def test_a_target_that_is_away_is_not_one_that_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    async with site() as at:
        await at.backup()
        await at.backup()
        with monkeypatch.context() as patch:
            keep(patch, lambda key: key.startswith("snapshots/"), "blobs_away")
            with pytest.raises(BlobsAway):
                await at.work.prune("local", {"last": 1})
        assert (await at.work.verify("local", share=1.0)).ok
        assert (await at.work.prune("local", {"last": 1})).removed == 1


@pytest.mark.slow
@pytest.mark.engines("sqlite")  # what is another here is the target
async def test_each_snapshot_is_safe_for_half_of_the_days(tmp_path: Path, bucket: Bucket) -> None:
    clock = FakeClock(datetime.now(UTC))
    name = locked(bucket.server)
    settings = {f"blobs_s3.{key}": str(value) for key, value in bucket.section().items()}
    target = {
        "url": f"s3://{name}/backups", "settings": settings, "object_lock_days": 30, "passphrase": "correct horse",
    }  # fmt: skip
    config = {"backup": {"targets": {"s3": target}}, "jobs": {"clock": "process"}}
    async with site("blobs_s3", config=config, clock=clock) as at:
        await at.filled(2)
        await at.file("a.pdf", PDF)
        first = await at.backup("s3")
        await clock.jump(14 * 86400)
        assert (await at.backup("s3")).new_chunks < first.new_chunks / 2, "what is locked long enough is used"
        await clock.jump(2 * 86400)
        third = await at.backup("s3")
        assert third.new_chunks >= first.new_chunks, "the lock of what is older would end too soon"
        assert (await at.work.verify("s3", share=1.0)).ok
        async with client(bucket) as s3:
            found = (await s3.list_object_versions(Bucket=name, Prefix="backups/"))["Versions"]
            count = {key: sum(one["Key"] == key for one in found) for key in {one["Key"] for one in found}}
            assert count["backups/config"] == 2
            assert [number for key, number in count.items() if "/keys/" in key] == [2]
            head = await s3.head_object(Bucket=name, Key="backups/config")
            assert head["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)
        assert (await at.work.prune("s3", {"last": 1})).removed == 2
        assert (await at.work.verify("s3", share=1.0)).whole == (third.id,)


async def test_only_a_store_of_s3_locks() -> None:
    with pytest.raises(BootError, match="only a store of S3"):
        async with site(config={"backup": {"targets": {"local": {"url": "file:x", "object_lock_days": 3}}}}):
            pytest.fail("it started")
