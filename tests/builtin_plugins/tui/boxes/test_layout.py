"""Layouts on the screen: what each primitive looks like, and keys that reach the session in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from tests.builtin_plugins.tui.boxes.rig import MadeUp, desk_with

from newel.contracts.layout import (
    Cell,
    Column,
    Detail,
    Grid,
    Hint,
    Input,
    Item,
    Line,
    List,
    Node,
    Option,
    Pair,
    Picture,
    Primitive,
    Progress,
    Select,
    Table,
    Text,
    Tree,
)
from newel.contracts.tui import Action, Event, Focus, Init, Key, Resize, Tick
from newel.contracts.views import View
from newel.testing import FakeClock
from newel_tui.boxes.layout.box import AHEAD
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk


class Session:
    """Remembers its events; waits before it answers while ``gate`` is closed."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.events: list[Event] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def start(self, event: Init) -> View:
        return self.view

    async def send(self, event: Event) -> View:
        self.events.append(event)
        await self.gate.wait()
        return self.view

    async def close(self) -> None: ...


def grid(*contents: Primitive, hints: Sequence[Hint] = (), refresh: float | None = None) -> Grid:
    cells = tuple(Cell(title=type(one).__name__, content=one) for one in contents)
    return Grid(columns=(Column(span=12, cells=cells),), hints=tuple(hints), refresh=refresh)


async def seen(view: View, size: tuple[int, int] = (80, 24), config: TuiConfig | None = None) -> str:
    async with desk_with(None, MadeUp(lambda: Session(view)), size=size, config=config) as rig:
        return rig.text


LIST = List(items=tuple(Item(label=f"item {n}") for n in range(100)), cursor=60)
TREE = Tree(nodes=(Node(label="up", expanded=True, children=(Node(label="down"),)), Node(label="shut")), cursor=1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LIST, ["> item 60"]),
        (List(items=(), empty="none here"), ["none here"]),
        (Detail(fields=(Pair(label="Name", value="Ada"),)), ["Name  Ada"]),
        (Text(lines=(Line(text="a red one", fg="red"), Line(text="two", bg="#102030"))), ["a red one", "two"]),
        (
            Table(headers=("A", "B"), rows=(("one", "two"), ("three",)), cursor=1),
            ["  A      B", "  one    two", "> three"],
        ),
        (Input(id="x", value="typed"), ["typed▏"]),
        (Input(id="x", placeholder="a name"), ["▏a name"]),
        (Select(id="x", options=(Option(label="yes"), Option(label="no")), selected=1), ["( ) yes", "(•) no"]),
        (TREE, ["▾ up", ">   ", "down", "shut"]),
        (Progress(value=0.5, label="half of it"), ["half of it", "██", "░░", "50%"]),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_every_primitive_is_drawn_with_what_it_says(content: Primitive, expected: list[str]) -> None:
    for view in (content, grid(content)):
        text = await seen(view)
        for one in expected:
            assert one in text


async def test_a_picture_is_two_pixels_a_character_or_shades_without_colour() -> None:
    picture = Picture(pixels=bytes([0, 0, 0] * 8 + [255, 255, 255] * 8), width=4, height=4)
    assert "▀" in await seen(picture)
    shades = await seen(picture, config=TuiConfig(home="t/main", colours="none"))
    assert "▀" not in shades
    assert "@@@" in shades


async def test_columns_stand_side_by_side_by_their_span_and_below_each_other_where_it_is_narrow() -> None:
    columns = tuple(
        Column(span=span, cells=(Cell(title=f"C{span}", content=Text(lines=(Line(text="text"),))),)) for span in (3, 9)
    )
    top = next(line for line in (await seen(Grid(columns=columns))).splitlines() if "C3" in line)
    assert top.index("C9") - top.index("C3") == 20
    narrow = (await seen(Grid(columns=columns), (60, 24))).splitlines()
    assert not any("C3" in line and "C9" in line for line in narrow)
    assert any("C9" in line for line in narrow)


async def test_more_cells_than_there_is_room_for_are_seen_by_moving_the_focus() -> None:
    view = grid(*(Text(lines=(Line(text=f"cell {n}."),)) for n in range(12)))
    async with desk_with(None, MadeUp(lambda: Session(view))) as rig:
        assert "cell 0." in rig.text
        assert "cell 11." not in rig.text
        await rig.press("shift+tab")
        assert "cell 11." in rig.text


async def test_keys_reach_the_session_one_at_a_time_in_order_and_no_more_wait_than_a_few_hundred() -> None:
    session = Session(grid(LIST))
    async with desk_with(None, MadeUp(lambda: session)) as rig:
        session.gate.clear()
        for key in "jkq?:":
            rig.desk.press(key)
        await asyncio.sleep(0)
        for _ in range(AHEAD + 10):
            rig.desk.press("x")
        await asyncio.sleep(0)
        assert session.events == [Key("j")]
        session.gate.set()
        await rig.desk.settle()
        assert session.events[:5] == [Key("j"), Key("k"), Key("q"), Key("?"), Key(":")]
        assert AHEAD <= len(session.events) <= AHEAD + 5


async def test_tab_moves_the_focus_unless_a_hint_says_that_it_is_the_sessions() -> None:
    two = (Text(lines=(Line(text="a"),)), Text(lines=(Line(text="b"),)))
    session = Session(grid(*two))
    async with desk_with(None, MadeUp(lambda: session)) as rig:
        await rig.press("tab", "tab", "shift+tab")
        assert session.events == [Focus(1), Focus(0), Focus(1)]
    session = Session(grid(*two, hints=[Hint(key="tab", label="other")]))
    async with desk_with(None, MadeUp(lambda: session)) as rig:
        await rig.press("tab")
        assert session.events == [Key("tab")]


async def test_the_session_is_told_of_time_and_of_another_size() -> None:
    session = Session(grid(LIST, refresh=2))
    async with desk_with(None, MadeUp(lambda: session)) as rig:
        await rig.wait(2.1)
        await rig.wait(2.1)
        assert session.events == [Tick(), Tick()]
        rig.desk.size = (60, 20)
        rig.desk.canvas()
        await rig.desk.settle()
        assert isinstance(session.events[-1], Resize)
        assert session.events[-1].width <= 60


async def test_a_session_that_takes_its_time_is_told_of_the_size_that_came_meanwhile() -> None:
    class Slow(Session):
        async def start(self, event: Init) -> View | Action | None:
            sizes.append((event.width, event.height))
            rig_desk[0].size = (60, 20)
            return await super().start(event)

    sizes: list[tuple[int, int]] = []
    rig_desk: list[Desk] = []
    session = Slow(grid(LIST))
    desk = Desk(MadeUp(lambda: session), TuiConfig(home="t/main"), FakeClock(), lambda: None)
    rig_desk.append(desk)
    try:
        await desk.begin()
        desk.canvas()
        await desk.settle()
        assert sizes == [(80, 22)]
        assert session.events == [Resize(width=60, height=18)]
    finally:
        await desk.close()


async def test_a_click_gives_a_cell_the_focus() -> None:
    session = Session(grid(Text(lines=(Line(text="first"),)), Text(lines=(Line(text="second"),))))
    async with desk_with(None, MadeUp(lambda: session)) as rig:
        for text in ("second", "second", "first"):
            row, line = next((row, line) for row, line in enumerate(rig.text.split("\n")) if text in line)
            rig.desk.click("press", 1, line.index(text), row)
            await rig.desk.settle()
        assert session.events == [Focus(1), Focus(0)]
