"""A terminal gets bytes and sends bytes; it is afterwards as it was before."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.builtin_plugins.tui.support import Line, Site

from newel.testing import FakeClock
from newel_tui.desk import Desk
from newel_tui.terminal.abilities import abilities
from newel_tui.terminal.keys import Keyboard
from newel_tui.terminal.painter import END, START


@asynccontextmanager
async def session(site: Site, line: Line, **options: Any) -> AsyncIterator[asyncio.Task[int]]:
    """A session that has drawn its first screen; ended with the block."""
    task = asyncio.create_task(site.serve(line, **options))
    try:
        await line.sees("Notes")
        yield task
    finally:
        line.hang_up()
        await asyncio.wait([task])


async def test_quitting_leaves_the_terminal_as_it_was(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        assert "admin@" in line.text
        line.type("\x03")
        assert await task == 0
    assert line.sent.startswith(START)
    assert line.sent.endswith(END)


async def test_cancelling_leaves_the_terminal_as_it_was(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert line.sent.endswith(END)


async def test_who_is_sent_away_is_told_why(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        line.hang_up("your key has been revoked")
        assert await task == 1
    assert line.sent.endswith(END + b"your key has been revoked\r\n")


@pytest.mark.parametrize(
    ("environment", "wanted", "colours"),
    [
        ({"TERM": "xterm"}, "auto", "16"),
        ({"TERM": "xterm-256color"}, "auto", "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "auto", "true"),
        ({"TERM": "xterm-direct"}, "auto", "true"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"}, "true", "none"),
        ({"TERM": "dumb"}, "auto", "none"),
        ({}, "auto", "none"),
        ({"TERM": "xterm-256color"}, "16", "16"),
    ],
)
def test_colours_are_those_that_the_terminal_has(environment: dict[str, str], wanted: str, colours: str) -> None:
    assert abilities(environment, wanted).colours == colours


async def test_without_colour_the_line_of_the_cursor_is_still_told_apart(notes: Site) -> None:
    line = Line(NO_COLOR="1")
    async with session(notes, line):
        line.type("M")
        await line.sees("> Notes")
        assert {cell.fg for row in line.screen.buffer.values() for cell in row.values()} == {"default"}
        assert any(cell.reverse for row in line.screen.buffer.values() for cell in row.values())


async def test_with_sixteen_colours_nothing_else_is_sent(notes: Site) -> None:
    line = Line(TERM="xterm")
    async with session(notes, line):
        assert re.search(rb"\x1b\[[0-9;]*3[0-7]m|\x1b\[[0-9;]*9[0-7]", line.sent)
        assert not re.search(rb"[34]8;[25];", line.sent)


async def test_a_terminal_that_is_not_utf8_gets_ascii(notes: Site) -> None:
    line = Line(LANG="C")
    async with session(notes, line):
        line.type("M")
        await line.sees("> Notes")
        assert line.sent.isascii()
        assert "+---" in line.text


async def test_a_lone_escape_is_a_key_after_a_moment(notes: Site) -> None:
    line = Line()
    async with session(notes, line):
        line.type("?")
        await line.sees("Help")
        line.type("\x1b")
        await asyncio.sleep(0.02)
        assert "Help" in line.text
        await notes.clock.advance(0.06)  # type: ignore[attr-defined]  # a fake one
        await gone(line, "Help")


async def test_ten_thousand_resizes_are_a_few_draws(notes: Site) -> None:
    line = Line()
    async with session(notes, line):
        before = len(line.writes)
        for number in range(10_000):
            line.resize(1 + number % 200, 1 + number % 60)
        line.resize(60, 20)
        await line.sees("help")
        assert len(line.writes) - before < 50
        assert notes.app.failures == []


@pytest.mark.parametrize("size", [(1, 1), (2, 80), (300, 1), (19, 5), (20, 5), (500, 200)])
async def test_any_size_is_drawn(notes: Site, size: tuple[int, int]) -> None:
    at = await notes.desk(width=size[0], height=size[1])
    for key in ("", "?", "esc", "M", "esc", ":", "esc", "q"):
        if key:
            at.desk.press(key)
            await at.desk.settle()
        canvas = at.desk.canvas()
        assert (canvas.cols(), canvas.rows()) == size
    assert at.desk.places


async def test_a_megabyte_is_pasted_in_one_piece_and_in_bounded_time(
    notes: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[str] = []
    line = Line()
    async with session(notes, line):
        monkeypatch.setattr(Desk, "paste", lambda desk, text: got.append(text))
        data = b"\x1b[200~" + b"ab\ncd\x1b[31m" * 100_000 + b"\x1b[201~"
        began = time.process_time()
        for at in range(0, len(data), 4096):
            line.type(data[at : at + 4096])
        line.type("?")
        await line.sees("Help")
        assert time.process_time() - began < 2
    assert [len(one) for one in got] == [1_000_000]


def test_a_megabyte_of_keys_takes_linear_time() -> None:
    keyboard = Keyboard()
    began = time.process_time()
    assert len(keyboard.feed("jé".encode() * 300_000)) == 600_000
    assert len(keyboard.feed(b"\x1b[A" * 10_000)) == 10_000
    assert time.process_time() - began < 3


async def test_nothing_is_drawn_while_the_line_is_full(notes: Site) -> None:
    line = Line()
    async with session(notes, line):
        line.waiting = 100_000
        before = len(line.writes)
        line.type("?")
        await asyncio.sleep(0.05)
        assert len(line.writes) == before
        line.full.set()
        await line.sees("Help")


async def test_who_goes_away_is_warned_and_then_sent_away(notes: Site) -> None:
    clock = notes.clock
    assert isinstance(clock, FakeClock)
    line = Line()
    async with session(notes, line, idle_minutes=10) as task:
        await clock.advance(9 * 60 + 1)
        await line.sees("ends in a minute")
        line.type("?")
        await line.sees("Help")
        await clock.advance(9 * 60)
        assert not task.done()
        await clock.advance(61)
        assert await task == 1
    assert b"10 minutes without a key" in line.sent


async def test_who_writes_in_an_editor_is_not_away(notes: Site) -> None:
    clock, line, wrote = notes.clock, Line(), asyncio.Event()
    assert isinstance(clock, FakeClock)
    desks: list[Desk] = []

    async def lent(work: Any) -> Any:
        await wrote.wait()
        return work()

    line.local = True
    line.lent = lent  # type: ignore[attr-defined]  # what a terminal on this machine has
    with pytest.MonkeyPatch.context() as patch:
        begin = Desk.begin
        patch.setattr(Desk, "begin", lambda desk: (desks.append(desk), begin(desk))[1])
        async with session(notes, line, idle_minutes=10) as task:
            writing = asyncio.create_task(desks[0].suspend(lambda: "text"))
            await asyncio.sleep(0)
            for _ in range(5):
                await clock.advance(9 * 60 + 59)
            assert not desks[0].over.done()
            wrote.set()
            assert await writing == "text"
            await clock.advance(8 * 60)
            assert not desks[0].over.done()
            await clock.advance(3 * 60)
            assert await task == 1


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"\x1b[5~\x1b[6~", ["pgup", "pgdown"]),
        (b"\x04\x1b[Z\x1bOP", ["ctrl+d", "shift+tab", "f1"]),
        (b"\x1bx\x1b[1;5A\x7f\r\t", ["alt+x", "ctrl+up", "backspace", "enter", "tab"]),
        ("é漢🎉".encode(), ["é", "漢", "🎉"]),
        (b"\xff\xfe\x00a\x80", ["a"]),
        (b"\x1b[I\x1b[O\x1b[?62;4c\x1b_Gi=1;OK\x1b\\a", ["a"]),
        (b"\x1b\x1b[A", ["alt+up"]),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_keys_have_the_names_of_the_contract(data: bytes, keys: list[str], apart: bool) -> None:
    keyboard = Keyboard()
    pieces = [data[at : at + 1] for at in range(len(data))] if apart else [data]
    heard = [one for piece in pieces for one in keyboard.feed(piece)] + keyboard.flush()
    assert [one for one in heard if isinstance(one, str)] == keys


async def gone(line: Line, text: str) -> None:
    for _ in range(400):
        if text not in line.text:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{text!r} is still seen")
