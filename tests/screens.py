"""Screens held against the operations that they speak of: rows, columns, acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import fields

from newel.app import App
from newel.contracts.views import MISSING, Act, Ask, Listing, at, meant
from newel.testing import FakeTerminal, actor

ADMIN = actor("admin")


async def asked(app: App, ask: Ask, row: Any = None) -> Any:
    """What the operation answers, as a door gets it."""
    answer = await app.operations.run(ask.operation, meant(ask.params, row or {}), app.call(ADMIN, "test"))
    return app.structurer.unstructure(answer)


async def listed(app: App, plugin: str, name: str, /, **params: Any) -> tuple[Listing, list[Mapping[str, Any]]]:
    """Opens a screen that is a list, and answers it with its rows; every path in it leads somewhere, every act to
    an operation with these inputs, or to a screen."""
    view = (await FakeTerminal(app).open(plugin, name, **params)).layout
    assert isinstance(view, Listing)
    assert view.ask is not None
    rows = at(await asked(app, view.ask), view.at)
    assert isinstance(rows, list), f"at '{view.at}' stand no rows"
    known = {field.name for field in fields(app.operations.get(view.ask.operation).input)}
    assert {view.search, *view.filters} - {""} <= known
    for row in rows:
        missing = [one.value for one in view.columns if at(row, one.value) is MISSING]
        assert not missing, f"rows have no {missing}: {row}"
    if rows:
        about = rows[0] if view.detail is None else await asked(app, view.detail, rows[0])
        missing = [one.value for one in view.details if at(about, one.value.partition(".")[0]) is MISSING]
        assert not missing, f"details have no {missing}: {about}"
    assert len({at(row, view.key) for row in rows}) == len(rows), f"'{view.key}' does not tell rows apart"
    for act in view.acts:
        leads(app, act, rows[0] if rows else {}, FakeTerminal(app))
    return view, rows


def leads(app: App, act: Act, row: Mapping[str, Any], terminal: FakeTerminal) -> None:
    if act.ask is not None:
        known = {field.name for field in fields(app.operations.get(act.ask.operation).input)}
        assert set(meant(act.ask.params, row)) <= known, act.name
    if act.opens is not None:
        assert (act.opens.plugin, act.opens.screen) in terminal.screens.all(), act.name


def offered(view: Listing, row: Mapping[str, Any]) -> list[str]:
    """The acts that the row allows."""
    return [
        act.name
        for act in view.acts
        if all(at(row, path) == value for path, value in act.when.items())
        and not (act.unless and all(at(row, path) == value for path, value in act.unless.items()))
    ]
