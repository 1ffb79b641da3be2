"""Tells systemd how far the site is: ``sd_notify``, without its library. Does nothing where nobody listens."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

SOCKET, WATCHDOG = "NOTIFY_SOCKET", "WATCHDOG_USEC"
START_SECONDS = 60
"""How much longer a start may take from each beat on: a large table takes as long as it takes to change."""
BEAT_SECONDS = 20.0

Tell = Callable[[str], None]


@asynccontextmanager
async def telling() -> AsyncIterator[Tell]:
    """Inside the block systemd hears that the event loop turns: first that the start goes on, and after ``READY=1``
    what its watchdog waits for. Takes its variables away, which are not for child processes."""
    address = os.environ.pop(SOCKET, "")
    limit = os.environ.pop(WATCHDOG, "")
    if address[:1] not in ("/", "@"):
        yield lambda _: None
        return
    ready = asyncio.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.setblocking(False)

        def send(state: str) -> None:
            with suppress(OSError):  # it is full or gone: the site does not stop for that
                line.sendto(state.encode(), f"\0{address[1:]}" if address[0] == "@" else address)
            if state.startswith("READY=1"):
                ready.set()

        task = asyncio.create_task(
            _beat(send, ready, int(limit) / 1e6 if limit.isdigit() else 0.0), name="newel-systemd"
        )
        try:
            yield send
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _beat(send: Tell, ready: asyncio.Event, limit: float) -> None:
    while not ready.is_set():
        send(f"EXTEND_TIMEOUT_USEC={START_SECONDS * 1_000_000}")
        with suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), BEAT_SECONDS)
    while limit:
        send("WATCHDOG=1")
        await asyncio.sleep(limit / 3)
