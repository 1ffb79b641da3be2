"""A conversation with the editor of a field that a plugin brings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import urwid

from newel.contracts.tui import (
    ENDING,
    Action,
    Confirm,
    Data,
    Dialog,
    Event,
    Init,
    Navigate,
    ScreenSession,
    Toast,
)
from newel.contracts.views import Act, View
from newel.errors import NewelError
from newel_tui.boxes.base import Box, Host
from newel_tui.boxes.layout import LayoutBox


class Conversation:
    """Keeps ``Owner`` for the box of an editor. ``ended`` is told once, with the action that ended it, if any."""

    def __init__(
        self, host: Host, plugin: str, screen: str, session: ScreenSession, ended: Callable[[Action | None], None]
    ) -> None:
        self.plugin = plugin
        self.screen = screen
        self.size: tuple[int, int] | None = None  # as it is drawn first: what it is told at the start is a guess
        self.box: LayoutBox | None = None
        self._host = host
        self._session: ScreenSession | None = session
        self._ended = ended
        self._turn = asyncio.Lock()

    async def begin(self, value: Any, config: Mapping[str, Any], size: tuple[int, int]) -> None:
        session = self._session
        if session is not None:
            first = Init(width=size[0], height=size[1], value=value, config=config)
            await self._turned(lambda: session.start(first))

    async def send(self, event: Event) -> None:
        session = self._session
        if session is not None:
            await self._turned(lambda: session.send(event))

    async def act(self, act: Act, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()) -> bool:
        """Editors show no acts."""
        return False

    async def navigate(self, where: Navigate) -> None:
        """An editor leads nowhere."""

    async def close(self) -> None:
        session, self._session = self._session, None
        if self.box is not None:
            self.box.close()
        if session is not None:
            await session.close()

    async def _turned(self, asks: Callable[[], Any]) -> None:
        """One event at a time. Whatever an editor raises ends it, and the field keeps its value."""
        async with self._turn:
            try:
                await self._take(await asks())
            except BaseException as error:
                await self._end(None)
                if isinstance(error, NewelError):
                    self._host.toast(error.detail, "error")
                else:
                    raise

    async def _take(self, shown: View | Action | None) -> None:
        while isinstance(shown, Toast | Confirm) and self._session is not None:
            if isinstance(shown, Toast):
                self._host.toast(shown.message, shown.level)
                shown = await self._session.send(Data())
            else:
                shown = await self._session.send(Dialog(await self._host.ask(shown.title, shown.message)))
        if self._session is None:
            return
        if shown is None or isinstance(shown, ENDING):
            await self._end(shown)
        elif not isinstance(shown, Toast | Confirm):
            if self.box is None or not self.box.show(shown):
                if self.box is not None:
                    self.box.close()
                self.box = LayoutBox(self._host, self, shown)
            self._host.redraw()

    async def _end(self, how: Action | None) -> None:
        open_still = self._session is not None
        await self.close()
        if open_still:
            self._ended(how)
            self._host.redraw()


class Window(Box):
    """An editor above the form."""

    typing = True

    def __init__(self, host: Host, talk: Conversation, title: str) -> None:
        self._talk = talk
        self._title = title
        super().__init__(host, talk, None, urwid.SolidFill(" "))

    @property
    def title(self) -> str:
        return self._title

    def _shown(self) -> LayoutBox | None:
        if self._talk.box is not None and self._w is not self._talk.box:
            self._w = self._talk.box
        return self._talk.box

    def render(self, size: Any, focus: bool = False) -> urwid.Canvas:
        self._shown()
        return self._w.render(size, focus)

    def keypress(self, size: Any, key: str) -> str | None:
        box = self._shown()
        return key if box is None else box.keypress(size, key)

    def pasted(self, text: str) -> None:
        if (box := self._shown()) is not None:
            box.pasted(text)

    def pointed(self, column: int, row: int) -> str:
        box = self._shown()
        return "" if box is None else box.pointed(column, row)

    def actions(self) -> Any:
        box = self._shown()
        return () if box is None else box.actions()
