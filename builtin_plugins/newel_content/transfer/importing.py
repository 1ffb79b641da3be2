"""Lines brought into a site: types first, then entries, then what is published of them.

What points at entries that come later is taken once more at the end, when empty drafts of all that wait are there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
from attrs import Factory, define, frozen

from newel import Call, Malformed
from newel.errors import NewelError
from newel.structure import Faults
from newel_content.config import ContentConfig
from newel_content.transfer.bringing import BringEntries, Brought, Phase, Rehearsed
from newel_content.transfer.lines import EntryLine, RawLine, chunks, parsed, read_header, told

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.content import ContentType

ROUNDS = 5
"""Of publishing what points at what is not published yet."""


@frozen(kw_only=True)
class Wanted:
    """How an import is meant."""

    types: Sequence[str] = ()
    """Only entries of these; none: all."""
    publish: bool = False
    dry_run: bool = False


@define
class Summary:
    """What became of the entries, and of the types. ``waiting``: of a dry run, which cannot know."""

    counts: Counter[str] = Factory(Counter)
    types: list[str] = Factory(list)

    def text(self, *, dry_run: bool = False) -> str:
        would = "would be " if dry_run else ""
        parts = [f"{self.counts[state]:,} {would}{state}" for state in ("created", "updated", "unchanged", "failed")]
        if self.counts["published"]:
            parts.insert(3, f"{self.counts['published']:,} {would}published")
        if self.counts["waiting"]:
            parts.append(f"{self.counts['waiting']:,} point at what is not there now")
        return ", ".join(parts)


Tell = Callable[[int, Brought], Awaitable[None]]
"""With the number of the line, about each that failed or waits."""


class Importing:
    """One import, from a file that can be read again."""

    def __init__(self, app: App, config: ContentConfig, call: Call, wanted: Wanted, file: BinaryIO, tell: Tell) -> None:
        self._app = app
        self._most = 4 * config.max_document_bytes
        self._call = call
        self._wanted = wanted
        self._file = file
        self._tell = tell
        self._made: set[int] = set()
        self.summary = Summary()

    async def run(self) -> Summary:
        """Raises ``Malformed`` where it is no export."""
        waiting: dict[int, None] = {}
        await self._begin()
        async for number, result, line in self._brought("whole"):
            if result.state == "waiting" and not self._wanted.dry_run:
                waiting[number] = None
            else:
                await self._count(number, result, line)
        if waiting:
            async for number, result, _ in self._brought("stub", waiting):
                if result.state == "created":
                    self._made.add(number)
            async for number, result, line in self._brought("whole", waiting):
                await self._count(number, result, line)
        if self._wanted.publish and not self._wanted.dry_run:
            await self._publish()
        return self.summary

    async def _count(self, number: int, result: Brought, line: EntryLine | None) -> None:
        state = result.state
        if state == "waiting" and not self._wanted.dry_run:
            empty = "; an empty draft of it was made" if number in self._made else ""
            result = Brought(state="failed", detail=f"{result.detail}{empty}")
        elif state in ("updated", "unchanged") and number in self._made:
            result = Brought(state="created")
        self.summary.counts[result.state] += 1
        if result.state in ("failed", "waiting"):
            await self._tell(number, result)

    async def _publish(self) -> None:
        left: dict[int, None] | None = None
        for _ in range(ROUNDS):
            failed: dict[int, Brought] = {}
            async for number, result, line in self._brought("publish", left):
                if line is None or "published" not in line.state.values():
                    continue
                if result.state == "published":
                    self.summary.counts["published"] += 1
                elif result.state != "unchanged":
                    failed[number] = result
            if not failed or (left is not None and len(failed) == len(left)):
                break
            left = dict.fromkeys(failed)
        for number, result in failed.items():
            self.summary.counts["failed"] += 1
            await self._tell(number, Brought(state="failed", detail=f"not published: {result.detail}"))

    # -- entries --------------------------------------------------------------------------------------------------

    async def _brought(
        self, phase: Phase, only: dict[int, None] | None = None
    ) -> AsyncIterator[tuple[int, Brought, EntryLine | None]]:
        """The lines (of these numbers) with what became of each, a chunk in one transaction."""
        await asyncio.to_thread(self._file.seek, 0)
        reading = chunks(self._file, self._most)
        while chunk := await asyncio.to_thread(next, reading, None):
            good: list[tuple[int, EntryLine]] = []
            for raw in chunk:
                if raw.number == 1 or (only is not None and raw.number not in only):
                    continue
                line = self._line(raw)
                if isinstance(line, Brought):
                    if phase == "whole" and only is None:
                        yield raw.number, line, None
                elif not self._wanted.types or line.type in self._wanted.types:
                    good.append((raw.number, line))
            if good:
                results = await self._run(phase, [line for _, line in good])
                for (number, line), result in zip(good, results, strict=True):
                    yield number, result, line

    async def _run(self, phase: Phase, lines: list[EntryLine]) -> Sequence[Brought]:
        order = BringEntries(entries=tuple(lines), phase=phase, dry_run=self._wanted.dry_run)
        try:
            results: Sequence[Brought] = await self._app.operations.run("content.import", order, self._call)
        except Rehearsed as answer:
            results = answer.results
        return results

    def _line(self, raw: RawLine) -> EntryLine | Brought:
        if len(raw.data) > self._most:
            return Brought(state="failed", detail=f"a line has {self._most:,} bytes at most")
        try:
            found: EntryLine = self._app.structurer.structure(parsed(raw.data), EntryLine)
        except Malformed as error:
            return Brought(state="failed", detail=error.detail)
        except Faults as faults:
            return Brought(state="failed", detail="; ".join(f"{one.pointer} {one.detail}" for one in faults.problems))
        return found

    # -- types ----------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """The header, and the types that are missing: each as soon as those are there that it names."""
        await asyncio.to_thread(self._file.seek, 0)
        first = await asyncio.to_thread(self._file.readline, self._most)
        left: list[Any] = read_header(first)["types"]
        if any(not isinstance(one, dict) for one in left):
            raise Malformed("line 1: a type is an object")
        if self._wanted.types:
            left = [one for one in left if one.get("kind") == "block" or one.get("name") in self._wanted.types]
        listed = await self._app.operations.run("types.list", {}, self._call)
        here: dict[Any, ContentType] = {one.name: one for one in listed.data}
        for one in left:
            there = here.get(one.get("name"))
            if there is not None and _plain(told(there)) != one:
                self.summary.types.append(f"the type '{there.name}' is another one here, and stays as it is")
        left = [one for one in left if one.get("name") not in here]
        while left and not self._wanted.dry_run:
            failed = {index: error for index, one in enumerate(left) if (error := await self._type(one))}
            if len(failed) == len(left):
                raise Malformed(f"line 1: the types cannot be made: {'; '.join(failed.values())}")
            left = [left[index] for index in failed]
        for one in left:
            self.summary.types.append(f"the type '{one.get('name')}' would be made")

    async def _type(self, one: Any) -> str:
        try:
            made = await self._app.operations.run("types.create", one, self._call)
        except NewelError as error:
            return "; ".join([error.detail, *(f"{fault.pointer} {fault.detail}" for fault in error.problems)])
        self.summary.types.append(f"the type '{made.name}' was made")
        return ""


def _plain(type: dict[str, Any]) -> Any:
    """As it stands in a line."""
    return orjson.loads(orjson.dumps(type))
