"""A picture in the terminal is the picture itself where the terminal says that it can, and characters where not."""

from __future__ import annotations

import asyncio

import pytest
from tests.builtin_plugins.tui.graphics import CELLS, Graphic, watching

from newel.contracts.layout import Cell, Column, Grid, Line, Picture, Text
from newel.contracts.views import Sheet

PIXELS = bytes(one for y in range(32) for x in range(48) for one in (5 * x, 7 * y, 100))
PICTURE = Picture(pixels=PIXELS, width=48, height=32, label="48 by 32 pixels")
MARKED = Picture(pixels=PIXELS, width=48, height=32, mark=(0.5, 0.5))
OTHER = Picture(pixels=bytes(reversed(PIXELS)), width=48, height=32)
WORDS = Text(lines=tuple(Line(text=f"word {number}") for number in range(60)))


def grid(content: Picture | Text, title: str = "cell") -> Grid:
    return Grid(columns=(Column(span=12, cells=(Cell(title=title, content=content),)),))


def sheet(content: Picture | Text) -> Sheet:
    cells = (Cell(title="it", content=content), Cell(title="about", content=WORDS))
    return Sheet(title="Sheet", grid=Grid(columns=(Column(span=12, cells=cells),)))


async def test_kitty_gets_the_pixels_into_the_cells_and_no_character_covers_them() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE), grid(WORDS)):
        await line.until(lambda: line.placed)
        (one,) = line.placed.values()
        assert (one.pixels, one.size) == (PIXELS, (48, 32))
        assert (one.column, one.row, one.columns, one.rows) == (1, 2, 60, 20)
        await line.until(lambda: not line.under(one))
        line.type("1")
        await line.sees("word 1")
        assert not line.placed
        assert not line.images


async def test_until_the_terminal_has_answered_a_picture_is_characters() -> None:
    line = Graphic(can="kitty")
    line.read, read = (slow := asyncio.Event()).wait, line.read  # type: ignore[method-assign,assignment]  # nothing comes
    async with watching(line, grid(PICTURE)):
        await line.sees("▀▀▀")
        assert not line.placed
        line.read = read  # type: ignore[method-assign]  # as it was
        slow.set()


async def test_a_mark_stands_above_the_picture_and_moves_without_it() -> None:
    line = Graphic(can="kitty")
    moved = Picture(pixels=PIXELS, width=48, height=32, mark=(0.9, 0.9))
    async with watching(line, grid(MARKED), grid(moved)):
        await line.until(lambda: line.placed and line.under(next(iter(line.placed.values()))) == "+")
        line.type("1")
        await line.until(lambda: line.screen.display[20][55] == "+")
        assert line.under(next(iter(line.placed.values()))) == "+"
        assert line.transmitted == 1


async def test_what_covers_a_part_of_it_makes_it_characters_until_it_is_gone() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE)):
        await line.until(lambda: line.placed)
        line.type("\x1bOQ")  # F2: the menu
        await line.sees("> Test")
        await line.until(lambda: not line.placed)
        assert "▀" in line.text
        line.type("\r")
        await line.until(lambda: line.placed and "▀" not in line.text)


async def test_a_scroll_moves_it_and_takes_it_away_where_it_is_cut() -> None:
    line = Graphic(can="kitty", height=30)
    async with watching(line, sheet(PICTURE)):
        await line.until(lambda: line.placed)
        (before,) = line.placed.values()
        line.type("j")
        await line.until(lambda: [one.row for one in line.placed.values()] == [before.row - 1])
        assert line.transmitted == 1
        line.type("jj")
        await line.until(lambda: not line.placed and "▀" in line.text)
        line.type("g")
        await line.until(lambda: [one.row for one in line.placed.values()] == [before.row] and "▀" not in line.text)


async def test_another_size_of_the_terminal_is_another_place() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE)):
        await line.until(lambda: line.placed)
        line.resize(40, 24)
        await line.until(lambda: [one.columns for one in line.placed.values()] == [38])
        await line.until(lambda: not line.under(next(iter(line.placed.values()))))
        sent = line.transmitted
        line.resize(40, 24)  # terminals lose what they show, though nothing is another
        await line.until(lambda: line.transmitted == sent + 1 and len(line.placed) == 1)


async def test_one_picture_takes_the_place_of_another() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE), grid(OTHER)):
        await line.until(lambda: line.placed)
        line.type("1")
        await line.until(lambda: [one.pixels for one in line.placed.values()] == [OTHER.pixels])
        assert len(line.images) == 1


async def test_nothing_is_left_in_the_terminal_at_the_end() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE)) as task:
        await line.until(lambda: line.placed)
        line.type("\x03y")
        assert await task == 0
    assert not line.placed
    assert not line.images


@pytest.mark.parametrize("can", ["", "kitty", "sixel"])
async def test_blocks_that_are_set_are_blocks_whatever_the_terminal_can(can: str) -> None:
    line = Graphic(can=can)
    async with watching(line, grid(PICTURE), pictures="blocks"):
        await line.sees("▀▀▀")
        assert b"a=q" not in line.sent


async def test_pictures_that_are_off_are_told_in_words() -> None:
    line = Graphic(can="kitty")
    async with watching(line, grid(PICTURE), pictures="off"):
        await line.sees("48 by 32 pixels")
        assert "▀" not in line.text


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"COLORTERM": "truecolor"}, b"38;2;"),
        ({}, b"38;5;"),
        ({"TERM": "xterm"}, b"\x1b[0;30;40m\xe2\x96\x80"),
    ],
)
async def test_characters_have_as_many_colours_as_the_terminal(environment: dict[str, str], sent: bytes) -> None:
    line = Graphic(**environment)
    async with watching(line, grid(PICTURE)):
        await line.sees("▀▀▀")
        assert sent in line.sent


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"LANG": "C"}])
@pytest.mark.parametrize("setting", ["auto", "kitty", "sixel"])
async def test_without_colour_a_picture_is_shades(environment: dict[str, str], setting: str) -> None:
    line = Graphic(can="", **environment)
    async with watching(line, grid(PICTURE), pictures=setting if "NO_COLOR" in environment else "auto"):
        await line.sees(":::")
        assert "▀" not in line.text
        assert not line.placed


@pytest.mark.parametrize(("can", "cell"), [("", (1, 2)), ("kitty", (9, 18)), ("sixel", (9, 18))])
async def test_screens_are_told_how_many_pixels_there_can_be(can: str, cell: tuple[int, int]) -> None:
    line = Graphic(can=can, cell=(9, 18))
    async with watching(line, grid(WORDS)):
        await line.sees("word 1")
        CELLS.clear()
        line.type("n")
        await line.until(lambda: [cell] == CELLS)
