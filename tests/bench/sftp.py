"""Files over SFTP with OpenSSH's client, here and there on one machine: a big one by its bytes, 500 small ones by their
number. What an upload costs is the whole way through the library, SHA-256, database and audit trail included.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import psutil
import uvloop

from newel.testing import make_app
from tests.bench.timing import row
from tests.builtin_plugins.media.site import FakeImages
from tests.builtin_plugins.ssh.filing import At, door
from tests.builtin_plugins.ssh.media.filing import EDITOR, hashes, mirror

BIG = 256
"""MB."""
FILES = 500


async def _seconds(at: At, command: str) -> float:
    begun = time.perf_counter()
    status, _, told = await at.sftp(command)
    assert status == 0, told
    return time.perf_counter() - begun


async def _measure(folder: Path) -> None:
    plugins = ["database", "migrations", "jobs", "audit", "blobs_local", FakeImages.manifest, "media"]
    config = {
        "database": {"url": f"sqlite:///{folder}/site.db"},
        "media": {"allow": ["application/octet-stream", "text/plain"]},
    }
    async with make_app(plugins, config, folder=folder) as app, door(app, editor=EDITOR) as at:
        big = folder / "big.bin"
        big.write_bytes(os.urandom(1 << 20) * BIG)
        before = psutil.Process().memory_info().rss
        row("one big file up", BIG / await _seconds(at, f"put {big} /media/big.bin"), "MB/s")
        row("one big file down", BIG / await _seconds(at, f"get /media/big.bin {folder}/again.bin"), "MB/s")
        row("memory that both took", (psutil.Process().memory_info().rss - before) / (1 << 20), "MB")
        up = mirror(folder / "up", FILES)
        row(f"{FILES} small files up", FILES / await _seconds(at, f"put -r {up} /media/up"), "files/s")
        row(f"{FILES} small files down", FILES / await _seconds(at, f"get -r /media/up {folder}/down"), "files/s")
        assert hashes(folder / "down") == hashes(up)


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_measure(Path(folder)))
