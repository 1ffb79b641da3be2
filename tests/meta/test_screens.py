"""Every screen that ships speaks in operations that are there, with inputs that they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.meta.viewing import UNKNOWN, faults, row_of, sample

from newel.app import App
from newel.contracts.tui import Chosen, Left, Navigate
from newel.contracts.views import Act, Ask, Col, Control, Form, Listing, Sheet, View
from newel.errors import NewelError
from newel.screens import Screens
from newel.testing import FakeTerminal
from newel.testing.reference import shipped_app

PARAMS: dict[tuple[str, str], dict[str, Any]] = {}
"""What a screen has to be opened with, where it shows nothing without."""
DEEPEST = 3
pytestmark = pytest.mark.engines()


@pytest.fixture
def built(tmp_path: Path) -> App:
    return shipped_app(tmp_path)


@pytest.fixture
async def app(built: App) -> AsyncIterator[App]:
    async with built.running():
        yield built


async def test_screens_speak_in_operations_that_are_there(app: App) -> None:
    """All of them, and the views that their own acts lead to."""
    known = Screens(app).all()
    assert len(known) > 5
    found = []
    for (plugin, name), screen in known.items():
        terminal = FakeTerminal(app)
        try:
            await terminal.open(plugin, name, **PARAMS.get((plugin, name), {}))
        except NewelError as error:
            if not screen.hidden:
                found.append(f"{plugin}/{name}: cannot be opened: {error.detail}")
            continue
        found += [f"{plugin}/{name}: {one}" for one in await _all(terminal, known, plugin, 0)]
        await terminal.close()
    assert found == []


async def _all(terminal: FakeTerminal, known: Any, plugin: str, level: int) -> list[str]:
    """The faults of what is shown, and of all that its own acts lead to."""
    view = terminal.layout
    if view is None or level > DEEPEST:
        return []
    found = faults(terminal.app, known, plugin, view)
    row = _row(terminal.app, view)
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


def _row(app: App, view: View) -> Any:
    match view:
        case Listing():
            kind = row_of(app, view)
            return {"id": "x"} if kind is UNKNOWN else sample(kind)
        case Form() | Sheet():
            return dict(view.subject)
        case _:
            return {}


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
