"""Locks between processes: a file beside the database, locked by the operating system, freed when a process dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

from newel.errors import Transient

_NAME = re.compile(r"[a-z0-9_.-]{1,48}")
_PAUSE = 0.05


@asynccontextmanager
async def held(path: Path, name: str, wait: float | None) -> AsyncIterator[None]:
    """The lock ``name`` of the database ``path``. Raises ``Transient`` (code ``locked``) after ``wait`` seconds."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name for a lock: at most 48 of a-z, 0-9, _, . and -")
    file = path.with_name(f"{path.name}.{name}.lock")
    until = None if wait is None else monotonic() + wait
    # A handle each time: two tasks of one process exclude each other as two processes do.
    handle = await asyncio.to_thread(os.open, file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _taken(handle):
            if until is not None and monotonic() > until:
                raise Transient(f"somebody else holds '{name}'", code="locked", retry_after=5.0)
            await asyncio.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)  # which frees it; the file stays, since removing it would race with who waits


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
