"""Names to addresses, once per request."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""All addresses of a name, for a port. Raises ``OSError`` where there are none."""

THREADS = 4


class SystemResolver:
    """The system's resolver (``getaddrinfo``), in threads of its own.

    A name whose servers do not answer holds a thread for many seconds. In the loop's own threads it would keep others,
    such as those who hash passwords, waiting.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "egress-names")

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _ask, name, port)
        return list(dict.fromkeys(found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(name: str, port: int) -> list[str]:
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(address[0]) for _, _, _, _, address in found]
