"""Content as lines, read a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from newel import Call, NotFound
from newel.contracts.content import ContentType
from newel_content.transfer import lines

if TYPE_CHECKING:
    from newel.app import App

PAGE = 100


async def exported(app: App, call: Call, names: Sequence[str] = ()) -> AsyncIterator[bytes]:
    """A header and a line for each draft of these types, of all where none is named. The rights are those of
    ``types.list`` and ``content.list``. Raises ``NotFound`` for a type that is not there."""
    types = await exportable(app, call)
    if unknown := set(names) - set(types):
        raise NotFound(f"there is no type '{min(unknown)}' with entries of its own")
    chosen = [types[name] for name in types if not names or name in names]
    locales = await app.operations.run("locales.list", {}, call)
    yield lines.header(await _needed(app, call, chosen), [one.code for one in locales.data])
    for type in chosen:
        cursor: str | None = None
        while True:
            order = {"type": type.name, "locale": "*", "sort": ["id"], "limit": PAGE, "cursor": cursor}
            page = await app.operations.run("content.list", order, call)
            if page.data:
                yield b"".join(lines.entry(one) for one in page.data)
            cursor = page.links.next
            if cursor is None:
                break


async def exportable(app: App, call: Call) -> dict[str, ContentType]:
    """The types that have entries, by name."""
    listed = await app.operations.run("types.list", {}, call)
    return {one.name: one for one in listed.data if one.kind != "block"}


async def _needed(app: App, call: Call, chosen: Sequence[ContentType]) -> list[ContentType]:
    """With all blocks: which of them are used, only their fields' types know."""
    listed = await app.operations.run("types.list", {}, call)
    return [one for one in listed.data if one.kind == "block"] + list(chosen)
