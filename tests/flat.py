"""How far a process grows while a large file goes up and comes down, in a child that has nothing else to do."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

from tests.support import environment

_CHILD = r"""
    import asyncio, json, re, sys
    from pathlib import Path
    from newel.contracts.blobs import Blobs
    from newel.testing import make_app

    SIZE, PIECE = int(sys.argv[2]), bytes(range(256)) * 1024

    async def made(size=SIZE):
        for start in range(0, size, len(PIECE)):
            yield PIECE[: size - start]

    def peak():
        # Not getrusage: its peak is that of the process before exec, too.
        return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

    async def main():
        async with make_app(["blobs_local", "blobs_s3"], json.loads(sys.argv[1])) as app:
            store = app.need(Blobs)
            await store.put("small", made(1))
            before = peak()
            await store.put("large", made(), size=SIZE)
            up = peak() - before
            came = 0
            async with store.get("large") as reading:
                async for piece in reading.pieces:
                    assert piece[:1] == PIECE[came % len(PIECE):][:1]
                    came += len(piece)
            await store.delete("large", "small")
            print(json.dumps({"up": up, "down": peak() - before, "came": came}))

    asyncio.run(main())
"""
GIGABYTE = 1 << 30


def grown(config: Mapping[str, Any], size: int) -> dict[str, int]:
    """Bytes of growth (``up``, ``down``), and how many came back."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_CHILD), json.dumps(config), str(size)],
        capture_output=True, text=True, timeout=110, check=False, env=environment(),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(json.loads(ended.stdout))
