"""Notes: their store, and the operations on them."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from newel import Call, Max, MaxLength, Min, MinLength, Reject, operation
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.database import Database
from sqlalchemy import bindparam, insert, select

from newel_sketch.config import Config
from newel_sketch.permissions import READ, WRITE
from newel_sketch.tables import notes


@frozen(kw_only=True)
class NewNote:
    """A note to write."""

    text: Annotated[str, "What it says.", MinLength(1), MaxLength(10_000)]


@frozen(kw_only=True)
class Note:
    """A note."""

    id: Annotated[str, "Its id; later notes have greater ones."]
    text: Annotated[str, "What it says."]
    by: Annotated[str, "Who wrote it."]


@frozen(kw_only=True)
class Which:
    """Which notes to read."""

    limit: Annotated[int, "How many at most.", Min(1), Max(100)] = 20


class Notes:
    """The store of notes, and the operations on it. ``open`` comes first."""

    def __init__(self, app: App, config: Config) -> None:
        self._app = app
        self._config = config

    def open(self, database: Database) -> None:
        """Renders the statements for the site's engine: once, since that is slow."""
        self._database = database
        self._add = database.render(insert(notes))
        self._last = database.render(select(notes).order_by(notes.c.id.desc()).limit(bindparam("limit")))

    async def note(self, text: str, by: str) -> None:
        """Writes a note outside of any operation."""
        await self._database.execute(self._add, {"id": self._app.ids.new(), "text": text, "by": by})

    @operation("sketch.add", needs=WRITE, http="POST /sketch/notes", effect="write", status=201)
    async def add(self, call: Call, order: NewNote) -> Note:
        """Writes a note."""
        if len(order.text) > self._config.longest:
            raise Reject.field("/text", "too_long", f"a note has {self._config.longest} characters at most")
        note = Note(id=self._app.ids.new(), text=order.text, by=call.actor.name)
        values = {"id": note.id, "text": note.text, "by": note.by}
        await call.tx.execute(self._add, values)
        call.changed(Change(entity="sketch_note", id=note.id, before=None, after=values))
        return note

    @operation("sketch.list", needs=READ, http="GET /sketch/notes")
    async def last(self, call: Call, which: Which) -> list[Note]:
        """Reads the last notes, the newest first."""
        rows = await self._database.fetch_all(self._last, {"limit": which.limit})
        return [Note(id=row["id"], text=row["text"], by=row["by"]) for row in rows]
