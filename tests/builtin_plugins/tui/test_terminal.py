"""A terminal gets bytes and sends bytes; it is afterwards as it was before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.builtin_plugins.tui.support import Line, Site

from newel_tui.terminal.painter import END, START


@asynccontextmanager
async def session(site: Site, line: Line, **options: Any) -> AsyncIterator[asyncio.Task[int]]:
    """A session that has drawn its first screen; ended with the block."""
    task = asyncio.create_task(site.serve(line, **options))
    await line.sees("Notes")
    yield task
    line.hang_up()
    await asyncio.wait([task])


async def test_quitting_leaves_the_terminal_as_it_was(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        assert "admin@" in line.text
        line.type("\x03")
        assert await task == 0
    assert line.sent.startswith(START)
    assert line.sent.endswith(END)


async def test_cancelling_leaves_the_terminal_as_it_was(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert line.sent.endswith(END)


async def test_who_is_sent_away_is_told_why(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        line.hang_up("your key has been revoked")
        assert await task == 1
    assert line.sent.endswith(END + b"your key has been revoked\r\n")
