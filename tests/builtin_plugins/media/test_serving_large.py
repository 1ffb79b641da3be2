"""Large files: memory stays flat, and who goes away takes nothing along."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.media.served import served
from tests.builtin_plugins.media.test_serving_files import MP4
from tests.support import environment

from newel.contracts.blobs import Blobs

ROOT = Path(__file__).parents[3]
TIMES = 5
LOCAL = ("database", "migrations", "audit", "blobs_local", "media")
CHILD = """
    import asyncio, json, re
    from pathlib import Path
    from newel.contracts.blobs import Blobs
    from tests.builtin_plugins.media.served import served
    from tests.builtin_plugins.media.test_serving_large import LOCAL, MP4

    SIZE, PIECE = 300 << 20, bytes(1 << 20)

    def peak():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

    async def film():
        for _ in range(SIZE // len(PIECE)):
            yield PIECE

    async def ask(library, path, start):
        host, _, port = library.client.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\\r\\nHost: x\\r\\nRange: bytes={start}-\\r\\n\\r\\n".encode())
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        assert b" 206 " in head, head
        return reader, writer

    async def main():
        async with served(plugins=LOCAL) as library:
            stored = await library.upload(MP4, "a.mp4")
            await library.app.need(Blobs).put("large", film(), size=SIZE)
            await library.change(stored.id, blob="large", bytes=SIZE)
            url = stored.url
            reader, writer = await ask(library, url, SIZE - 5)
            assert await reader.readexactly(5) == bytes(5)
            writer.close()
            before = peak()
            slow = [await ask(library, url, 0) for _ in range(10)]  # ten who read nothing for now
            reader, writer = await ask(library, url, 0)
            came = 0
            while came < SIZE:
                came += len(await reader.read(1 << 20))
            writer.close()
            for _, writer in slow:
                writer.close()
            print(json.dumps({"grown": peak() - before, "came": came}))

    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.engines
def test_memory_does_not_grow_with_the_file() -> None:
    """300 MB go out while ten others have asked for them and read nothing."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD)],
        capture_output=True, text=True, timeout=110, check=False, env=environment() | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout)
    assert found["came"] == 300 << 20
    assert found["grown"] < 40 << 20, found


@pytest.mark.engines("sqlite")
async def test_who_goes_away_leaves_no_read_open(engine: Any) -> None:
    """A browser that winds a film on drops the connection each time."""
    closed: list[int] = []
    done = asyncio.Event()
    async with served(plugins=LOCAL) as library:
        stored = await library.upload(MP4 * 40, "a.mp4")
        blobs = library.app.need(Blobs)
        original = type(blobs).get

        @asynccontextmanager
        async def get(self: Any, *words: Any, **named: Any) -> Any:
            try:
                async with original(self, *words, **named) as read:
                    yield read
            finally:
                closed.append(1)
                if len(closed) == TIMES:
                    done.set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(blobs), "get", get)
            host, _, port = library.client.url.removeprefix("http://").partition(":")
            for _ in range(TIMES):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(f"GET {stored.url} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                await reader.readuntil(b"\r\n\r\n")
                writer.close()
            async with asyncio.timeout(10):
                await done.wait()
        assert len(closed) == TIMES
        assert (await library.get(stored.url)).status == 200
