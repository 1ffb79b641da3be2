"""Views as JSON and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from newel import Malformed
from newel.contracts import layout, tui, views
from newel_tui.wire import EVENTS, SHOWN, decoded, encoded

LISTING = views.Listing(
    title="Users",
    ask=views.Ask(operation="users.list", params={"role": "$role", "deep": [1, {"a": None}]}),
    columns=(views.Col(label="Name", value="name"), views.Col(label="Since", value="created_at", cell="time")),
    acts=(
        views.Act(name="edit", label="Edit", key="e", ask=views.Ask(operation="users.update"), form=("name",)),
        views.Act(name="open", label="Open", key="enter", opens=tui.Navigate(page="x", params={"is": "a trap"})),
    ),
)
FORM = views.Form(
    controls=(
        views.Control(name="blocks", kind="blocks", variants={"hero": (views.Control(name="title"),)}),
        views.Control(name="who", interface=("shop", "colour"), pick=views.Pick(listing=LISTING, label="name")),
    ),
    values={"who": {"is": "Key", "key": "q"}, "list": [1, 2], "none": None},
    submit=None,
    locales=("en", "de"),
)
GRID = layout.Grid(
    columns=(
        layout.Column(
            span=12,
            cells=(
                layout.Cell(content=layout.Table(headers=("a", "b"), rows=(("1", "2"), ("3",)), cursor=1)),
                layout.Cell(content=layout.Picture(pixels=bytes(range(12)), width=2, height=2, mark=(0.5, 0.25))),
                layout.Cell(content=layout.Tree(nodes=(layout.Node(label="x", children=(layout.Node(label="y"),)),))),
            ),
        ),
    ),
    refresh=2.5,
)


@pytest.mark.parametrize(
    "value",
    [LISTING, FORM, GRID, views.Sheet(grid=GRID, subject={"is": 1}), tui.Confirm(title="?"), tui.Commit({"is": "x"})],
    ids=lambda value: type(value).__name__,
)
def test_what_is_shown_comes_back_equal(value: Any) -> None:
    assert decoded(json.loads(json.dumps(encoded(value))), SHOWN) == value


@pytest.mark.parametrize("value", [tui.Key("q"), tui.Tick(), tui.Chosen(act="x", rows=({"id": "1"},))], ids=repr)
def test_what_happened_comes_back_equal(value: Any) -> None:
    assert decoded(json.loads(json.dumps(encoded(value))), EVENTS) == value


@pytest.mark.parametrize(
    "data",
    [
        {"is": "Quit"},  # an action is no event
        {"is": "Key"},
        {"is": "Key", "key": "a", "more": 1},
        {"is": ["Key"], "key": "a"},
        {"is": "bytes", "of": "?"},
        {"is": "map", "of": [1]},
        {"is": "Picture", "pixels": "", "width": 1, "height": 1},
    ],
    ids=str,
)
def test_other_things_are_refused(data: Any) -> None:
    with pytest.raises(Malformed):
        decoded(data, EVENTS)


def test_depth_is_bounded() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    with pytest.raises(Malformed, match="too deep"):
        decoded(deep, EVENTS)


def test_a_hostile_site_cannot_send_what_a_terminal_obeys() -> None:
    sent = {"is": "Text", "lines": [{"is": "Line", "text": "a\x1b]52;c;aGk=\x07b"}]}
    assert decoded(sent, SHOWN).lines[0].text == "a�]52;c;aGk=�b"
