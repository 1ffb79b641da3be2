"""A terminal is asked what it can show; what it answers is never a key, however it comes."""

from __future__ import annotations

import re
import time

import pytest
from tests.builtin_plugins.tui.support import Line, Site
from tests.builtin_plugins.tui.test_terminal import gone, session

from newel_tui.terminal.asking import Asking
from newel_tui.terminal.keys import Keyboard, Paste

QUESTION = re.compile(rb"\x1b_Gi=(\d+),s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\")
ENVIRONMENT = {"TERM": "xterm-256color"}
SIZE = (80, 24)


def answers(asking: Asking, kitty: str = "OK") -> bytes:
    found = QUESTION.search(asking.first)
    assert found is not None
    return b"\x1b_Gi=%b;%b\x1b\\\x1b[6;18;9t\x1b[4;480;800t\x1b[?62;4;22c" % (found[1], kitty.encode())


def told(asking: Asking, data: bytes) -> Asking:
    for one in Keyboard().feed(data):
        assert not isinstance(one, str | Paste)
        asking.hears(one.data, SIZE)  # type: ignore[union-attr]  # no clicks are among them
    return asking


def asked(wanted: str = "auto", *, plain: bool = False, **environment: str) -> Asking:
    return Asking(ENVIRONMENT | environment, wanted, plain=plain)


def test_the_best_that_is_answered_is_taken() -> None:
    asking = asked()
    assert asking.means == "blocks"
    assert told(asking, answers(asking)).means == "kitty"
    asking = asked()
    assert told(asking, answers(asking, "ENOTSUP")).means == "sixel"
    assert asking.cell == (9, 18)
    assert told(asked(), b"\x1b[6;18;9t\x1b[?62;22c").means == "blocks"


def test_sixel_needs_the_size_of_a_character_which_may_be_told_as_that_of_the_screen() -> None:
    assert told(asked(), b"\x1b[?62;4c").means == "blocks"
    asking = told(asked(), b"\x1b[4;481;805t\x1b[?62;4c")
    assert (asking.means, asking.cell) == ("sixel", (10, 20))
    for nonsense in (b"\x1b[6;0;0t", b"\x1b[6;60000;60000t", b"\x1b[6;18t", b"\x1b[4;9;9t", b"\x1b[6;999999;1t"):
        assert told(asked(), nonsense + b"\x1b[?62;4c").means == "blocks"


def test_what_is_set_goes_before_what_is_answered_and_no_colour_before_both() -> None:
    asking = asked()
    both = answers(asking)
    assert [told(asked(one), both).means for one in ("kitty", "sixel", "blocks", "off")] == [
        "kitty", "sixel", "blocks", "blocks",
    ]  # fmt: skip
    assert [asked(one, plain=True).means for one in ("auto", "kitty", "sixel")] == ["blocks"] * 3
    assert [asked(one).first for one in ("kitty", "sixel")] == [b"\x1b[16t\x1b[14t\x1b[c"] * 2
    assert [asked(one).first for one in ("blocks", "off")] == [b""] * 2
    assert asked(plain=True).first == b""


@pytest.mark.parametrize("term", ["screen-256color", "tmux-256color", "linux"])
def test_a_terminal_that_would_show_the_question_or_says_more_than_is_so_is_not_asked(term: str) -> None:
    assert asked(TERM=term).first == b""
    assert told(asked(TERM=term), b"\x1b[6;18;9t\x1b[?1;2;4c").means == "blocks"
    assert told(asked("sixel", TERM=term), b"\x1b[6;18;9t\x1b[?1;2;4c").means == "sixel"


def test_an_answer_to_another_question_is_none() -> None:
    asking = asked()
    number = int(QUESTION.search(asking.first)[1])  # type: ignore[index]  # it is there
    for forged in (b"\x1b_Gi=%d;OK\x1b\\" % (number + 1), b"\x1b_Gi=%d;OK;OK\x1b\\" % number, b"\x1b_G;OK\x1b\\"):
        assert told(asking, forged).means == "blocks"


def test_an_answer_inside_a_paste_is_text() -> None:
    asking = asked()
    data = answers(asking)
    assert Keyboard().feed(b"\x1b[200~" + data + b"\x1b[201~") == [Paste(data.decode())]


def test_answers_may_come_in_two_pieces_with_any_time_between_them() -> None:
    asking = asked()
    data = answers(asking)
    for at in range(1, len(data)):
        keyboard = Keyboard()
        heard = [*keyboard.feed(data[:at]), *keyboard.feed(data[at:] + b"j")]
        assert [one for one in heard if isinstance(one, str)] == ["j"], data[:at]
        other = asked()
        other.id = asking.id
        for one in heard[:-1]:
            other.hears(one.data, SIZE)  # type: ignore[union-attr]  # no keys are among them
        assert other.means == "kitty"


@pytest.mark.parametrize(
    "data", [b"\x1b_Gi=1;O", b"\x1b[?62;", b"\x1b[6;18", b"\x1b_Gi=1;OK\x1b", b"\x1b]52;c;" + b"A" * 99]
)
def test_an_answer_that_never_ends_is_dropped_when_nothing_else_comes(data: bytes) -> None:
    keyboard = Keyboard()
    assert keyboard.feed(data) == []
    assert keyboard.flush() == []
    assert keyboard.feed(b"j") == ["j"]


def test_a_key_that_comes_into_an_answer_is_heard() -> None:
    assert Keyboard().feed(b"\x1b_Gi=1;O\x1b[Aj") == ["up", "j"]


@pytest.mark.parametrize("begin", [b"\x1b_Gi=1;", b"\x1b]52;c;", b"\x1bP1$r", b"\x1b[?", b"\x1b[6;1"])
@pytest.mark.parametrize("piece", [1 << 20, 4096, 7])
def test_megabytes_of_an_answer_are_no_keys_take_no_room_and_little_time(begin: bytes, piece: int) -> None:
    keyboard = Keyboard()
    data = begin + b"1" * (1 << (20 if piece > 7 else 14))
    began = time.process_time()
    heard = [one for at in range(0, len(data), piece) for one in keyboard.feed(data[at : at + piece])]
    assert heard == []
    assert keyboard.answering
    assert len(keyboard.__dict__["_rest"]) <= 4096
    assert keyboard.feed(b"\x1b\\" if begin[1:2] != b"[" else b"c") == []
    assert keyboard.feed(b"j\x1b[A") == ["j", "up"]
    assert time.process_time() - began < 2


def test_what_one_types_with_alt_is_a_key() -> None:
    for key in "_]PX^[":
        keyboard = Keyboard()
        assert keyboard.feed(f"\x1b{key}".encode()) == []
        assert not keyboard.answering
        assert keyboard.flush() == [f"alt+{key}"]
        assert keyboard.feed(b"G") == ["G"]


async def test_the_question_comes_with_the_first_frame_and_waits_for_nothing(notes: Site) -> None:
    line = Line()
    line.answer = lambda: None  # type: ignore[method-assign]  # it never does
    async with session(notes, line):
        asking = [number for number, data in enumerate(line.writes) if QUESTION.search(data)]
        assert asking == [1]
        assert line.writes[1].startswith(b"\x1b[?25l")
        line.type("?")
        await line.sees("Help")


async def test_while_a_terminal_may_yet_answer_an_escape_alone_may_be_the_beginning_of_it(notes: Site) -> None:
    line = Line()
    line.answer = lambda: None  # type: ignore[method-assign]  # it is slow
    async with session(notes, line):
        line.type("?")
        await line.sees("Help")
        line.type("\x1b")
        await notes.clock.advance(0.5)  # type: ignore[attr-defined]  # a fake one
        line.type("[?62;4c")
        line.type("G")
        await gone(line, "-- notes.main --")
        assert "Help" in line.text
        assert "4c" not in line.text
