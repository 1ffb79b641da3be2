"""A terminal admin without a terminal: opens screens, presses keys, shows what would be seen as text."""

from __future__ import annotations

from typing import Any

from newel.app import App
from newel.context import Actor
from newel.contracts.tui import (
    ENDING,
    Action,
    Cancel,
    Commit,
    Confirm,
    Data,
    Dialog,
    Event,
    Init,
    Key,
    Navigate,
    Quit,
    Resize,
    ScreenSession,
    Toast,
)
from newel.contracts.views import View
from newel.screens import Screens
from newel.testing.actors import actor
from newel.testing.drawn import drawn


class FakeTerminal:
    """Keeps a door's side of ``newel.contracts.tui``, for one person.

    ``await terminal.open("redirects")``, then ``press``, ``type``, ``accept``. ``text`` is what is seen, ``toasts``
    what was said, ``dialog`` a question that stands, ``value`` what an editor committed, ``over`` whether the session
    has ended.
    """

    def __init__(self, app: App, who: Actor | None = None, *, width: int = 80, height: int = 24) -> None:
        self.app = app
        self.who = who or actor("admin")
        self.size = (width, height)
        self.cell = (1, 2)
        """Pixels that pictures have in a character."""
        self.screens = Screens(app)
        self.layout: View | None = None
        self.toasts: list[Toast] = []
        self.dialog: Confirm | None = None
        self.value: Any = None
        self.ended: Action | None = None
        self.page = ""
        """The page of the admin itself that was navigated to."""
        self._session: ScreenSession | None = None

    @property
    def text(self) -> str:
        return "" if self.layout is None else drawn(self.layout)

    @property
    def over(self) -> bool:
        return self._session is None

    async def open(self, plugin: str, name: str = "main", /, **params: Any) -> FakeTerminal:
        """Opens a screen in place of what was open."""
        await self.close()
        call = self.app.call(self.who, "tui")
        self._session = await self.screens.open(call, plugin, name, params)
        return await self._begin(Init(width=self.size[0], height=self.size[1], cell=self.cell, params=params))

    async def edit(self, plugin: str, name: str, value: Any = None, /, **config: Any) -> FakeTerminal:
        """Opens a field's editor."""
        await self.close()
        call = self.app.call(self.who, "tui")
        self._session = await self.screens.edit(call, plugin, name, value, config)
        return await self._begin(Init(width=self.size[0], height=self.size[1], value=value, config=config))

    async def press(self, *keys: str) -> FakeTerminal:
        """Presses keys by name, one after the other."""
        for key in keys:
            await self.send(Key(key))
        return self

    async def type(self, text: str) -> FakeTerminal:
        return await self.press(*text)

    async def resize(self, width: int, height: int) -> FakeTerminal:
        self.size = (width, height)
        self.cell = (1, 2)
        """Pixels that pictures have in a character."""
        return await self.send(Resize(width=width, height=height))

    async def accept(self, accepted: bool = True) -> FakeTerminal:
        """Answers the question that stands."""
        assert self.dialog is not None, "nothing was asked"
        self.dialog = None
        return await self.send(Dialog(accepted))

    async def send(self, event: Event) -> FakeTerminal:
        assert self._session is not None, f"the session has ended with {self.ended}"
        assert self.dialog is None or isinstance(event, Dialog), "a question stands: accept() it first"
        try:
            await self._take(await self._session.send(event))
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _begin(self, event: Init) -> FakeTerminal:
        assert self._session is not None
        self.layout, self.dialog, self.ended, self.page = None, None, None, ""
        try:
            await self._take(await self._session.start(event))
        except BaseException:
            await self.close()
            raise
        return self

    async def _take(self, shown: View | Action | None) -> None:
        while isinstance(shown, Toast):
            self.toasts.append(shown)
            assert self._session is not None
            shown = await self._session.send(Data())
        if shown is None:
            shown = Quit()
        if isinstance(shown, Confirm):
            self.dialog = shown
        elif isinstance(shown, ENDING):
            await self._end(shown)
        else:
            self.layout = shown

    async def _end(self, how: Navigate | Commit | Cancel | Quit) -> None:
        self.ended = how
        await self.close()
        match how:
            case Commit(value):
                self.value = value
            case Navigate(page=page) if page:
                self.page = page
            case Navigate():
                await self.open(how.plugin, how.screen or "main", **how.params)
