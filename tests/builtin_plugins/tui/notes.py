"""A plugin with notes in memory: a listing with acts, a form, a grid that takes keys, and screens that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from attrs import asdict, evolve, frozen

from newel import Call, Conflict, Manifest, MaxLength, MinLength, NotFound, Permission, hookimpl, operation
from newel.app import App
from newel.contracts.layout import Cell, Column, Grid, Hint, Line, Text
from newel.contracts.tui import Confirm, Init, Navigate, Screen, Toast
from newel.contracts.views import Act, Ask, Col, Control, Form, Listing, Sheet, View
from newel.operations import Operation, operations_of
from newel.pages import Pages, standing

READ = Permission("notes.read", "Read notes.")
WRITE = Permission("notes.write", "Write notes.")


@frozen(kw_only=True)
class Note:
    id: str
    title: str
    text: str = ""
    tags: tuple[str, ...] = ()


@frozen(kw_only=True)
class ListNotes:
    limit: int = 50
    cursor: str | None = None
    search: str = ""


@frozen(kw_only=True)
class Notes:
    data: tuple[Note, ...]
    next: str | None = None


@frozen(kw_only=True)
class NewNote:
    title: Annotated[str, "What it is called.", MinLength(1), MaxLength(40)]
    text: Annotated[str, "What it says."] = ""


@frozen(kw_only=True)
class ChangeNote:
    id: str
    title: Annotated[str, MinLength(1), MaxLength(40)]
    text: str = ""


@frozen(kw_only=True)
class OneNote:
    id: str


class NotesPlugin:
    """``slow`` holds writes back until it is set; ``wrote`` counts them."""

    def __init__(self, app: App) -> None:
        self.notes = {f"n{number:05}": Note(id=f"n{number:05}", title=f"Note {number}") for number in range(1, 6)}
        self.gate = asyncio.Event()
        self.gate.set()
        self.wrote: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @hookimpl
    def register_permissions(self) -> Sequence[Permission]:
        return [READ, WRITE]

    @operation("notes.list", needs=READ, http="GET /notes", effect="read")
    async def list(self, call: Call, order: ListNotes) -> Notes:
        """Notes, in order."""
        after = [one for key, one in sorted(self.notes.items()) if key > (order.cursor or "")]
        found = [one for one in after if order.search in one.title]
        more = found[order.limit - 1].id if len(found) > order.limit else None
        return Notes(data=tuple(found[: order.limit]), next=more)

    @operation("notes.show", needs=READ, http="GET /notes/{id}", effect="read")
    async def show(self, call: Call, order: OneNote) -> Note:
        """One note."""
        if order.id not in self.notes:
            raise NotFound(f"there is no note '{order.id}'")
        return self.notes[order.id]

    @operation("notes.create", needs=WRITE, http="POST /notes", effect="write")
    async def create(self, call: Call, order: NewNote) -> Note:
        """Write a note."""
        await self.gate.wait()
        if any(one.title == order.title for one in self.notes.values()):
            raise Conflict(f"there is a note called '{order.title}'")
        made = Note(id=f"n{len(self.notes) + 1:05}", title=order.title, text=order.text)
        self.notes[made.id] = made
        self.wrote.append(made.id)
        return made

    @operation("notes.change", needs=WRITE, http="PUT /notes/{id}", effect="write")
    async def change(self, call: Call, order: ChangeNote) -> Note:
        """Change a note."""
        await self.gate.wait()
        await self.show(call, OneNote(id=order.id))
        self.notes[order.id] = Note(**asdict(order))
        self.wrote.append(order.id)
        return self.notes[order.id]

    @operation("notes.delete", needs=WRITE, http="DELETE /notes/{id}", effect="write")
    async def delete(self, call: Call, order: OneNote) -> None:
        """Delete a note."""
        await self.gate.wait()
        await self.show(call, order)
        del self.notes[order.id]
        self.wrote.append(order.id)

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return [
            Screen(name="main", label="Notes", needs=READ, open=standing(LISTING)),
            Screen(name="write", label="Write", needs=WRITE, open=standing(FORM)),
            Screen(name="keys", label="Keys", needs=READ, open=_keys),
            Screen(name="deep", label="Deep", needs=READ, hidden=True, open=_deep),
            Screen(name="broken", label="Broken", needs=READ, hidden=True, open=_broken),
        ]


LISTING = Listing(
    title="Notes",
    ask=Ask(operation="notes.list"),
    search="search",
    columns=(Col(label="Title", value="title", weight=2), Col(label="Id", value="id")),
    acts=(
        Act(name="open", label="open", key="enter", opens=Navigate(screen="keys", params={"id": "$id"})),
        Act(name="new", label="new", key="n", row=False, ask=Ask(operation="notes.create"), form=()),
        Act(name="edit", label="edit", key="e", ask=Ask(operation="notes.change", params={"id": "$id"}), form=()),
        Act(name="delete", label="delete", key="d", many=True, confirm="Delete this note?",
            ask=Ask(operation="notes.delete", params={"id": "$id"})),
        Act(name="mine", label="mine", key="s"),
    ),
)  # fmt: skip
FORM = Form(
    title="Write a note",
    controls=(
        Control(name="title", label="Title", required=True, schema={"type": "string", "minLength": 1, "maxLength": 40}),
        Control(name="text", label="Text", kind="lines"),
    ),
    submit=Ask(operation="notes.create"),
    keep="notes.write",
)


class Keys(Pages):
    """Shows the keys that it got. ``!`` asks, ``+`` says something, ``$`` fails."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    async def first(self, event: Init) -> View:
        self.got.append(f"start {event.params.get('id', '')}".strip())
        return await self.again()

    async def key(self, key: str) -> Any:
        if key == "!":
            return Confirm(title="Sure?", message="It cannot be taken back.")
        if key == "+":
            return Toast(message="as you say", level="success")
        if key == "$":
            raise ZeroDivisionError("of the plugin")
        self.got.append(key)
        return await self.again()

    async def dialog(self, accepted: bool) -> View:
        self.got.append(f"accepted {accepted}")
        return await self.again()

    async def again(self) -> View:
        lines = tuple(Line(text=one) for one in self.got)
        cell = Cell(title="Keys", content=Text(lines=lines))
        return Grid(columns=(Column(span=12, cells=(cell,)),), hints=(Hint(key="!", label="ask"),))


async def _keys(call: Call, params: Mapping[str, Any]) -> Keys:
    return Keys()


class Deep(Pages):
    """``s`` shows one more view above the present one."""

    async def first(self, event: Init) -> View:
        return evolve(LISTING, title="View 1")

    async def chosen(self, act: str, rows: tuple[Mapping[str, Any], ...]) -> View:
        return self.over(evolve(LISTING, title=f"View {len(self._stack) + 1}"))


async def _deep(call: Call, params: Mapping[str, Any]) -> Deep:
    return Deep()


async def _broken(call: Call, params: Mapping[str, Any]) -> Keys:
    raise ZeroDivisionError("while it opens")


READING = Cell(content=Text(lines=(Line(text="to read"),)))
SHEET = Sheet(title="A sheet", grid=Grid(columns=(Column(span=12, cells=(READING,)),)))
NOTES = Manifest(name="notes", summary="Notes, for tests.", load="tests.builtin_plugins.tui.notes:NotesPlugin")
