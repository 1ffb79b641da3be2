"""Nothing that somebody stored, typed or pasted makes a terminal do anything."""

from __future__ import annotations

import re
import unicodedata

import pyte
import pytest
import urwid
from tests.builtin_plugins.tui.support import At, Line, Site
from tests.builtin_plugins.tui.test_terminal import session

from newel_tui.boxes.questions import Question
from newel_tui.terminal.abilities import Abilities, abilities
from newel_tui.terminal.asking import Asking
from newel_tui.terminal.gallery import Gallery
from newel_tui.terminal.painter import COMBINING, Painter

OURS = re.compile(rb"\x1b\[(?:\?(?:1049|7|2004|25)[hl]|2J|K|[0-9;]*m|[0-9]+;[0-9]+H|[0-9]+G)")
"""All that a painter may send beside text."""
CORPUS = {
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "title": "\x1b]0;pwned\x07\x1b]2;pwned\x1b\\",
    "title report": "\x1b[21t",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "cursor": "\x1b[2J\x1b[1;1H\x1b[99B\x1b[999D\x1b7\x1b8",
    "reset": "\x1bc\x1b[!p",
    "device strings": "\x1bP$q\"p\x1b\\\x1bP+q544e\x1b\\\x1b_Ga=d\x1b\\\x1b^x\x1b\\\x1bXy\x1b\\",
    "questions": "\x1b[6n\x1b[c\x1b[>c\x1b[5n\x05",
    "charsets": "\x0e\x0f\x1b(0\x1b)0\x1b%@",
    "scrolling": "\x1b[2;3r\x1b[?6h\x1bM\x1bD\x1bE",
    "C1": "\x9b2J\x9d0;x\x9c\x90q\x9c\x84\x85\x8d",
    "line ends": "a\rb\nc\td\x0be\x0cf\x08g\x7fh\x00i",
    "bidi": "\u202eevil\u202c\u2066x\u2069\u200f\u061c",
    "separators": "a\u2028b\u2029c\x85d",
    "zero width": "pay\u200b\u200c\u200d\u2060\ufeffpal" + "\u200b" * 500,
    "combining": "Z" + "\u0301" * 2000,
    "wide": "漢字カナ👨‍👩‍👧‍👦🏳️‍🌈❤️🇩🇪",
    "tags": "x\U000e0041\U000e0042\U000e007f",
    "halves": "\ud800x\udfff",
    "sgr": "\x1b[31mred\x1b[0m\x1b[7m",
}  # fmt: skip


def painter(able: Abilities) -> Painter:
    """Of a terminal that shows no pictures."""
    return Painter(able, Gallery(Asking({}, "off", plain=False)))


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("environment", [{"LANG": "C.UTF-8"}, {"LANG": "C"}])
def test_text_that_no_box_made_harmless_is_so_when_it_is_sent(name: str, environment: dict[str, str]) -> None:
    text = CORPUS[name].encode("utf-8", "surrogatepass")
    raw = b"<" + text + b">"
    width = max(1, urwid.calc_width(raw.decode("utf-8", "replace"), 0, len(raw.decode("utf-8", "replace"))))
    canvas = urwid.TextCanvas([raw, b"next"], maxcol=max(width, 40), check_width=False)
    sent = painter(abilities({"TERM": "xterm-256color"} | environment)).paint(canvas)
    left = OURS.sub(b"", sent)
    assert not re.search(rb"[\x00-\x1f\x7f]", left)
    shown = left.decode("utf-8" if environment["LANG"] == "C.UTF-8" else "ascii")
    assert not [one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    screen = pyte.Screen(max(width, 40), 3)
    pyte.ByteStream(screen).feed(sent)
    assert screen.display[1].rstrip() == "next"
    assert screen.title == ""


def test_marks_are_not_heaped_up() -> None:
    canvas = urwid.TextCanvas([("Z" + "\u0301" * 2000).encode()], maxcol=10, check_width=False)
    sent = painter(abilities({"TERM": "xterm", "LANG": "C.UTF-8"})).paint(canvas)
    assert sent.decode().count("\u0301") == COMBINING


async def test_stored_text_in_a_question_and_a_toast_is_inert(at: At) -> None:
    everything = "".join(CORPUS.values())
    at.desk.toast(everything, "error")
    at.desk.start(_asks(at, everything))
    await at.desk.settle()
    for line in at.text.split("\n"):
        assert not [one for one in line if unicodedata.category(one) == "Cc"]


async def _asks(at: At, text: str) -> None:
    await at.desk.fill(text, Question(at.desk, at.desk.owner, text))


async def test_a_paste_is_never_keys(notes: Site) -> None:
    line = Line()
    async with session(notes, line) as task:
        line.type("\x1b[200~\x03q:quit\r\x1b[A\x1b]52;c;QQ==\x07y\x1b[201~")
        line.type("?")
        await line.sees("Help")
        assert not task.done()
    assert b"52;c" not in bytes(line.sent)
