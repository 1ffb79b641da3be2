"""What is seen of rows: cells, filters, trees, details, and text that a terminal would obey."""

from __future__ import annotations

from typing import Any

import pytest
import urwid
from tests.builtin_plugins.tui.boxes.rig import MadeUp, desk_with, known, pages

from newel.contracts.views import Ask, Col, Listing
from newel_tui.boxes.cells import told, written
from newel_tui.boxes.drawing import cut, fit, wide, wrapped

TITLE = (Col(label="Title", value="title"),)


def answering(*rows: dict[str, Any]) -> MadeUp:
    gateway = MadeUp()
    gateway.add(known("rows.list", "q"), lambda params: {"data": list(rows)})
    return gateway


@pytest.mark.parametrize(
    ("value", "cell", "expected"),
    [
        ("2030-03-01T10:20:30Z", "time", "03-01 10:20"),
        ("2029-03-01T01:00:00+02:00", "time", "2029-02-28"),
        ("soon", "time", "soon"),
        (1_234_567, "bytes", "1.2 MB"),
        (999_999, "bytes", "1.0 MB"),
        (12, "bytes", "12 B"),
        (1234567, "number", "1,234,567"),
        (True, "flag", "✓"),
        (False, "flag", ""),
        (["a", "b"], "list", "a, b"),
        ("published", "state", "● published"),
        ("failed", "state", "✗ failed"),
        (None, "text", ""),
        ({"a": 1}, "text", '{"a": 1}'),
    ],
)
async def test_values_are_written_in_short(value: Any, cell: Any, expected: str) -> None:
    async with desk_with(Listing(columns=TITLE), MadeUp()) as rig:
        assert written(value, cell, rig.clock.now())[1] == expected


def test_a_time_is_told_in_full_with_its_zone() -> None:
    assert told("2029-03-01T01:00:00+02:00", "time")[1] == "2029-02-28 23:00:00 UTC"


@pytest.mark.parametrize(
    "text", ["plain text", "日本語のタイトル", "e\u0301" * 9, "👩‍👩‍👧 family", "a\u0300\u0301\u0302b", ""]
)
def test_texts_are_cut_and_filled_to_the_column(text: str) -> None:
    for width in range(1, 20):
        assert wide(cut(text, width)) <= width
        assert wide(fit(text, width)) == width == urwid.calc_width(fit(text, width), 0, len(fit(text, width)))
        assert all(wide(line) <= max(width, 2) for line in wrapped(text, width))
    assert "".join(wrapped(text, 5)).replace(" ", "") == text.replace(" ", "")


HOSTILE = [
    "\x1b[2Jcleared", "\x1b]52;c;ZXZpbA==\x07clip", "\x9b31mred", "\x00nul", "a\rb", "tab\there", "\u202egnp.exe",
    "\x1bP+q\x1b\\", "\ud800half", "new\nline",
]  # fmt: skip


@pytest.mark.parametrize("cell", ["text", "time", "list", "state", "number"])
async def test_no_row_makes_a_terminal_do_something(cell: Any) -> None:
    rows = [{"id": f"{number}{text}", "title": text, "deep": {text: [text]}} for number, text in enumerate(HOSTILE)]
    columns = (Col(label="Title", value="title", cell=cell), Col(label="Deep", value="deep"))
    view = Listing(ask=Ask(operation="rows.list"), columns=columns, details=columns)
    async with desk_with(view, answering(*rows), size=(120, 30)) as rig:
        for _ in rows:
            await rig.press("j", "y")
            drawn = "".join(rig.text.split("\n"))
            assert not any(ord(one) < 32 or 127 <= ord(one) < 160 or one in "\u202e" for one in drawn)


async def test_every_line_is_as_wide_as_the_terminal_whatever_its_size() -> None:
    rows = [{"id": str(n), "title": "日本語のタイトル" * n, "n": n} for n in range(20)]
    columns = (*TITLE, Col(label="N", value="n", cell="number", weight=0), Col(label="Id", value="id", weight=2))
    view = Listing(ask=Ask(operation="rows.list"), columns=columns, details=columns)
    async with desk_with(view, answering(*rows)) as rig:
        for size in ((80, 24), (120, 40), (40, 10), (20, 6), (100, 3)):
            rig.desk.size = size
            canvas = rig.desk.canvas()
            assert (canvas.cols(), canvas.rows()) == size
            assert all(sum(urwid.calc_width(text, 0, len(text)) for _, _, text in row) == size[0]
                       for row in canvas.content())  # fmt: skip


async def test_what_is_typed_after_a_slash_is_looked_for_by_the_operation() -> None:
    view = Listing(ask=Ask(operation="rows.list"), columns=TITLE, search="q")
    gateway = answering({"id": "1", "title": "one"})
    async with desk_with(view, gateway) as rig:
        await rig.press("/", *"foo")
        assert "/foo" in rig.text
        await rig.wait(0.3)
        assert gateway.calls[-1] == ("rows.list", {"q": "foo"})
        await rig.press("enter")
        assert "/foo" in rig.text
        await rig.press("esc")
        assert gateway.calls[-1] == ("rows.list", {})


async def test_without_an_operation_for_it_what_is_loaded_is_searched_and_says_so() -> None:
    gateway = MadeUp()
    gateway.add(known("rows.list", "cursor", "limit"), pages(1000))
    async with desk_with(Listing(ask=Ask(operation="rows.list"), columns=TITLE), gateway) as rig:
        await rig.press("/", *"ROW 7", "enter")
        assert "row 7" in rig.here
        assert "in what is loaded" in rig.text
        await rig.press("n")
        assert "row 70" in rig.here
        await rig.press("N")
        assert "row 7" in rig.here
        await rig.press("/", "ctrl+u", *"nowhere", "enter")
        assert "no 'nowhere' in the" in rig.text


async def test_filters_are_asked_for_in_a_form_and_narrow_the_list() -> None:
    view = Listing(ask=Ask(operation="rows.list"), columns=TITLE, filters=("q",))
    gateway = answering({"id": "1", "title": "one"})
    async with desk_with(view, gateway) as rig:
        rig.desk.press("f")
        while not rig.desk.layers:
            await rig.clock.sleep(0)
        await rig.press(*"foo", "ctrl+s")
        assert gateway.calls[-1] == ("rows.list", {"q": "foo"})
        assert "q=foo" in rig.text


def forest() -> tuple[Listing, MadeUp]:
    gateway = MadeUp()
    gateway.add(known("rows.list"), lambda params: {"data": [{"id": n, "title": n, "leaf": n == "b"} for n in "ab"]})
    gateway.add(
        known("rows.below", "id", "cursor"),
        lambda params: {
            "data": [{"id": params["id"] + n, "title": params["id"] + n} for n in params.get("cursor", "xy")],
            "next": None if "cursor" in params else "z",
        },
    )
    below = Ask(operation="rows.below", params={"id": "$id"})
    return Listing(ask=Ask(operation="rows.list"), columns=TITLE, below=below, leaf="leaf"), gateway


async def test_a_tree_opens_and_shuts_and_reads_what_is_below_when_it_is_opened() -> None:
    view, gateway = forest()
    async with desk_with(view, gateway) as rig:
        assert [name for name, _ in gateway.calls] == ["rows.list"]
        await rig.press("l")
        assert "▾ a" in rig.text
        assert [line.strip(" >▸") for line in rig.text.splitlines() if line.strip(" >▸") in ("ax", "ay", "az")] == [
            "ax", "ay", "az"
        ]  # fmt: skip
        await rig.press("j", "l", "j")
        assert "axx" in rig.here
        await rig.press("r")
        assert "axx" in rig.here
        await rig.press("h", "h")
        assert "axx" not in rig.text
        await rig.press("h", "h")
        assert "▸ a" in rig.here
        await rig.press("j", "l")
        assert "b" in rig.here
        assert len(rig.gateway.calls) == 10 or "bx" not in rig.text


async def test_details_are_asked_for_once_the_cursor_rests() -> None:
    gateway = MadeUp()
    gateway.add(known("rows.list", "cursor", "limit"), pages(10))
    gateway.add(known("rows.get", "id"), lambda params: {"title": f"all about {params['id']}"})
    view = Listing(
        ask=Ask(operation="rows.list"), columns=TITLE, details=(Col(label="What", value="title"),),
        detail=Ask(operation="rows.get", params={"id": "$id"}),
    )  # fmt: skip
    async with desk_with(view, gateway, size=(120, 30)) as rig:
        for _ in range(4):
            await rig.press("j")
            await rig.wait(0.1)
        assert not [one for one in gateway.calls if one[0] == "rows.get"]
        await rig.wait(0.1)
        assert [one for one in gateway.calls if one[0] == "rows.get"] == [("rows.get", {"id": "r4"})]
        assert "all about r4" in rig.text
        rig.desk.size = (80, 24)
        assert "all about r4" not in rig.text
        await rig.press("tab")
        assert "all about r4" in rig.text
