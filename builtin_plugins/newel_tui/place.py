"""An open screen: its session, and what is done in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel.contracts.tui import (
    ENDING,
    Action,
    Cancel,
    Chosen,
    Commit,
    Confirm,
    Data,
    Dialog,
    Done,
    Event,
    Init,
    Left,
    Navigate,
    Quit,
    ScreenSession,
    Toast,
)
from newel.contracts.views import Act, Ask, Form, Listing, Sheet, View, meant
from newel.errors import NewelError
from newel_tui.boxes.base import Box
from newel_tui.boxes.making import box_for, shown_answer
from newel_tui.forms import form_for
from newel_tui.gateway import Person
from newel_tui.sending import send_files

if TYPE_CHECKING:
    from newel_tui.desk import Desk


class Place:
    """Keeps ``Owner``, and a door's side of ``newel.contracts.tui``. One event at a time."""

    def __init__(self, desk: Desk, plugin: str, screen: str, params: Mapping[str, Any]) -> None:
        self.plugin = plugin
        self.screen = screen
        self.params = params
        self.box: Box | None = None
        self.first: View | None = None
        """Its first view: below it is nothing of this screen."""
        self.stays = False
        """Whether it is opened anew where it ends: it was left, but is the first screen."""
        self.value: Any = None
        """What a field's editor committed."""
        self.person: Person | None = None
        """Who it was opened for, with the rights of then."""
        self.over = False
        self.size: tuple[int, int] | None = None
        self._desk = desk
        self._session: ScreenSession | None = None
        self._turn = asyncio.Lock()

    async def begin(
        self, session: ScreenSession, *, value: Any = None, config: Mapping[str, Any] | None = None
    ) -> None:
        """Starts the session and shows its first view."""
        self._session = session
        self.size = width, height = self._desk.room
        cell = self._desk.cell
        first = Init(width=width, height=height, cell=cell, params=self.params, value=value, config=config or {})
        async with self._turn:
            try:
                await self._take(await session.start(first))
            except BaseException:
                await self.close()
                raise

    async def send(self, event: Event) -> None:
        async with self._turn:
            if self._session is None:
                return
            try:
                await self._take(await self._session.send(event))
            except NewelError as error:
                self._desk.toast(error.detail, "error")
                await self._end(Quit())
            except Exception as error:  # noqa: BLE001 - a plugin's fault ends its screen, not the session
                self._desk.broke(self.plugin, error)
                await self._end(Quit())

    @property
    def view(self) -> View | None:
        view: View | None = self.box.view if self.box is not None else None
        return view

    async def left(self) -> None:
        """The person leaves what is shown: to the view before, or the screen ends."""
        before = self.view
        if isinstance(before, Listing | Form | Sheet):
            await self.send(Left())
            if self.over or self.view != before:
                return
        await self._end(Quit())

    async def close(self) -> None:
        self.over = True
        if self.box is not None:
            self._desk.forget(self.box)
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _take(self, shown: View | Action | None) -> None:
        while isinstance(shown, Toast | Confirm):
            if self._session is None:
                return
            if isinstance(shown, Toast):
                self._desk.toast(shown.message, shown.level)
                shown = await self._session.send(Data())
            else:
                shown = await self._session.send(Dialog(await self._desk.ask(shown.title, shown.message)))
        if shown is None:
            await self._end(Quit())
        elif isinstance(shown, ENDING):
            await self._end(shown)
        else:
            self._show(shown)

    def _show(self, view: View) -> None:
        self.first = self.first or view
        if self.box is not None and isinstance(view, Sheet) and view == self.view:
            self.box.show(view)  # it has nothing to draw
            return
        if self.box is None or not self.box.show(view):
            if self.box is not None:
                self._desk.forget(self.box)
            self.box = box_for(self._desk, self, view)
        self._desk.redraw()

    async def _end(self, how: Navigate | Commit | Cancel | Quit) -> None:
        await self.close()
        match how:
            case Commit(value):
                self.value = value
            case Navigate():
                await self._desk.went(self, how)
                return
            case _:
                pass
        await self._desk.went(self, None)

    # -- acts -----------------------------------------------------------------------------------------------------

    async def navigate(self, where: Navigate) -> None:
        """To another screen, above this one."""
        await self._desk.navigate(where, self.plugin)

    async def act(self, act: Act, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()) -> bool:
        row = rows[0] if rows else {}
        if act.back:
            await self._desk.back()
            return True
        if act.opens is not None:
            await self.navigate(evolve(act.opens, params=meant(act.opens.params, row)))
            return True
        if act.upload is not None:
            sent = await send_files(self._desk, self, act.label, meant(act.upload, row))
            if sent:
                await self.send(Done(act=act.name, answer={"ids": sent}))
                if self.box is not None:
                    await self.box.fresh(sent)
            return bool(sent)
        if act.confirm and not await self._desk.ask(act.label, _counted(act.confirm, rows)):
            return False
        if act.ask is None:
            await self.send(Chosen(act=act.name, rows=tuple(rows)))
            return True
        if act.form is not None:
            answer = await self._form(act, act.ask, row)
            if answer is None:
                return False
        else:
            done, answer = await self._runs(act, act.ask, rows, keys)
            if not done:
                return False
        if act.shows:
            await self._desk.fill(act.label, shown_answer(self._desk, self, answer))
        await self.send(Done(act=act.name, answer=answer))
        return True

    async def _form(self, act: Act, ask: Ask, row: Mapping[str, Any]) -> Any:
        given = meant(ask.params, row)
        start: Any = row
        if act.fill is not None:
            start = await self._desk.gateway.run(act.fill.operation, meant(act.fill.params, row))
        known = self._desk.gateway.operations[ask.operation]
        form: Form = form_for(known, given, act.form or (), start)
        return await self._desk.fill(act.label, box_for(self._desk, self, form))

    async def _runs(
        self, act: Act, ask: Ask, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
    ) -> tuple[bool, Any]:
        gateway = self._desk.gateway
        if act.bulk:
            params = meant(ask.params, rows[0] if rows else {}) | {act.bulk: list(keys)}
            return True, await self._desk.did(act.label, gateway.run(ask.operation, params))
        answer, failed, first = None, 0, ""
        for row in rows or ({},):
            try:
                answer = await self._desk.did(act.label, gateway.run(ask.operation, meant(ask.params, row)))
            except NewelError as error:
                if len(rows) < 2:
                    raise
                failed, first = failed + 1, first or error.detail
        if len(rows) > 1:
            told = f"{act.label}: {len(rows) - failed} of {len(rows)} done"
            self._desk.toast(f"{told}; {first}" if failed else told, "warning" if failed else "success")
        return failed < max(1, len(rows)), answer


def _counted(question: str, rows: Sequence[Any]) -> str:
    return question if len(rows) < 2 else f"{question} ({len(rows)} of them)"
