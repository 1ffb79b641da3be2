"""No way in holds a file: the process grows by some pieces, whatever the size."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest
from tests.support import environment

pytestmark = [
    pytest.mark.slow, pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("http"),
    pytest.mark.needs_plugin("blobs_local"),
]  # fmt: skip

MB = 1 << 20
MOST = 48 * MB
CHILD = r"""
    import asyncio, json, re, sys, zipfile
    from pathlib import Path
    from newel.testing import Client, FakeAccounts, make_app

    SIZE = int(sys.argv[1])
    PIECE = b"0123456789abcde\n" * 16384
    EDGE = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s.txt\"\r\n\r\n"

    def peak():
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

    async def text(size=SIZE):
        for start in range(0, size, len(PIECE)):
            yield PIECE[: size - start]

    async def form(size=SIZE):
        for name in (b"a", b"b"):
            yield EDGE % name
            async for piece in text(size // 2):
                yield piece
            yield b"\r\n"
        yield b"--edge--\r\n"

    async def main():
        plugins = ["sqlite", "migrations", "blobs_local", "media", "http", FakeAccounts.manifest]
        async with make_app(plugins, serving=True) as app, Client.of(app, "perm:media.write") as client:
            packed = app.folder / "a.zip"
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive, archive.open("c.txt", "w") as file:
                for _ in range(SIZE // 2 // len(PIECE)):
                    file.write(PIECE)

            async def stored():
                with packed.open("rb") as file:
                    while piece := file.read(len(PIECE)):
                        yield piece

            kind = {"Content-Type": "multipart/form-data; boundary=edge"}
            tus = {"Tus-Resumable": "1.0.0", "Upload-Length": str(SIZE), "Upload-Metadata": "filename Yi50eHQ=",
                   "Content-Type": "application/offset+octet-stream"}
            ways = {
                "form": (form, "/api/v1/media", kind),
                "resumable": (text, "/api/v1/media/uploads", tus),
                "archive": (stored, "/api/v1/media/archive", {}),
            }
            grown = {}
            await client.post("/api/v1/media", body=form(1000), headers=kind)
            for name, (body, path, headers) in ways.items():
                before = peak()
                answer = await client.post(path, body=body(), headers=headers)
                assert answer.status in (200, 201), answer
                grown[name] = peak() - before
            print(json.dumps(grown))

    asyncio.run(main())
"""


def test_memory_is_flat() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(256 * MB)],
        capture_output=True, text=True, timeout=110, check=False, env=environment(),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    grown = json.loads(ended.stdout)
    assert set(grown) == {"form", "resumable", "archive"}
    assert max(grown.values()) < MOST, grown
