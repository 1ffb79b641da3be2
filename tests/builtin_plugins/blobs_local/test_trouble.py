"""Full disks, killed processes, and what they leave."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.blobs_local.opened import left, opened
from tests.flat import GIGABYTE, grown
from tests.support import environment

from newel.contracts.blobs import BlobsAway
from newel.errors import NewelError, Reject, Transient
from newel.testing.blobs_cases.data import keys, put, read, sent, some

FAULTS = {
    errno.ENOSPC: (Transient, "storage_full"),
    errno.EDQUOT: (Transient, "storage_full"),
    errno.EFBIG: (Reject, "too_large"),
    errno.EIO: (BlobsAway, "blobs_away"),
    errno.EROFS: (BlobsAway, "blobs_away"),
    errno.EMFILE: (BlobsAway, "blobs_away"),
}


@pytest.mark.parametrize("where", ["write", "fsync", "rename"])
@pytest.mark.parametrize("number", FAULTS, ids=errno.errorcode.get)
async def test_a_disk_that_fails_leaves_nothing_half_there(
    number: int, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, code = FAULTS[number]
    async with opened(tmp_path) as store:
        await put(store, "a", b"earlier", content_type="text/x-test")
        before = left(tmp_path)

        def fail(*_: Any, **__: Any) -> None:
            raise OSError(number, os.strerror(number))

        upload = await store.multipart("b")
        with monkeypatch.context() as patch:
            patch.setattr(os, where, fail)
            for act in (put(store, "a", some(3 << 20)), upload.put_part(1, sent(b"x"), size=1)):
                with pytest.raises(NewelError) as caught:
                    await act
                assert (type(caught.value), caught.value.reason) == (kind, code)
                assert str(tmp_path) not in caught.value.detail
        await upload.abort()
        assert await read(store, "a") == b"earlier"
        assert (await store.head("a")).content_type == "text/x-test"
        assert await keys(store) == ["a"]
        assert left(tmp_path) == before
        await put(store, "a", b"next")
        assert await read(store, "a") == b"next"


async def test_a_full_disk_stops_no_start_and_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as store:
        await put(store, "a", b"earlier")
    (tmp_path / ".newel/tmp/old").write_bytes(b"x")
    aged(tmp_path, 25)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    async with opened(tmp_path) as store:
        assert left(tmp_path) == []
        assert await read(store, "a") == b"earlier"


async def test_a_type_that_somebody_broke_is_that_of_the_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for broken in ("", "{", "[]", "3", "{}"):
            await put(store, "a.png", b"x", content_type="text/x-test")
            (tmp_path / ".newel/types/a.png").write_text(broken)
            assert (await store.head("a.png")).content_type == "image/png"
            assert await read(store, "a.png") == b"x"


CHILD = """
    import asyncio, sys
    from pathlib import Path
    from newel_blobs_local.config import BlobsLocalConfig
    from newel_blobs_local.store import LocalBlobs

    async def endless():
        yield b"x" * (3 << 20)
        print("begun", flush=True)
        await asyncio.Event().wait()

    async def main():
        store = await LocalBlobs.opened(Path(sys.argv[1]), BlobsLocalConfig())
        upload = await store.multipart("parts")

        async def one():
            yield b"x"

        await upload.put_part(1, one(), size=1)
        await store.put("a/b", endless())

    asyncio.run(main())
"""


async def test_a_put_that_is_cancelled_anywhere_leaves_nothing(tmp_path: Path) -> None:
    data = some(5 << 20)
    async with opened(tmp_path) as store:
        for turn in range(30):
            task = asyncio.create_task(put(store, "a/b", data, content_type="text/x-test"))
            await asyncio.sleep(turn / 4000)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert [name for name in left(tmp_path) if name.startswith("tmp")] == [], turn
            if await keys(store):
                assert await read(store, "a/b") == data
                await store.delete("a/b")
        assert left(tmp_path) == []


@pytest.mark.slow
def test_memory_stays_flat(tmp_path: Path) -> None:
    told = grown({"blobs": {"url": f"file:{tmp_path}/blobs"}}, GIGABYTE)
    assert told["came"] == GIGABYTE
    assert max(told["up"], told["down"]) < 50e6


def killed_while_putting(folder: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(CHILD), str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"begun\n"
        child.send_signal(signal.SIGKILL)
        child.wait()


async def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await put(store, "a/b", b"earlier")
    await asyncio.to_thread(killed_while_putting, tmp_path)
    assert [name.partition("/")[0] for name in left(tmp_path)] == ["tmp", "uploads", "uploads"]
    async with opened(tmp_path) as store:  # too early: another process may be at it
        assert await keys(store) == ["a/b"]
        assert await read(store, "a/b") == b"earlier"
        assert len(left(tmp_path)) == 3
    aged(tmp_path, 23)
    async with opened(tmp_path):
        assert len(left(tmp_path)) == 3
    aged(tmp_path, 25)
    async with opened(tmp_path) as store:
        assert left(tmp_path) == []
        assert await read(store, "a/b") == b"earlier"
    assert list((tmp_path / ".newel/uploads").iterdir()) == []


def aged(folder: Path, hours: int) -> None:
    """Makes what was left as old as that."""
    then = time.time() - hours * 3600
    for place in ("tmp", "uploads"):
        for path in (folder / ".newel" / place).iterdir():
            os.utime(path, (then, then))
