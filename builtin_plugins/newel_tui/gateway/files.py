"""Files of this machine on their way to a site."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, Any

from newel import Reject

PIECE = 1 << 18
Answer = Mapping[str, Any]
Step = tuple[int, int] | Answer


async def sent(file: Path, send: Callable[[AsyncIterator[bytes]], Awaitable[Answer]]) -> AsyncIterator[Step]:
    """Hands the pieces of a file to ``send``; answers bytes read and bytes in all after each, at the end what ``send``
    answered. Raises what it raises, ``OSError``, and ``Reject`` for what is no file. Closed early, it stops ``send``.
    """
    source = await asyncio.to_thread(_opened, file)
    steps: asyncio.Queue[Step | None] = asyncio.Queue()
    try:
        size = os.fstat(source.fileno()).st_size

        async def pieces() -> AsyncIterator[bytes]:
            done = 0
            while piece := await asyncio.to_thread(source.read, PIECE):
                yield piece
                done += len(piece)
                steps.put_nowait((done, size))

        task = asyncio.ensure_future(send(pieces()))
        task.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            yield task.result()
        finally:
            task.cancel()
            await asyncio.wait([task])
    finally:
        await asyncio.to_thread(source.close)


def _opened(file: Path) -> IO[bytes]:
    # Without waiting: a pipe with nobody at its other end would hold the thread for ever.
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Reject("this is no file")
    return os.fdopen(handle, "rb")
