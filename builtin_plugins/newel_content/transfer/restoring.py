"""Content of a snapshot that comes back into a running site: a type's entries, or one entry."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

import orjson

from newel import Call, NotFound
from newel.contracts.backup import PiecesBrought, RestorablePiece
from newel_content.transfer.bringing import Brought
from newel_content.transfer.exporting import exported
from newel_content.transfer.importing import Importing, Wanted

if TYPE_CHECKING:
    from newel.app import App
    from newel_content.config import ContentConfig

PARTS = ("content",)
MOST = 100


def pieces_of(app: App, config: ContentConfig) -> Sequence[RestorablePiece]:
    """Drafts are replaced by what they were, as an import does it: what they are now stays as their newest version.
    What was published is published again. What is in the trash stays there, and is told."""
    bringing = _Bringing(app, config)
    return [
        RestorablePiece(
            name="type", summary="The entries of a content type: missing ones are made, changed ones put back.",
            parts=PARTS, bring=bringing.type,
        ),
        RestorablePiece(
            name="entry", summary="One entry, by its id.", parts=PARTS, bring=bringing.entry,
        ),
    ]  # fmt: skip


class _Bringing:
    def __init__(self, app: App, config: ContentConfig) -> None:
        self._app = app
        self._config = config

    async def type(self, there: App, name: str, call: Call, dry_run: bool) -> PiecesBrought:
        """Raises ``NotFound``: the snapshot has no such type."""
        return await self._imported(exported(there, _elsewhere(there, call), [name]), call, dry_run)

    async def entry(self, there: App, id: str, call: Call, dry_run: bool) -> PiecesBrought:
        """Raises ``NotFound``: the snapshot has no such entry."""
        elsewhere = _elsewhere(there, call)
        for type in (await there.operations.run("types.list", {}, elsewhere)).data:
            if type.kind != "block":
                order = {"type": type.name, "locale": "*", "filter": {"id": {"_eq": id}}}
                if (await there.operations.run("content.list", order, elsewhere)).data:
                    return await self._imported(_only(exported(there, elsewhere, [type.name]), id), call, dry_run)
        raise NotFound(f"the snapshot has no entry '{id[:40]}'")

    async def _imported(self, pieces: AsyncIterator[bytes], call: Call, dry_run: bool) -> PiecesBrought:
        faults: list[str] = []

        async def tell(number: int, result: Brought) -> None:
            if len(faults) < MOST:
                faults.append(f"line {number}: {result.detail}")

        with tempfile.TemporaryFile() as file:
            async with aclosing(pieces):  # type: ignore[type-var]  # a generator
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)
            wanted = Wanted(publish=True, dry_run=dry_run)
            summary = await Importing(self._app, self._config, call, wanted, file, tell).run()
        return PiecesBrought(counts=dict(summary.counts), faults=tuple(faults))


def _elsewhere(there: App, call: Call) -> Call:
    """The person on the restored site: with the rights that they have here."""
    return there.call(call.actor, call.door)


async def _only(pieces: AsyncIterator[bytes], id: str) -> AsyncIterator[bytes]:
    """The header, and the one entry's line."""
    begun = False
    async for piece in pieces:
        for line in piece.splitlines(keepends=True):
            if not begun or orjson.loads(line).get("id") == id:
                yield line
            begun = True
