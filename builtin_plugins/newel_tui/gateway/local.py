"""The site in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel import Actor, Call, NotFound, Unauthenticated
from newel.contracts.idempotency import Kept
from newel.contracts.terminal import Visitor
from newel.contracts.tui import ScreenSession
from newel.hooks.files import register_file_trees
from newel.hooks.operations import register_operations
from newel.hooks.tui import register_screens
from newel.jsonschema import schema_of
from newel.screens import Screens
from newel_tui.gateway.model import Known, Offered, Person

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation

PIECE = 1 << 18


class Catalogue:
    """What a site offers, described once for all who sit at it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[str, Known] | None = None
        self._screens: Screens | None = None
        app.follow(self._forget, register_operations, register_screens)

    def _forget(self) -> None:
        self._known = self._screens = None

    @property
    def screens(self) -> Screens:
        """From when all plugins are there."""
        if self._screens is None:
            self._screens = Screens(self._app)
        return self._screens

    @property
    def operations(self) -> Mapping[str, Known]:
        if self._known is None:
            self._known = {one.name: _known(one) for one in self._app.operations if one.http is not None}
        return self._known


def _known(one: Operation) -> Known:
    schema = dict(schema_of(one.input))
    if "$ref" in schema:  # what the input itself refers to is one of its own definitions
        schema |= schema["$defs"][schema.pop("$ref").rpartition("/")[2]]
    return Known(
        name=one.name, summary=one.summary, doc=one.doc, needs=one.needs.name, effect=one.effect, schema=schema
    )


class LocalGateway:
    """Keeps ``Gateway``. Who sits there is asked anew for every act."""

    def __init__(self, app: App, catalogue: Catalogue, visitor: Visitor, *, local_files: bool = False) -> None:
        self._app = app
        self._catalogue = catalogue
        self._visitor = visitor
        self._person = Person(id="", name="")
        self.local_files = local_files
        self.last_request = ""

    @property
    def person(self) -> Person:
        return self._person

    @property
    def title(self) -> str:
        return self._app.folder.name

    @property
    def operations(self) -> Mapping[str, Known]:
        return self._catalogue.operations

    def may(self, operation: str) -> bool:
        known = self.operations.get(operation)
        return known is not None and self._person.may(known.needs)

    async def start(self) -> None:
        await self._actor()

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        known = self.operations.get(operation)
        if known is None:
            raise NotFound(f"there is no operation '{operation}'")
        call = await self._call()
        answer = await self._app.operations.run(operation, dict(params), call)
        if known.acts:
            self.last_request = call.request_id
        return answer.answer if isinstance(answer, Kept) else self._app.structurer.unstructure(answer, show=True)

    async def screens(self) -> Sequence[Offered]:
        menu = self._catalogue.screens.menu(await self._call())
        return [
            Offered(plugin=plugin, name=name, label=one.label, icon=one.icon, section=one.section)
            for (plugin, name), one in menu.items()
        ]

    async def interfaces(self) -> Sequence[Offered]:
        return [
            Offered(plugin=plugin, name=name, label=one.label, mode=one.mode, types=one.types)
            for (plugin, name), one in self._catalogue.screens.interfaces().items()
        ]

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        return await self._catalogue.screens.open(await self._call(), plugin, name, params)

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        return await self._catalogue.screens.edit(await self._call(), plugin, name, value, config)

    async def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[tuple[int, int] | Mapping[str, Any]]:
        """Through the tree of files that the library shows: what SFTP does, without the line."""
        tree = next((one for _, one in self._app.collected(register_file_trees) if one.name == "media"), None)
        if tree is None or not self.local_files:
            raise NotFound("there is no library that takes files here")
        call, size, sent = await self._call(), (await asyncio.to_thread(file.stat)).st_size, 0
        writing = await tree.create(call, (*await self._folder(params.get("folder")), file.name))
        try:
            async for piece in pieces(file):
                await writing.write(sent, piece)
                sent += len(piece)
                yield sent, size
            name = await writing.finish(await self._call())
        except BaseException:
            await writing.abort()
            raise
        yield {"name": name}

    async def _folder(self, id: str | None) -> tuple[str, ...]:
        """The names that lead to a folder."""
        if not id:
            return ()
        for one in await self.run("media.folders", {}):
            if one["id"] == id:
                return tuple(str(one["path"]).strip("/").split("/"))
        raise NotFound(f"there is no folder '{id}'")

    async def close(self) -> None:
        """There is nothing to close."""

    async def _call(self) -> Call:
        return self._app.call(await self._actor(), self._visitor.door, ip=self._visitor.ip)

    async def _actor(self) -> Actor:
        actor = await self._visitor.actor()
        if actor is None:
            raise Unauthenticated("this session has ended: sign in again")
        self._person = Person(
            id=actor.id, name=actor.name, roles=actor.roles, permissions=actor.permissions, everything=actor.everything
        )
        return actor


async def pieces(file: Path) -> AsyncIterator[bytes]:
    """A file of this machine, read beside the loop."""
    source = await asyncio.to_thread(file.open, "rb")
    try:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece
    finally:
        await asyncio.to_thread(source.close)
