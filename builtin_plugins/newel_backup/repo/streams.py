"""Streams of lines in a repository: cut into chunks, their ids listed in chunks of their own.

So a stream that did not change costs nothing, and what stands of it in a manifest is a few hundred bytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from attrs import Factory, define, frozen

from newel_backup.repo.cutter import PIECE, Cutter, Sizes
from newel_backup.repo.faults import Damaged

if TYPE_CHECKING:
    from newel_backup.repo.repository import Repository

AT_ONCE = 6
"""Chunks on their way to the target."""
HELD = 32 << 20
"""Bytes of them at most."""
LONGEST_NAMED = 80
"""Bytes of a line in a list of chunks, and more."""


@frozen(kw_only=True)
class Stream:
    """What stands of a stream in a manifest."""

    lines: int
    bytes: int
    sha256: str
    """Of all its bytes."""
    lists: tuple[str, ...]
    """The chunks that, put together, list its chunks: ``<id> <bytes>`` and a line feed for each."""


@define
class Counted:
    """What a writer did."""

    chunks: int = 0
    new: int = 0
    added: int = 0
    """Bytes on the target."""
    known: set[str] = Factory(set)


class Chunks(Protocol):
    """Where the chunks of a stream go."""

    @property
    def sizes(self) -> Sizes:
        """How streams are cut."""

    async def put(self, data: bytes) -> str:
        """Takes a chunk; answers its id."""


class Writer:
    """Puts chunks on the target that are not there, several at a time. Used as a block: at its end all have arrived.

    The first that fails ends the others at once, and is what the next ``put``, or the block's end, raises.
    """

    def __init__(self, repository: Repository, present: set[str], told: Callable[[int], None] = lambda _: None) -> None:
        """``told`` hears of bytes that have been dealt with, new or not."""
        self.repository = repository
        self._present = present
        self._told = told
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = 0
        self._free = asyncio.Event()
        self._failed: BaseException | None = None
        self.counted = Counted()

    async def __aenter__(self) -> Writer:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if kind is None:
            self._check()

    @property
    def sizes(self) -> Sizes:
        return self.repository.config.sizes

    async def put(self, data: bytes) -> str:
        """Names a chunk and sends it on its way; waits where much is under way. Raises what failed before."""
        id = await asyncio.to_thread(self.repository.name, data)
        self._check()
        self.counted.chunks += 1
        if id in self._present:
            self._told(len(data))
            return id
        self._present.add(id)  # another of the same is not sent meanwhile; where this fails, everything does
        while self._tasks and (len(self._tasks) >= AT_ONCE or self._held + len(data) > HELD):
            self._free.clear()
            await self._free.wait()
            self._check()
        self._held += len(data)
        task = asyncio.create_task(self._send(id, data))
        self._tasks.add(task)
        task.add_done_callback(self._sent)
        return id

    async def _send(self, id: str, data: bytes) -> None:
        try:
            added = await self.repository.put_chunk(id, data)  # apart: += would read the sum before the wait
            self.counted.added += added
            self.counted.new += 1
            self._told(len(data))
        finally:
            self._held -= len(data)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._free.set()
        if not task.cancelled() and (error := task.exception()) is not None and self._failed is None:
            self._failed = error
            self._drop()

    def _check(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _drop(self) -> None:
        for task in self._tasks:
            task.cancel()


class StreamWriter:
    """One stream on its way. ``add`` in order, then ``end``."""

    def __init__(self, writer: Chunks) -> None:
        self._writer = writer
        self._cutter = Cutter(writer.sizes)
        self._list = Cutter(writer.sizes)
        self._lists: list[str] = []

    async def add(self, lines: Callable[[], Iterable[tuple[bytes, bytes]]]) -> None:
        """``lines`` gives (key, line with its line feed); it is called on a thread."""
        await self._put(await asyncio.to_thread(lambda: self._cutter.feed(lines())))

    async def add_one(self, key: bytes, line: bytes) -> None:
        """A line that is there already."""
        await self._put(self._cutter.feed([(key, line)]))

    async def _put(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            id = (await self._writer.put(chunk)).encode()
            await self._note(self._list.feed([(id, b"%s %d\n" % (id, len(chunk)))]))

    async def _note(self, lists: Sequence[bytes]) -> None:
        self._lists += [await self._writer.put(one) for one in lists]

    async def end(self) -> Stream:
        await self._put(await asyncio.to_thread(self._cutter.end))
        await self._note(self._list.end())
        return Stream(
            lines=self._cutter.lines,
            bytes=self._cutter.bytes,
            sha256=self._cutter.sha256,
            lists=tuple(self._lists),
        )


async def chunks_of(repository: Repository, stream: Stream) -> AsyncIterator[tuple[str, int]]:
    """Ids and sizes of a stream's chunks, in order. Raises ``Damaged``."""
    held, left = b"", stream.bytes
    for list_id in stream.lists:
        held += await repository.chunk(list_id)
        lines = held.split(b"\n")
        held = lines.pop()
        for line in lines:
            id, _, size = line.decode("ascii", "replace").partition(" ")
            if len(line) > LONGEST_NAMED or len(id) != 64 or not size.isdigit() or not 0 < int(size) <= PIECE:
                raise Damaged(f"the list {list_id} of a stream cannot be read")
            left -= int(size)
            if left < 0:
                raise Damaged(f"the list {list_id} names more than its stream has")
            yield id, int(size)
        if len(held) > LONGEST_NAMED:
            raise Damaged(f"the list {list_id} of a stream cannot be read")
    if held:
        raise Damaged("the list of a stream ends in the middle of a line")


async def pieces_of(
    repository: Repository, chunks: AsyncIterator[tuple[str, int]], *, ahead: int = 4
) -> AsyncIterator[bytes]:
    """The content of chunks in their order, some of them fetched ahead. Raises ``Damaged``."""
    waiting: list[asyncio.Task[bytes]] = []
    try:
        async for id, _ in chunks:
            waiting.append(asyncio.create_task(repository.chunk(id)))
            if len(waiting) > ahead:
                yield await waiting.pop(0)
        while waiting:
            yield await waiting.pop(0)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def lines_of(repository: Repository, stream: Stream) -> AsyncIterator[Sequence[bytes]]:
    """The lines of a stream without their line feeds, a chunk's at a time. Raises ``Damaged`` also where the whole is
    not what the manifest says: at the end, so nothing may be made final of what came before."""
    import hashlib

    held, found, count, size = b"", hashlib.sha256(), 0, 0
    async for piece in pieces_of(repository, chunks_of(repository, stream)):
        found.update(piece)
        size += len(piece)
        if size > stream.bytes:
            raise Damaged("a stream of the snapshot is longer than its manifest says")
        lines = (held + piece).split(b"\n")
        held = lines.pop()
        count += len(lines)
        yield lines
    if held or (count, size, found.hexdigest()) != (stream.lines, stream.bytes, stream.sha256):
        raise Damaged("a stream of the snapshot is not as its manifest says")
