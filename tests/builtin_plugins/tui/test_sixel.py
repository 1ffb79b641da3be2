"""Sixel images: for terminals that have no other pictures. Text that is written into their cells takes their place."""

from __future__ import annotations

import random

import pytest
from PIL import Image
from tests.builtin_plugins.tui.graphics import Graphic, watching
from tests.builtin_plugins.tui.sixels import Sixel
from tests.builtin_plugins.tui.test_pictures import MARKED, OTHER, PICTURE, PIXELS, WORDS, grid, sheet

from newel.contracts.layout import Picture
from newel_tui.boxes.drawing import Shown
from newel_tui.terminal.asking import Asking
from newel_tui.terminal.encoding import encoded


def shown(pixels: bytes, width: int, height: int, columns: int, rows: int) -> Shown:
    return Shown(pixels=pixels, width=width, height=height, columns=columns, rows=rows)


def decoded(picture: Shown, cell: tuple[int, int]) -> Sixel:
    made = encoded(picture, "sixel", cell)
    assert made is not None
    return Sixel(b"".join(made))


@pytest.mark.parametrize("cell", [(10, 20), (7, 13), (1, 1)])
def test_a_sixel_image_fills_its_cells_with_the_colours_of_the_picture(cell: tuple[int, int]) -> None:
    picture = shown(PIXELS, 48, 32, 12, 4)
    image = decoded(picture, cell)
    width, height = 12 * cell[0], 4 * cell[1]
    assert (image.width, image.height) == (width, height)
    assert len(image.pixels) == width * height
    expected = Image.frombytes("RGB", (48, 32), PIXELS).resize((width, height), Image.Resampling.LANCZOS)
    for (x, y), colour in image.pixels.items():
        wanted = expected.getpixel((x, y))
        assert isinstance(wanted, tuple)
        assert all(abs(one * 2.55 - two) < 25 for one, two in zip(colour, wanted, strict=True))


def test_any_pixels_are_read_again_as_they_were_where_they_have_few_colours() -> None:
    chance = random.Random(1)
    colours = [(0, 0, 0), (255, 255, 255), (255, 0, 0), (51, 102, 204)]
    drawn = [chance.choice(colours) for _ in range(37 * 23)]
    image = decoded(shown(bytes(one for pixel in drawn for one in pixel), 37, 23, 37, 23), (1, 1))
    assert [image.pixels[at % 37, at // 37] for at in range(37 * 23)] == [
        tuple(round(one * 100 / 255) for one in pixel) for pixel in drawn
    ]


def test_an_image_that_would_be_too_large_is_none() -> None:
    assert encoded(shown(PIXELS, 48, 32, 200, 60), "sixel", (8, 16)) is not None
    assert encoded(shown(PIXELS, 48, 32, 200, 60), "sixel", (30, 60)) is None
    assert encoded(shown(PIXELS, 48, 32, 79, 19), "sixel", (29, 59)) is None


@pytest.mark.parametrize(("times", "cell"), [(1, (4, 8)), (2, (8, 16)), (3, (15, 24))])
def test_of_a_large_image_pixels_are_squares_and_it_fills_its_cells_all_the_same(
    times: int, cell: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newel_tui.terminal.sixel.LARGEST", 1 << 12)
    image = decoded(shown(PIXELS, 48, 32, 12, 8), cell)
    width, height = 12 * cell[0], 8 * cell[1]
    assert (image.width, image.height, len(image.pixels)) == (width, height, width * height)
    squares = [
        {image.pixels[x + i, y + j] for i in range(times) for j in range(times)}
        for x in range(0, width, times)
        for y in range(0, height, times)
    ]
    assert all(len(one) == 1 for one in squares)
    assert len({one for square in squares for one in square}) > 16


async def test_sixel_goes_into_the_cells_and_is_gone_with_the_screen() -> None:
    line = Graphic(can="sixel", cell=(3, 6))
    async with watching(line, grid(PICTURE), grid(WORDS)):
        await line.until(lambda: line.here == (1, 2, 60, 20))
        assert len(line.sixels[0].pixels) == 180 * 120
        line.type("1")
        await line.sees("word 1")
        await line.until(lambda: line.here is None)


async def test_a_mark_is_written_after_the_image_and_leaves_nothing_behind() -> None:
    line = Graphic(can="sixel", cell=(3, 6))
    moved = Picture(pixels=PIXELS, width=48, height=32, mark=(0.9, 0.5))
    async with watching(line, grid(MARKED), grid(moved)):
        await line.until(lambda: line.here and line.screen.display[12][31] == "+")
        line.type("1")
        await line.until(lambda: line.screen.display[12][55] == "+")
        seen = [one for row in line.screen.display[2:22] for one in row[1:61]]
        assert (seen.count("+"), seen.count("\ue000")) == (1, 60 * 20 - 1)


async def test_covered_scrolled_resized_or_changed_no_part_of_a_sixel_image_is_left() -> None:
    line = Graphic(can="sixel", cell=(3, 6), height=30)
    async with watching(line, sheet(PICTURE), grid(OTHER)):
        await line.until(lambda: line.here == (0, 2, 60, 20))
        line.type("j")
        await line.until(lambda: line.here == (0, 1, 60, 20))
        line.type("j")
        await line.until(lambda: line.here is None)
        line.type("g")
        await line.until(lambda: line.here == (0, 2, 60, 20))
        line.type("?")
        await line.sees("Help")
        await line.until(lambda: line.here is None)


async def test_another_picture_is_drawn_over_the_one_before() -> None:
    line = Graphic(can="sixel", cell=(3, 6))
    async with watching(line, grid(PICTURE), grid(OTHER)):
        await line.until(lambda: line.here)
        before = line.sixels[-1].pixels
        line.type("1")
        await line.until(lambda: line.sixels[-1].pixels != before)
        assert line.here == (1, 2, 60, 20)


async def test_larger_characters_are_asked_for_after_a_resize_and_make_a_larger_image() -> None:
    line = Graphic(can="sixel", cell=(3, 6))
    async with watching(line, grid(PICTURE)):
        await line.until(lambda: line.here)
        line.cell = (4, 8)
        line.resize(40, 20)
        await line.until(lambda: line.here == (1, 2, 38, 13) and line.sixels[-1].width == 38 * 4)
        assert line.sixels[-1].height == 13 * 8


def test_where_nothing_finds_colours_there_is_no_sixel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_tui.terminal.asking._quantises", lambda: False)
    assert Asking({"TERM": "foot"}, "sixel", plain=False).means == "blocks"


async def test_a_picture_that_cannot_be_made_stays_characters_and_the_session_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*given: object) -> bytes:
        raise ValueError("out of order")

    monkeypatch.setattr("newel_tui.terminal.sixel.sixel", broken)
    line = Graphic(can="sixel", cell=(3, 6))
    async with watching(line, grid(PICTURE), grid(WORDS)):
        await line.until(lambda: "a picture could not be made" in caplog.text)
        assert "▀▀▀" in line.text
        line.type("1")
        await line.sees("word 1")
    assert not line.sixels
    assert caplog.text.count("a picture could not be made") == 1
