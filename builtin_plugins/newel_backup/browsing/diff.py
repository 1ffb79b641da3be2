"""What differs between two snapshots. Chunks that both have are the same rows: only the others are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from newel_backup.model import Difference, Differences
from newel_backup.repo.files import FileLine
from newel_backup.repo.manifest import KeptTable, Snapshot
from newel_backup.repo.repository import Repository
from newel_backup.repo.rows import values
from newel_backup.repo.streams import Stream, chunks_of, lines_of

EXAMPLES = 20
"""Keys that are named of each kind of difference."""
Key = Callable[[bytes], tuple[Any, ...]]


async def differences(repository: Repository, one: Snapshot, other: Snapshot) -> Differences:
    """From one to the other. Raises ``Damaged``."""
    found = []
    for name in sorted({*one.tables, *other.tables}):
        before, after = one.tables.get(name), other.tables.get(name)
        if before is not None and after is not None and before.stream == after.stream:
            continue
        key = _row_key(before, after)
        streams = (None if before is None else before.stream, None if after is None else after.stream)
        part = (after or before).part  # type: ignore[union-attr]  # one of them is there
        found.append(await _stream(repository, f"{part}: {name}", *streams, key))
    files: list[Difference] = []
    if one.files.stream != other.files.stream:
        files.append(await _stream(repository, "files", one.files.stream, other.files.stream, _file_key))
    return Differences(
        before=one.id, after=other.id, before_at=one.at, after_at=other.at,
        tables=tuple(each for each in found if each.added or each.removed or each.changed), files=tuple(files),
    )  # fmt: skip


def _row_key(before: KeptTable | None, after: KeptTable | None) -> Key:
    table = after or before
    assert table is not None  # noqa: S101 - one of them is there
    width = len(table.key)

    def of(line: bytes) -> tuple[Any, ...]:
        return tuple(_ordered(value) for value in values(line)[:width])

    return of


def _ordered(value: Any) -> tuple[int, Any]:
    """Sorts as the engines do: nothing first, then numbers, then text by its bytes."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else repr(value).encode())


def _file_key(line: bytes) -> tuple[Any, ...]:
    return (FileLine.of(line).key.encode(),)


async def _stream(
    repository: Repository, name: str, before: Stream | None, after: Stream | None, key: Key
) -> Difference:
    kinds: dict[str, list[str]] = {"added": [], "removed": [], "changed": []}
    counts = dict.fromkeys(kinds, 0)

    def note(kind: str, at: tuple[Any, ...]) -> None:
        counts[kind] += 1
        if len(kinds[kind]) < EXAMPLES:
            kinds[kind].append(_told(at))

    old, new = await _changed_lines(repository, before, after)
    left, right = await anext(old, None), await anext(new, None)
    while left is not None or right is not None:
        at_left = key(left) if left is not None else None
        at_right = key(right) if right is not None else None
        if at_right is None or (at_left is not None and at_left < at_right):
            assert at_left is not None  # noqa: S101 - one of them is there
            note("removed", at_left)
            left = await anext(old, None)
        elif at_left is None or at_right < at_left:
            note("added", at_right)
            right = await anext(new, None)
        else:
            if left != right:
                note("changed", at_left)
            left, right = await anext(old, None), await anext(new, None)
    return Difference(
        name=name, added=counts["added"], removed=counts["removed"], changed=counts["changed"],
        examples={kind: tuple(some) for kind, some in kinds.items() if some},
    )  # fmt: skip


async def _changed_lines(
    repository: Repository, before: Stream | None, after: Stream | None
) -> tuple[AsyncIterator[bytes], AsyncIterator[bytes]]:
    old = [] if before is None else [one async for one in chunks_of(repository, before)]
    new = [] if after is None else [one async for one in chunks_of(repository, after)]
    both = {id for id, _ in old} & {id for id, _ in new}
    unlike = [[id for id, _ in side if id not in both] for side in (old, new)]
    whole = all([await _whole(repository, ids) for ids in unlike])
    if not whole:  # a line goes over several chunks: all are read
        return _lines(repository, before), _lines(repository, after)
    return _of_chunks(repository, unlike[0]), _of_chunks(repository, unlike[1])


async def _whole(repository: Repository, ids: list[str]) -> bool:
    return all([(await repository.chunk(id)).endswith(b"\n") for id in ids])


async def _of_chunks(repository: Repository, ids: list[str]) -> AsyncIterator[bytes]:
    for id in ids:
        for line in (await repository.chunk(id)).split(b"\n")[:-1]:
            yield line


async def _lines(repository: Repository, stream: Stream | None) -> AsyncIterator[bytes]:
    if stream is not None:
        async for lines in lines_of(repository, stream):
            for line in lines:
                yield line


def _told(key: tuple[Any, ...]) -> str:
    parts = [part[1] if isinstance(part, tuple) else part for part in key]
    return " ".join(part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in parts)
