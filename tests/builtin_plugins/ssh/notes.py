"""A plugin to run over SSH, and a terminal admin that plays back what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import click
from attrs import frozen

from newel import Call, Manifest, Permission, Reject, Secret, hookimpl, operation, operations_of
from newel.commands.console import Console
from newel.commands.planned import remote
from newel.contracts.terminal import Gone, Resized, Terminal, TerminalAdmin, Typed, Visitor
from newel.operations import Operation

if TYPE_CHECKING:
    from newel.app import App

READ = Permission("notes.read", "Read notes")
WRITE = Permission("notes.write", "Write notes")


@frozen(kw_only=True)
class Note:
    id: str
    text: Annotated[str, "What it says."]
    tags: Annotated[tuple[str, ...], "Words for it."] = ()


@frozen(kw_only=True)
class NewNote:
    text: Annotated[str, "What it says."]
    pinned: Annotated[bool, "Whether it stands on top."] = False


@frozen(kw_only=True)
class Locked:
    code: Annotated[Secret[str], "What opens it."]


@frozen(kw_only=True)
class Many:
    count: Annotated[int, "How many."]


@frozen
class Notes:
    data: tuple[Note, ...]


class Service:
    def __init__(self) -> None:
        self.kept: list[Note] = []
        self.calls: list[Call] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cancelled = asyncio.Event()

    @operation("notes.list", needs=READ, http="GET /notes")
    async def list(self, call: Call) -> Notes:
        """Lists the notes."""
        return Notes(tuple(self.kept))

    @operation("notes.add", needs=WRITE, http="POST /notes", effect="write")
    async def add(self, call: Call, order: NewNote) -> Note:
        """Keeps a note."""
        if not order.text.strip():
            raise Reject.field("/text", "empty", "a note says something")
        self.calls.append(call)
        self.kept.append(Note(id=str(len(self.kept)), text=order.text))
        return self.kept[-1]

    @operation("notes.unlock", needs=READ, http="POST /notes/unlock")
    async def unlock(self, call: Call, order: Locked) -> str:
        """Opens the locked ones."""
        return "open" if order.code.reveal() == "sesame" else "shut"

    @operation("notes.many", needs=READ, http="GET /notes/many")
    async def many(self, call: Call, order: Many) -> Notes:
        """Makes some up."""
        return Notes(tuple(Note(id=str(number), text="x" * 1000) for number in range(order.count)))

    @operation("notes.wait", needs=READ, http="GET /notes/wait")
    async def wait(self, call: Call) -> str:
        """Takes as long as it takes."""
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return "waited"

    @operation("notes.deep.look", needs=READ, http="GET /notes/deep")
    async def deep(self, call: Call) -> str:
        """Looks deeper."""
        return "deep"


@click.group("notes", help="Notes.")
def group() -> None:
    pass


@group.command()
@click.argument("words", nargs=-1)
@remote(needs=READ)
async def shout(console: Console, words: tuple[str, ...]) -> int:
    """Say it louder."""
    await console.say(" ".join(words).upper())
    return 3


@group.command()
def local() -> None:
    """Only where the disk is."""


class NotesPlugin:
    def __init__(self, app: App) -> None:
        self.service = Service()

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self.service)

    @hookimpl
    def register_commands(self) -> Sequence[click.Command]:
        return [group]


class EchoPlugin:
    """Keeps ``TerminalAdmin``: writes what happens, until ``q``."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.events: list[Any] = []
        self.terminals: list[Terminal] = []
        self.gone: list[str] = []
        self.paused: asyncio.Event | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._app.provide(TerminalAdmin, self)
        yield

    async def serve(self, terminal: Terminal, visitor: Visitor) -> int:
        self.terminals.append(terminal)
        width, height = terminal.size
        terminal.write(f"hello {width}x{height} {terminal.environment}\r\n".encode())
        while True:
            if self.paused is not None:
                await self.paused.wait()
            event = await terminal.read()
            self.events.append(event)
            match event:
                case Typed(data):
                    actor = await visitor.actor()
                    terminal.write(b"%s by %s\r\n" % (data, b"nobody" if actor is None else actor.name.encode()))
                    if data == b"q":
                        return 7
                case Resized(width, height):
                    terminal.write(f"now {width}x{height}\r\n".encode())
                case Gone(why):
                    self.gone.append(why)
                    return 1


NOTES = Manifest(
    name="notes", summary="Notes.", load="tests.builtin_plugins.ssh.notes:NotesPlugin", commands={"notes": "Notes."}
)
ECHO = Manifest(
    name="echo", summary="A terminal that echoes.", load="tests.builtin_plugins.ssh.notes:EchoPlugin",
    provides=(TerminalAdmin,),
)  # fmt: skip
