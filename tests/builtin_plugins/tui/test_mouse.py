"""The mouse: clicks go where they are seen to go, and nowhere else."""

from __future__ import annotations

import asyncio

import pytest
from tests.builtin_plugins.tui.support import At, Line, Site

from newel_tui.config import TuiConfig
from newel_tui.terminal.painter import MOUSE_OFF, MOUSE_ON

FORM = TuiConfig(home="notes/write")


def where(text: str, wanted: str) -> tuple[int, int]:
    """Column and row of a text, from 0."""
    for row, line in enumerate(text.split("\n")):
        if (column := line.find(wanted)) >= 0:
            return column, row
    raise AssertionError(f"{wanted!r} is not seen:\n{text}")


async def click(at: At, wanted: str, *, kind: str = "press", button: int = 1, down: int = 0) -> str:
    """Clicks on a text, or some rows below it; answers what is seen then."""
    column, row = where(at.text, wanted)
    at.desk.click(kind, button, column, row + down)
    await at.desk.settle()
    return at.text


async def test_a_click_goes_to_a_row_and_another_one_opens_it(notes: Site) -> None:
    at = await notes.desk()
    assert "> Note 3" in await click(at, "Note 3")
    assert "start n00003" in await click(at, "Note 3")


async def test_the_wheel_moves_in_a_list_and_in_what_lies_above(notes: Site) -> None:
    at = await notes.desk()
    await click(at, "Note 1", button=5)
    assert "> Note 3" in await click(at, "Note 1", button=5)
    assert "> Note 2" in await click(at, "Note 1", button=4)
    await at.press("M")
    assert "> Write" in await click(at, "> Notes", button=5)


async def test_what_is_no_click_does_nothing(notes: Site) -> None:
    at = await notes.desk()
    before = at.text
    for kind, button in (("release", 0), ("release", 1), ("drag", 1), ("press", 2), ("press", 3), ("press", 0)):
        assert await click(at, "Note 3", kind=kind, button=button) == before


@pytest.mark.parametrize("spot", [(0, 0), (79, 0), (79, 23), (40, 15), (0, 1), (500, 500), (-1, -1)])
async def test_beside_everything_a_click_does_nothing(notes: Site, spot: tuple[int, int]) -> None:
    at = await notes.desk()
    before = at.text
    at.desk.click("press", 1, *spot)
    await at.desk.settle()
    assert at.text == before


async def test_a_click_beside_a_question_answers_nothing_and_reaches_nothing_below(notes: Site) -> None:
    at = await notes.desk()
    await at.press("d")
    before = at.text
    for spot in ((2, 1), (2, 4), (2, 20), (78, 3)):
        at.desk.click("press", 1, *spot)
        at.desk.click("press", 5, *spot)
        await at.desk.settle()
    assert at.text == before


@pytest.mark.parametrize(("answer", "left"), [("y yes", 4), ("n no", 5)])
async def test_a_question_is_answered_by_a_click_on_its_answer(notes: Site, answer: str, left: int) -> None:
    at = await notes.desk()
    await at.press("d")
    await click(at, "Delete this note?")
    assert "Delete this note?" in at.text
    seen = await click(at, answer)
    assert "Delete this note?" not in seen
    assert seen.count("  n0000") == left


async def test_a_hint_is_a_button(notes: Site) -> None:
    at = await notes.desk()
    assert "Help" in await click(at, "? help")
    assert "Help" not in (await click(at, "esc back")).split("\n", 1)[0]
    await click(at, "n new")
    assert "title*" in at.text
    await at.type("by hand")
    await click(at, "ctrl+s save")
    assert "title*" not in at.text
    assert "by hand" in at.text


async def test_where_a_note_lies_over_the_hints_they_cannot_be_clicked(notes: Site) -> None:
    at = await notes.desk()
    column, row = where(at.text, "n new")
    at.desk.toast("something")
    at.desk.click("press", 1, column, row)
    await at.desk.settle()
    assert "title*" not in at.text


async def test_in_the_menu_and_the_palette_a_click_chooses(notes: Site) -> None:
    at = await notes.desk()
    await at.press("M")
    assert "Write a note" in await click(at, "notes/write")
    at = await notes.desk()
    await at.press(":", *"writ")
    assert "Write a note" in await click(at, "notes/write")


async def test_a_click_in_a_form_goes_to_the_field(notes: Site) -> None:
    at = await notes.desk(config=FORM)
    await at.type("a")
    await click(at, "Text")
    await at.type("b")
    await click(at, "Title")
    await at.type("c")
    seen = at.text
    assert "ac" in seen
    assert "acb" not in seen
    assert "b" in seen.split("Text", 1)[1].split("\n")[1]


async def test_clicks_while_an_act_is_under_way_are_not_done_later(notes: Site) -> None:
    at = await notes.desk()
    plugin = notes.app.plugins["notes"]
    plugin.gate.clear()
    await at.press("d")
    at.desk.press("y")
    for _ in range(3):
        at.desk.click("press", 1, *where(at.text, "Note 4"))
    plugin.gate.set()
    await at.desk.settle()
    assert "> Note 2" in at.text


@pytest.mark.parametrize("on", [True, False])
async def test_the_terminal_reports_clicks_only_where_that_is_wanted(notes: Site, on: bool) -> None:
    """``CSI < button ; column ; row M``, from 1; the terminal is left without."""
    line = Line()
    task = asyncio.create_task(notes.serve(line, mouse=on))
    await line.sees("> Note 1")
    column, row = where(line.text, "Note 3")
    line.type(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m\x1b[<65;1;9M")
    line.type("j")
    await line.sees("> Note 5" if on else "> Note 2")
    line.type("\x03")
    await task
    assert (MOUSE_ON in line.sent, MOUSE_OFF in line.sent) == (on, on)
