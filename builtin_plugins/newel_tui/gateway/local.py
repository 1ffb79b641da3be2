"""The site in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newel import Actor, Call, NotFound, Unauthenticated
from newel.contracts.idempotency import Kept
from newel.contracts.media import Media
from newel.contracts.terminal import Visitor
from newel.contracts.tui import ScreenSession
from newel.hooks.operations import register_operations
from newel.hooks.tui import register_screens
from newel.jsonschema import schema_of
from newel.screens import Screens
from newel_tui.gateway.files import Step, sent
from newel_tui.gateway.model import Known, Offered, Person, text_of

if TYPE_CHECKING:
    from newel.app import App
    from newel.operations import Operation


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

    async def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[Step]:
        """As a form at the API, without the line."""
        library = self._app.find(Media)
        if library is None or not self.local_files:
            raise NotFound("there is no library that takes files here")
        call, said = await self._call(), {"name": file.name, **{key: text_of(value) for key, value in params.items()}}
        async for step in sent(file, lambda pieces: library.take(call, pieces, said)):
            yield step

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
