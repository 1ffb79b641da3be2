"""Files up and down: MB/s and memory, of the folder against plain file copies, of a bucket against the library itself.

Each measurement is a process of its own, so that one's memory is not another's. The S3 server is SeaweedFS on this
machine: it takes its share of the processors, for ours and for theirs alike.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

from newel.contracts.blobs import Blobs
from newel.testing import make_app
from tests.bench.timing import row
from tests.s3 import Bucket, started

SIZE = int(os.environ.get("NEWEL_BENCH_BYTES", 256 << 20))
SMALL = 200
PIECE = bytes(range(256)) * 1024


async def _made(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, len(PIECE)):
        yield PIECE[: size - start]


class _Source(io.RawIOBase):
    """The same bytes as a file, for who wants one."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        self._left -= size
        return (PIECE * (size // len(PIECE) + 1))[:size]


def _peak() -> int:
    """The most memory that this process has had, in bytes (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


async def _ours(config: Mapping[str, Any], told: dict[str, float]) -> None:
    async with make_app(["blobs_local", "blobs_s3"], config) as app:
        store = app.need(Blobs)
        await store.put("warm", _made(1000))
        before, begun = _peak(), perf_counter()
        await store.put("large", _made(SIZE), size=SIZE)
        told["up"] = SIZE / 1e6 / (perf_counter() - begun)
        begun = perf_counter()
        async with store.get("large") as reading:
            came = 0
            async for piece in reading.pieces:
                came += len(piece)
        assert came == SIZE
        told["down"] = SIZE / 1e6 / (perf_counter() - begun)
        told["memory"] = _peak() - before
        begun = perf_counter()
        for number in range(SMALL):
            await store.put(f"small/{number:04}.webp", _made(20_000), content_type="image/webp")
        told["small up"] = SMALL / (perf_counter() - begun)
        begun = perf_counter()
        for number in range(SMALL):
            async with store.get(f"small/{number:04}.webp") as reading:
                async for _ in reading.pieces:
                    pass
        told["small down"] = SMALL / (perf_counter() - begun)
        await store.delete("large", *[blob.key async for blob in store.list("small/")])


async def _library(config: Mapping[str, Any], told: dict[str, float]) -> None:
    """aioboto3 as its documentation has it."""
    from newel_blobs_s3.config import BlobsS3Config
    from newel_blobs_s3.connecting import client_of
    from newel_blobs_s3.settings import settings_of

    section = config["blobs_s3"]
    environment = {"S3_ACCESS_KEY_ID": section["access_key_id"], "S3_SECRET_ACCESS_KEY": section["secret_access_key"]}
    settings = settings_of(config["blobs"]["url"], BlobsS3Config(endpoint=section["endpoint"]), environment)
    where = {"Bucket": settings.bucket, "Key": f"{settings.prefix}raw"}
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(settings))
        await client.put_object(**where, Body=b"warm")
        before, begun = _peak(), perf_counter()
        await client.upload_fileobj(_Source(SIZE), where["Bucket"], where["Key"])
        told["up"] = SIZE / 1e6 / (perf_counter() - begun)
        begun = perf_counter()
        with open(os.devnull, "wb") as nowhere:  # noqa: ASYNC230, PTH123 - nothing else runs
            answer = await client.get_object(**where)
            async for piece in answer["Body"].iter_chunks(256 * 1024):
                nowhere.write(piece)
        told["down"] = SIZE / 1e6 / (perf_counter() - begun)
        told["memory"] = _peak() - before
        begun = perf_counter()
        for _ in range(SMALL):
            await client.put_object(**where, Body=bytes(20_000), ContentType="image/webp")
        told["small up"] = SMALL / (perf_counter() - begun)
        begun = perf_counter()
        for _ in range(SMALL):
            async with (await client.get_object(**where))["Body"] as body:
                await body.read()
        told["small down"] = SMALL / (perf_counter() - begun)
        await client.delete_object(**where)


async def _plain(config: Mapping[str, Any], told: dict[str, float]) -> None:
    """A file written, synced and renamed, then read, without any event loop between."""
    with tempfile.TemporaryDirectory(dir=config["folder"]) as made:
        folder = Path(made)
        before = _peak()
        told["up"] = _written(folder / "large", SIZE)
        begun = perf_counter()
        with (folder / "large").open("rb") as file:
            while file.read(1 << 20):
                pass
        told["down"] = SIZE / 1e6 / (perf_counter() - begun)
        told["memory"] = _peak() - before
        begun = perf_counter()
        for number in range(SMALL):
            _written(folder / str(number), 20_000)
        told["small up"] = SMALL / (perf_counter() - begun)
        begun = perf_counter()
        for number in range(SMALL):
            (folder / str(number)).read_bytes()
        told["small down"] = SMALL / (perf_counter() - begun)


def _written(path: Path, size: int) -> float:
    """MB/s."""
    begun = perf_counter()
    with path.with_suffix(".tmp").open("wb") as file:
        shutil.copyfileobj(_Source(size), file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".tmp").rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return size / 1e6 / (perf_counter() - begun)


WAYS = {"ours": _ours, "library": _library, "plain": _plain}


def _measured(way: str, config: Mapping[str, Any]) -> dict[str, float]:
    """In a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.blobs", way, json.dumps(config)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    if ended.returncode:
        raise RuntimeError(ended.stderr[-3000:])
    return dict(json.loads(ended.stdout))


def _compared(label: str, ours: Mapping[str, float], other: str, theirs: Mapping[str, float]) -> None:
    print(f"  {label}; x: as much as {other}")
    for key, unit in (("up", "MB/s"), ("down", "MB/s"), ("small up", "/s"), ("small down", "/s")):
        row(f"  {key}", ours[key], f"{unit:5} x {ours[key] / theirs[key]:.2f}")
    row("  memory on top, at most", ours["memory"] / 1e6, f"MB ({other}: {theirs['memory'] / 1e6:.0f} MB)")


def run() -> None:
    print(f"  one file of {SIZE >> 20} MiB, {SMALL} files of 20 kB one after another")
    with tempfile.TemporaryDirectory() as folder:
        local = _measured("ours", {"blobs": {"url": f"file:{folder}/blobs"}})
        _compared("a folder", local, "a plain file copy", _measured("plain", {"folder": folder}))
    with started() as bucket:
        _compared("a bucket", *_bucket(bucket))


def _bucket(bucket: Bucket) -> tuple[dict[str, float], str, dict[str, float]]:
    config = bucket.config(Path("bench"), part_mib=8)
    return _measured("ours", config), "aioboto3", _measured("library", config)


if __name__ == "__main__":
    figures: dict[str, float] = {}
    asyncio.run(WAYS[sys.argv[1]](json.loads(sys.argv[2]), figures))
    print(json.dumps(figures))
