"""Screens of the terminal admin: what they may show, who may open them, and a terminal that drives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from tests.kernel.plugins import plugin

from newel import Call, Fault, Forbidden, NotFound, Permission, hookimpl
from newel.contracts import layout as look
from newel.contracts import tui
from newel.errors import BootError
from newel.screens import Screens
from newel.testing import FakeAudit, FakeTerminal, actor, make_app
from newel.testing.drawn import drawn
from newel.testing.fakes import plugin_of

NOTES = Permission("notes.read", "Read notes.")


class Notes:
    """A list of notes that can be deleted; ``n`` types a new one."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.notes, self.cursor, self.width = ["milk", "bread"], 0, 0
        self.typed: str | None = None
        self.closed = 0

    async def start(self, event: tui.Init) -> look.Layout:
        self.notes += event.params.get("more", [])
        self.width = event.width
        return self._layout()

    async def send(self, event: tui.Event) -> look.Layout | tui.Action | None:
        match event:
            case tui.Key("q"):
                return None
            case tui.Key("down"):
                self.cursor += 1
            case tui.Key("d"):
                return tui.Confirm(title=f"Delete {self.notes[self.cursor]}?")
            case tui.Dialog(accepted=True):
                return tui.Toast(message=f"{self.notes.pop(self.cursor)} is gone", level="success")
            case tui.Key("o"):
                return tui.Navigate(plugin="notes", screen="about", params={"who": self.call.actor.name})
            case tui.Key("!"):
                raise RuntimeError("broken")
            case tui.Resize(width=width):
                self.width = width
            case _:
                pass
        return self._layout()

    async def close(self) -> None:
        self.closed += 1

    def _layout(self) -> look.Grid:
        items = tuple(look.Item(label=note) for note in self.notes)
        cell = look.Cell(title=f"Notes {self.width}", content=look.List(items=items, cursor=self.cursor))
        return look.Grid(columns=(look.Column(span=12, cells=(cell,)),), hints=(look.Hint(key="d", label="delete"),))


class Shade:
    """An editor: any letter is the new value, ``enter`` commits it."""

    async def start(self, event: tui.Init) -> look.Layout:
        self.value, self.room = event.value, event.config["room"]
        return self._layout()

    async def send(self, event: tui.Event) -> look.Layout | tui.Action:
        if event == tui.Key("enter"):
            return tui.Commit(self.value)
        if event == tui.Key("esc"):
            return tui.Cancel()
        self.value = event.key if isinstance(event, tui.Key) else self.value
        return self._layout()

    async def close(self) -> None:
        pass

    def _layout(self) -> look.Text:
        return look.Text(lines=(look.Line(text=f"{self.value} in {self.room}", fg="#ff0000"),))


class About(Notes):
    def _layout(self) -> look.Grid:
        raise AssertionError

    async def start(self, event: tui.Init) -> Any:
        return look.Text(lines=(look.Line(text=f"for {event.params['who']}"),))


class NotesPlugin:
    opened: list[Notes]

    def __init__(self, app: Any) -> None:
        self.opened = []
        self.late: list[tui.Screen] = []

    @hookimpl
    def register_screens(self) -> Sequence[tui.Screen | tui.FieldInterface | tui.ScreenSource]:
        async def notes(call: Call, params: Mapping[str, Any]) -> Notes:
            self.opened.append(Notes(call))
            return self.opened[-1]

        async def about(call: Call, params: Mapping[str, Any]) -> About:
            return About(call)

        async def shade(call: Call, value: Any, config: Mapping[str, Any]) -> Shade:
            return Shade()

        return [
            tui.Screen(name="main", label="Notes", open=notes, needs=NOTES),
            tui.Screen(name="about", label="About", open=about, hidden=True),
            tui.FieldInterface(name="shade", label="Shade", open=shade, mode="inline"),
            self,
        ]

    def screens(self) -> Sequence[tui.Screen]:
        return self.late

    def interfaces(self) -> Sequence[tui.FieldInterface]:
        return []


NOTES_PLUGIN = plugin("notes", NotesPlugin)


async def test_a_screen_is_a_conversation() -> None:
    async with make_app([NOTES_PLUGIN]) as app:
        terminal = await FakeTerminal(app).open("notes", more=["salt"])
        assert terminal.text == "[Notes 80]\n> milk\n  bread\n  salt\nd: delete"
        await terminal.press("down")
        assert "> bread" in terminal.text
        await terminal.resize(40, 10)
        assert "[Notes 40]" in terminal.text
        await terminal.press("d")
        assert terminal.dialog is not None
        assert terminal.dialog.title == "Delete bread?"
        await terminal.accept()
        assert [note.message for note in terminal.toasts] == ["bread is gone"]
        assert "bread" not in terminal.text
        await terminal.press("q")
        assert terminal.over
        assert terminal.ended == tui.Quit()


async def test_navigation_closes_a_session_and_opens_the_next() -> None:
    async with make_app([NOTES_PLUGIN]) as app:
        terminal = await FakeTerminal(app, actor("ada", "notes.read")).open("notes")
        await terminal.press("o")
        assert terminal.text == "for ada"
        assert [session.closed for session in plugin_of(app, "notes").opened] == [1]


async def test_a_session_that_fails_is_closed() -> None:
    async with make_app([NOTES_PLUGIN]) as app:
        terminal = await FakeTerminal(app).open("notes")
        with pytest.raises(RuntimeError):
            await terminal.press("!")
        assert terminal.over
        assert plugin_of(app, "notes").opened[0].closed == 1


async def test_a_field_is_edited_and_committed_or_left() -> None:
    async with make_app([NOTES_PLUGIN]) as app:
        terminal = await FakeTerminal(app).edit("notes", "shade", "a", room="hall")
        assert terminal.text == "a in hall"
        await terminal.type("b")
        await terminal.press("enter")
        assert (terminal.value, terminal.over) == ("b", True)
        await (await terminal.edit("notes", "shade", "c", room="hall")).press("d", "esc")
        assert (terminal.value, terminal.ended) == ("b", tui.Cancel())


async def test_who_may_open_a_screen() -> None:
    async with make_app([NOTES_PLUGIN, FakeAudit.manifest]) as app:
        stranger, reader = actor("eve"), actor("ada", "notes.read")
        with pytest.raises(Forbidden):
            await FakeTerminal(app, stranger).open("notes")
        assert [(row.operation, row.outcome) for row in plugin_of(app, "fake_audit").rows] == [
            ("screen notes/main", "denied")
        ]
        with pytest.raises(NotFound):
            await FakeTerminal(app, reader).open("notes", "other")
        with pytest.raises(NotFound):
            await FakeTerminal(app, reader).edit("notes", "main")
        screens = Screens(app)
        assert list(screens.menu(app.call(stranger, "tui"))) == []
        assert list(screens.menu(app.call(reader, "tui"))) == [("notes", "main")]
        assert list(screens.interfaces()) == [("notes", "shade")]


async def test_screens_come_and_go_while_the_site_runs() -> None:
    async with make_app([NOTES_PLUGIN]) as app:
        terminal = FakeTerminal(app)
        mine: NotesPlugin = plugin_of(app, "notes")
        about = Screens(app).all()["notes", "about"]
        mine.late = [tui.Screen(name="main", label="Late", open=about.open, plugin="late")]
        await terminal.open("late", who="all")
        assert terminal.text == "for all"
        mine.late = []
        with pytest.raises(NotFound):
            await terminal.open("late")


async def test_two_screens_of_one_name_are_refused() -> None:
    class Twice(NotesPlugin):
        @hookimpl
        def register_screens(self) -> Sequence[tui.Screen]:
            async def none(call: Call, params: Mapping[str, Any]) -> Any: ...

            return [tui.Screen(name="main", label=label, open=none) for label in "ab"]

    async with make_app([plugin("twice", Twice)]) as app:
        with pytest.raises(BootError, match="'twice' brings two screens called 'main'"):
            Screens(app)


def cell(content: Any) -> look.Cell:
    return look.Cell(title="", content=content)


def deep(levels: int) -> look.Node:
    node = look.Node(label="leaf")
    for _ in range(levels - 1):
        node = look.Node(label="twig", expanded=True, children=(node,))
    return node


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda n: look.Grid(columns=(look.Column(span=1, cells=()),) * (12 + n)), "max_length"),
        (lambda n: look.Column(span=12 + n, cells=()), "max"),
        (lambda n: look.List(items=(look.Item(label="x"),) * (10_000 + n)), "max_length"),
        (lambda n: look.Table(headers=["a"], rows=[["x"]] * (10_000 + n)), "max_length"),
        (lambda n: look.Table(headers=["a"], rows=[["x"] * (1 + n)]), "max_length"),
        (lambda n: look.Line(text="x" * (10_240 + n)), "max_length"),
        (lambda n: look.Line(text="é" * (5_120 + n)), "max_length"),
        (lambda n: look.Tree(nodes=(deep(20 + n),)), "max_depth"),
        (lambda n: look.Tree(nodes=(look.Node(label="x", children=(deep(1),) * (9_999 + n)),)), "max_length"),
        (lambda n: look.Grid(columns=(), refresh=3600 + n), "min"),
        (lambda n: look.Item(label=["text", 5][n]), "type"),
        (lambda n: look.Line(text="", fg=["#00ff00", "#00ff0"][n]), "pattern"),
        (lambda n: cell([look.Progress(value=0.5), look.Grid(columns=())][n]), "type"),
        (lambda n: look.List(items=[(), []][n]), "type"),
        (lambda n: look.List(items=((look.Item(label="x"),), ("x",))[n]), "type"),
    ],
)  # fmt: skip
def test_layouts_are_bounded(make: Any, code: str) -> None:
    """The last that is allowed is made, the next is refused."""
    assert make(0) is not None
    with pytest.raises(Fault) as caught:
        make(1)
    assert caught.value.code == code


def test_no_text_reaches_the_terminal_as_a_command() -> None:
    line = look.Line(text="a\x1b]0;title\x07b\x9bc\u202ed\ne\tf \ud800")
    assert line.text == "a\ufffd]0;title\ufffdb\ufffdc\ufffdd e f \ufffd"
    assert drawn(look.Table(headers=["\x1b"], rows=[["\x1b[2J"]])) == "  \ufffd\n> \ufffd[2J"


def test_numbers_are_put_right() -> None:
    assert look.Progress(value=7).value == 1.0
    assert look.List(items=(), cursor=-3, empty="none").cursor == 0
    for wrong in (1.5, float("nan"), True, "1"):
        with pytest.raises(Fault):
            look.List(items=(), cursor=wrong)  # type: ignore[arg-type]  # what comes from plugins


def test_every_primitive_can_be_seen_as_text() -> None:
    nodes = (look.Node(label="a", expanded=True, children=(deep(1),)), look.Node(label="b", children=(deep(1),)))
    seen = [
        look.Detail(title="One", fields=(look.Pair(label="k", value="v"),)),
        look.Input(id="q", placeholder="search"),
        look.Select(id="s", options=(look.Option(label="x"), look.Option(label="y")), selected=1),
        look.Tree(nodes=nodes, cursor=1),
        look.Progress(value=0.25, label="done"),
    ]
    assert [drawn(one) for one in seen] == [
        "One\nk: v", "q= (search)", "  x\n> y", "  - a\n>   leaf\n  + b", "25% done",
    ]  # fmt: skip
