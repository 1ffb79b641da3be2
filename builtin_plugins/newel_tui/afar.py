"""Operations for a terminal admin that runs elsewhere: what there is, and conversations with screens.

A conversation lives in this process, for as long as somebody asks; where it has ended (the site was restarted, another
node answers) the other side opens the screen again. What was typed is kept apart (``tui.kept``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any

from attrs import Factory, define, frozen

from newel import SIGNED_IN, Actor, Call, Max, MaxLength, Min, NotFound, TooMany, operation
from newel.contracts.tui import ENDING, Init, ScreenSession
from newel.errors import Conflict, NewelError
from newel_tui.gateway.local import Catalogue
from newel_tui.wire import EVENTS, decoded, encoded

if TYPE_CHECKING:
    from newel.app import App

MOST = 500
"""Conversations in all."""
EACH = 20
"""Conversations of one person; beyond it the one that was silent longest ends."""
SILENT = 1800.0
"""Seconds after which one ends by itself."""
LOOK = 30.0

Name = Annotated[str, "The name of the plugin, or of its screen.", MaxLength(100)]
Size = Annotated[int, "What there is to draw on, in characters.", Min(1), Max(1000)]


@frozen(kw_only=True)
class OfferedOperation:
    """An operation, as the terminal shows it."""

    name: str
    summary: str
    doc: str
    needs: Annotated[str, "The permission it needs."]
    effect: str
    method: str
    path: Annotated[str, "Below `/api/v1`."]
    schema: Annotated[Mapping[str, Any], "JSON Schema of its input."]


@frozen(kw_only=True)
class OfferedScreen:
    """A screen, or (with `types` and `mode`) an editor of fields."""

    plugin: str
    name: str
    label: str
    icon: str = ""
    section: Annotated[str, "Where in the menu it stands."] = ""
    hidden: bool = False
    mode: str = ""
    types: tuple[str, ...] = ()


@frozen(kw_only=True)
class Offer:
    """What a terminal admin finds here."""

    title: str
    operations: tuple[OfferedOperation, ...]
    screens: tuple[OfferedScreen, ...]
    interfaces: tuple[OfferedScreen, ...]


@frozen(kw_only=True)
class OpenScreen:
    """Which screen, and what it begins with."""

    plugin: Name
    name: Name
    params: Annotated[Mapping[str, Any], "What the screen is given."] = Factory(dict)
    edits: Annotated[bool, "Whether it is an editor of a field: with `value` and `config`."] = False
    value: Annotated[Any, "The value of the field."] = None
    config: Annotated[Mapping[str, Any], "The options of the field."] = Factory(dict)
    width: Size = 80
    height: Size = 24
    cell_width: Annotated[int, "Pixels that a picture can have in a character, across.", Min(1), Max(128)] = 1
    cell_height: Annotated[int, "And down.", Min(1), Max(128)] = 2


@frozen(kw_only=True)
class Said:
    """What a screen shows or asks; `over`: the conversation has ended."""

    id: str
    shown: Annotated[Any, "A view or an action."]
    over: bool


@frozen(kw_only=True)
class Tell:
    """What happened at the terminal."""

    id: Annotated[str, "Of the conversation.", MaxLength(26)]
    event: Annotated[Mapping[str, Any], "The event."]


@frozen(kw_only=True)
class Conversation:
    """Which one."""

    id: Annotated[str, "Of the conversation.", MaxLength(26)]


@define
class _Talk:
    actor: Actor
    session: ScreenSession
    heard: float
    turn: asyncio.Lock = Factory(asyncio.Lock)


class Afar:
    """Keeps the conversations of one process."""

    def __init__(self, app: App, catalogue: Catalogue) -> None:
        self._app = app
        self._catalogue = catalogue
        self._talks: dict[str, _Talk] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ends those that fall silent, and all at the end."""
        task = asyncio.create_task(self._sweep(), name="tui: conversations")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for id in tuple(self._talks):
                await self._end(id)

    async def _sweep(self) -> None:
        while True:
            await self._app.clock.sleep(LOOK)
            now = self._app.clock.monotonic()
            for id in [id for id, talk in self._talks.items() if now - talk.heard > SILENT]:
                await self._end(id)

    @operation("tui.offer", needs=SIGNED_IN, http="GET /tui", command=False)
    async def offer(self, call: Call) -> Offer:
        """Answers the operations of the site and the screens that one may open, for a terminal admin elsewhere."""
        known, screens = self._catalogue.operations, self._catalogue.screens
        return Offer(
            title=self._app.folder.name,
            operations=tuple(
                OfferedOperation(
                    name=one.name, summary=one.summary, doc=one.doc, needs=one.needs.name, effect=one.effect,
                    method=one.method, path=one.path, schema=known[one.name].schema,
                )
                for one in self._app.operations
                if one.name in known
            ),
            screens=tuple(
                OfferedScreen(plugin=plugin, name=name, label=one.label, icon=one.icon, section=one.section)
                for (plugin, name), one in screens.menu(call).items()
            ),
            interfaces=tuple(
                OfferedScreen(plugin=plugin, name=name, label=one.label, mode=one.mode, types=one.types)
                for (plugin, name), one in screens.interfaces().items()
            ),
        )  # fmt: skip

    @operation("tui.open", needs=SIGNED_IN, http="POST /tui/screens/{plugin}/{name}", command=False)
    async def open(self, call: Call, which: OpenScreen) -> Said:
        """Opens a screen of a plugin, or an editor of a field, for a terminal admin elsewhere."""
        await self._room(call.actor)
        screens = self._catalogue.screens
        if which.edits:
            session = await screens.edit(call, which.plugin, which.name, which.value, which.config)
        else:
            session = await screens.open(call, which.plugin, which.name, which.params)
        id = self._app.ids.new()
        self._talks[id] = talk = _Talk(call.actor, session, self._app.clock.monotonic())
        first = Init(
            width=which.width, height=which.height, cell=(which.cell_width, which.cell_height), params=which.params,
            value=which.value, config=which.config,
        )  # fmt: skip
        async with talk.turn:
            return await self._said(id, session.start(first))

    @operation("tui.tell", needs=SIGNED_IN, http="POST /tui/conversations/{id}", command=False)
    async def tell(self, call: Call, what: Tell) -> Said:
        """Tells a screen what happened at the terminal, and answers what it shows then."""
        event = decoded(dict(what.event), EVENTS)
        if type(event) not in EVENTS.values():
            event = decoded({**what.event, "is": ""}, EVENTS)  # says what is wrong
        talk = self._mine(call.actor, what.id)
        async with talk.turn:
            if what.id not in self._talks:
                raise NotFound(_GONE)
            talk.heard = self._app.clock.monotonic()
            return await self._said(what.id, talk.session.send(event))

    @operation("tui.close", needs=SIGNED_IN, http="DELETE /tui/conversations/{id}", command=False)
    async def close(self, call: Call, which: Conversation) -> None:
        """Ends a conversation with a screen. One that has ended already is no error."""
        with suppress(NotFound, Conflict):
            self._mine(call.actor, which.id)
            await self._end(which.id)

    def _mine(self, actor: Actor, id: str) -> _Talk:
        talk = self._talks.get(id)
        if talk is None or (talk.actor.id, talk.actor.credential) != (actor.id, actor.credential):
            raise NotFound(_GONE)
        if talk.actor != actor:
            raise Conflict("your rights have changed: open the screen again", code="rights_changed")
        return talk

    async def _said(self, id: str, step: Any) -> Said:
        try:
            shown = await step
        except BaseException:
            await self._end(id)
            raise
        over = shown is None or isinstance(shown, ENDING)
        if over:
            await self._end(id)
        return Said(id=id, shown=encoded(shown), over=over)

    async def _end(self, id: str) -> None:
        talk = self._talks.pop(id, None)
        if talk is not None:
            try:
                await talk.session.close()
            except NewelError as error:
                self._app.log.info("a screen did not close", extra={"cause": error.detail})

    async def _room(self, actor: Actor) -> None:
        mine = sorted((talk.heard, id) for id, talk in self._talks.items() if talk.actor.id == actor.id)
        for _, id in mine[: max(0, len(mine) - EACH + 1)]:
            await self._end(id)
        if len(self._talks) >= MOST:
            raise TooMany("too many screens are open here; try again later", retry_after=LOOK)


_GONE = "this screen is not open any more: open it again"
