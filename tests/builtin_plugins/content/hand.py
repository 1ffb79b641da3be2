"""Somebody at the screens of a plugin: does to views what a door does, through the operations they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.app import App
from newel.context import Actor
from newel.contracts.tui import Chosen, Done, Left, Submitted
from newel.contracts.views import Act, Ask, Form, Listing, Sheet, View, at, meant
from newel.errors import NewelError
from newel.testing import FakeTerminal


class Hand:
    """``await Hand(app).open("entries", type="post")``, then ``rows``, ``act``, ``check``, ``save``, ``leave``."""

    def __init__(self, app: App, who: Actor | None = None, plugin: str = "content") -> None:
        self.app = app
        self.plugin = plugin
        self.terminal = FakeTerminal(app, who)

    async def open(self, screen: str, /, **params: Any) -> Hand:
        await self.terminal.open(self.plugin, screen, **params)
        return self

    @property
    def view(self) -> View:
        assert self.terminal.layout is not None
        return self.terminal.layout

    @property
    def listing(self) -> Listing:
        assert isinstance(self.view, Listing), self.view
        return self.view

    @property
    def form(self) -> Form:
        assert isinstance(self.view, Form), self.view
        return self.view

    @property
    def sheet(self) -> str:
        assert isinstance(self.view, Sheet), self.view
        return self.terminal.text

    def may(self, operation: str) -> bool:
        return self.terminal.who.may(self.app.operations.get(operation).needs)

    async def run(self, ask: Ask, row: Any = None, more: Mapping[str, Any] | None = None) -> Any:
        call = self.app.call(self.terminal.who, "tui")
        answer = await self.app.operations.run(ask.operation, {**meant(ask.params, row or {}), **(more or {})}, call)
        return self.app.structurer.unstructure(answer)

    async def rows(self) -> list[dict[str, Any]]:
        """The first page."""
        listing = self.listing
        if listing.ask is None:
            return [dict(row) for row in listing.rows]
        found = at(await self.run(listing.ask), listing.at)
        assert isinstance(found, list)
        return found

    async def row(self, **wanted: Any) -> dict[str, Any]:
        return next(row for row in await self.rows() if wanted.items() <= row.items())

    def offered(self) -> set[str]:
        """The names of the acts that this person is offered."""
        return {act.name for act in self.acts() if act.ask is None or self.may(act.ask.operation)}

    def acts(self) -> tuple[Act, ...]:
        assert isinstance(self.view, Listing | Form | Sheet)
        return self.view.acts

    async def act(self, name: str, /, *rows: Mapping[str, Any], **form: Any) -> Any:
        """Does an act; ``form`` is what is filled in where it asks."""
        act = next(one for one in self.acts() if one.name == name)
        row: Any = rows[0] if rows else self.view.subject if isinstance(self.view, Form | Sheet) else {}
        assert set(form) <= set(act.form or ()) or act.form == (), f"{name} does not ask for {set(form)}"
        if act.opens is not None:
            await self.open(act.opens.screen, **meant(act.opens.params, row))
            return None
        if act.ask is None:
            await self.terminal.send(Chosen(act=name, rows=rows))
            return None
        answer = await self.run(act.ask, row, form)
        await self.terminal.send(Done(act=name, answer=answer))
        return answer

    async def check(self, **values: Any) -> set[tuple[str, str]]:
        """What the form would say while somebody types."""
        assert self.form.check is not None
        told = (await self.run(self.form.check, None, self._sent(values)))["problems"]
        return {(one["pointer"], one["code"]) for one in told}

    async def save(self, **values: Any) -> set[tuple[str, str]]:
        """Sends the form; what is wrong, if it was not taken."""
        assert self.form.submit is not None
        try:
            answer = await self.run(self.form.submit, self.form.subject, self._sent(values))
        except NewelError as error:
            return {(one.pointer, one.code) for one in error.problems} or {("", error.reason)}
        await self.terminal.send(Submitted(answer=answer, values=values))
        return set()

    async def leave(self) -> None:
        await self.terminal.send(Left())

    def _sent(self, values: Mapping[str, Any]) -> dict[str, Any]:
        known = {one.name for one in self.form.controls}
        assert set(values) <= known, f"no such fields: {set(values) - known}"
        if not self.form.at:
            return dict(values)
        whole = {} if self.form.changed_only else dict(self.form.values)
        given = self.form.submit.params.get(self.form.at, {}) if self.form.submit is not None else {}
        return {self.form.at: {**given, **whole, **values}}
