"""A door for views in tests: runs what they ask for, as ``newel.contracts.views`` says, without drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.tui import Chosen, Done, Left, Submitted
from newel.contracts.views import Act, Ask, Form, Listing, Sheet, at, meant
from newel.testing import FakeTerminal


class ViewDoor(FakeTerminal):
    """``rows`` reads the list that is shown, ``act`` does an act to a row, ``submit`` sends the form that is shown."""

    async def rows(self, **filters: Any) -> list[Any]:
        view = self.layout
        assert isinstance(view, Listing)
        assert view.ask is not None
        answer = await self.run(view.ask.operation, {**meant(view.ask.params, {}), **filters})
        found = at(answer, view.at)
        assert isinstance(found, list)
        return found

    async def act(self, name: str, row: Mapping[str, Any] | None = None, **typed: Any) -> Any:
        """What the operation answered; ``None`` where the session was told."""
        act = self.offered(name, row)
        if act.opens is not None:
            where = act.opens
            await self.open(where.plugin, where.screen, **meant(where.params, row or {}))
            return None
        if act.ask is None:
            await self.send(Chosen(act=name, rows=() if row is None else (row,)))
            return None
        assert set(typed) <= set(act.form or typed)
        answer = await self.run(act.ask.operation, {**meant(act.ask.params, row or {}), **typed})
        await self.send(Done(act=name, answer=answer))
        return answer

    def offered(self, name: str, row: Mapping[str, Any] | None = None) -> Act:
        """The act of that name, which must be offered for the row."""
        view = self.layout
        assert isinstance(view, Listing | Form | Sheet)
        act = next(one for one in view.acts if one.name == name)
        if row is not None:
            assert all(at(row, path) == value for path, value in act.when.items()), f"{name} is not offered"
            refused = bool(act.unless) and all(at(row, path) == value for path, value in act.unless.items())
            assert not refused, f"{name} is not offered"
        return act

    async def submit(self, **typed: Any) -> Any:
        view = self.layout
        assert isinstance(view, Form)
        assert set(typed) <= {one.name for one in view.controls}
        values = {**({} if view.changed_only else view.values), **typed}
        assert view.submit is not None
        params = meant(view.submit.params, view.subject)
        answer = await self.run(view.submit.operation, {**params, **({view.at: values} if view.at else values)})
        await self.send(Submitted(answer=answer, values=values))
        return answer

    async def back(self) -> None:
        await self.send(Left())

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        answer = await self.app.operations.run(operation, dict(params), self.app.call(self.who, "tui"))
        return self.app.structurer.unstructure(answer, show=True)

    async def asked(self, ask: Ask, row: Mapping[str, Any] | None = None) -> Any:
        return await self.run(ask.operation, meant(ask.params, row or {}))
