"""Every screen that ships speaks in operations that are there, with inputs that they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.meta.viewing import UNKNOWN, faults, row_of, sample

from newel.app import App
from newel.contracts.tui import Chosen, Left, Navigate
from newel.contracts.views import Act, Ask, Col, Control, Form, Listing, Sheet, View, at, meant
from newel.errors import NewelError, NotFound
from newel.screens import Screens
from newel.testing import FakeTerminal
from newel.testing.reference import shipped_app

DEEPEST = 3
pytestmark = pytest.mark.engines()


@pytest.fixture
def built(tmp_path: Path) -> App:
    return shipped_app(tmp_path)


@pytest.fixture
async def app(built: App) -> AsyncIterator[App]:
    async with built.running():
        yield built


async def _params(app: App) -> dict[str, Any]:
    """What hidden screens are opened with: a page that is published."""
    who = FakeTerminal(app).who

    async def run(verb: str, /, **order: Any) -> Any:
        return await app.operations.run(verb, order, app.call(who, "test"))

    text = {"name": "title", "type": "text"}
    await run("types.create", name="leaflet", kind="page", fields=[text, {"name": "body", "type": "markdown"}])
    entry = await run("content.create", type="leaflet", data={"title": "One", "body": "*Two*"})
    await run("content.publish", type="leaflet", id=entry.id)
    return {"type": "leaflet", "name": "leaflet", "id": entry.id}


async def test_screens_speak_in_operations_that_are_there(app: App) -> None:
    """All of them, and the views that their own acts lead to."""
    known = Screens(app).all()
    given = await _params(app)
    found, seen = [], 0
    for (plugin, name), screen in known.items():
        terminal = FakeTerminal(app)
        try:
            await terminal.open(plugin, name, **(given if screen.hidden else {}))
        except NotFound:
            assert screen.hidden, f"{plugin}/{name}"  # made for something else than a page
            continue
        except NewelError as error:
            found.append(f"{plugin}/{name}: cannot be opened: {error.detail}")
            continue
        told = await _all(terminal, known, plugin, 0)
        found += [f"{plugin}/{name}: {one}" for one in told]
        seen += 1
        await terminal.close()
    assert found == []
    assert seen > 10


async def _all(terminal: FakeTerminal, known: Any, plugin: str, level: int) -> list[str]:
    """The faults of what is shown, and of all that its own acts lead to."""
    view = terminal.layout
    if view is None or level > DEEPEST:
        return []
    found = faults(terminal.app, known, plugin, view)
    row = await _row(terminal, view)
    for act in getattr(view, "acts", ()):
        if _own(act) and not terminal.over:
            try:
                await terminal.send(Chosen(act=act.name, rows=(row,)))
            except NewelError:  # there is no such thing as the made-up row
                return found
            if terminal.layout is not view and terminal.dialog is None and not terminal.over:
                found += await _all(terminal, known, plugin, level + 1)
                if not terminal.over:
                    await terminal.send(Left())
            if terminal.dialog is not None:
                await terminal.accept(False)
    return found


def _own(act: Act) -> bool:
    """Whether the session is told."""
    return act.ask is None and act.opens is None and act.upload is None and not act.back


async def _row(terminal: FakeTerminal, view: View) -> Any:
    """The first row that is there, or one that is made up of its type."""
    if isinstance(view, Form | Sheet):
        return dict(view.subject)
    if not isinstance(view, Listing):
        return {}
    if view.rows:
        return view.rows[0]
    if view.ask is not None and view.ask.operation in {one.name for one in terminal.app.operations}:
        with suppress(NewelError):
            call = terminal.app.call(terminal.who, "tui")
            answer = await terminal.app.operations.run(view.ask.operation, meant(view.ask.params, {}), call)
            if rows := at(terminal.app.structurer.unstructure(answer), view.at):
                return rows[0]
    kind = row_of(terminal.app, view)
    return {"id": "x"} if kind is UNKNOWN else sample(kind)


def test_mistakes_of_a_view_are_found(built: App) -> None:
    """What the test above is worth."""
    ask = Ask(operation="users.list", params={"roel": "x"})
    acts = (
        Act(name="a", label="a", key="a", ask=Ask(operation="users.kick", params={"id": "$id"})),
        Act(name="b", label="b", key="a", opens=Navigate(plugin="accounts", screen="nobody")),
        Act(name="b", label="b", key="c", form=("idd",), when={"shut": True}, back=True,
            ask=Ask(operation="users.get", params={"id": "$idd"})),
    )  # fmt: skip
    columns = (Col(label="Name", value="nme"), Col(label="Name", value="name"))
    view = Listing(ask=ask, columns=columns, filters=("role", "name"), search="q", cursor="curser", acts=acts)
    form = Form(
        controls=(Control(name="mail"), Control(name="role", kind="choice")), values={"x": 1},
        submit=Ask(operation="users.create"),
    )  # fmt: skip
    known = Screens(built).all()
    found = faults(built, known, "accounts", view) + faults(built, known, "accounts", form)
    for told in (
        "no operation 'users.kick'", "input 'roel'", "input 'idd'", "input 'name'", "input 'q'", "input 'curser'",
        "have no 'nme'", "key 'a'", "name 'b'", "which is no screen", "leads two ways", "takes '$idd'", "at 'shut'",
        "input 'mail'", "value of 'x'", "'role' offers no choice",
    ):  # fmt: skip
        assert [one for one in found if told in one], told
    assert len(found) == 16
