"""The recording: from an empty site to a published entry, as asciicast v2 (docs.asciinema.org/manual/asciicast/v2)."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence

from tests.e2e.captures.mask import masked
from tests.e2e.captures.screens import SIZE
from tests.e2e.captures.session import Recorder, recorded

TITLE = "Newel in a terminal: a type, an entry, published"
IDLE = 1.5
"""The longest time in which nothing moves."""
FRAME = 0.02
"""What comes within this many seconds is one picture."""
ENTER, ESCAPE, SAVE, QUIT, PALETTE, DOWN = b"\r", b"\x1b", b"\x13", b"\x03", b"\x1bx", b"\x1b[B"
QUIET = 1.5
"""How long a picture stands that is to be read."""


def record(way_in: Sequence[str]) -> str:
    """The text of the file."""
    with recorded(way_in, SIZE) as one:
        play(one)
        return cast(one)


def play(one: Recorder) -> None:
    one.until("Health", "Queue and", "0 waiting, 0 running")
    one.mark("home")
    one.watch(QUIET)
    one.mark("a type")
    one.keys(b"t")  # not through the palette: it would stand on a part of the machine's name
    one.until("no types yet")
    one.keys(b"n")
    one.until("name*")
    one.type("event")
    one.keys(DOWN)
    one.type("Event")
    one.keys(SAVE)
    one.until("Event", "event", "collection", without="ctrl+s")
    one.keys(ENTER)
    one.until("Fields of Event", "no fields yet")
    for kind, name in (("text", "title"), ("markdown", "body")):
        one.keys(b"n")
        one.until("of which type?")
        one.keys(b"/")
        one.type(kind)
        one.keys(ENTER)
        one.until(f"/{kind}")
        one.keys(ENTER)
        one.until(f"New field of Event: {kind}")
        one.type(name)
        one.keys(SAVE)
        one.until("Fields of Event", name, kind[:4])
    one.mark("an entry")
    one.keys(ESCAPE, pause=1.0)
    one.until("Content types", "collection")
    one.keys(b"t")
    one.until("no entries yet")
    one.keys(b"n")
    one.until("New: Event")
    one.type("Stairs at night 夜の階段")
    one.keys(DOWN)
    one.type("One *step* after another.")
    one.keys(SAVE)
    one.until("draft", without="not saved")
    one.watch(QUIET)
    one.mark("published")
    one.keys(ESCAPE, pause=1.0)  # what is typed at once would be alt+p to any terminal
    one.until("p publish")
    one.keys(b"p")
    one.until("(published)")
    one.watch(QUIET)
    one.keys(ESCAPE, pause=1.0)
    one.until("● published")
    one.watch(QUIET)
    one.mark("palette")
    one.keys(PALETTE)
    one.until("Commands")
    one.type("publish")
    one.until("content.publish")
    one.watch(QUIET)
    one.keys(ESCAPE, pause=1.0)
    one.mark("help")
    one.keys(b"?")
    one.until("Help: keys of this screen")
    one.keys(b"j", b"j", b"j", b"j")
    one.keys(ESCAPE, pause=1.0)
    one.until("● published", "Stairs at night", without="Help")
    one.watch(QUIET)
    one.mark("the end")
    one.keys(QUIT, pause=2.0)  # gives the terminal of whoever plays it back as it was


def cast(one: Recorder) -> str:
    """A header and a line for each event: outputs, and markers with the names of chapters."""
    outputs = [(at, 1, "o", text) for at, text in frames(one.came)]
    marks = [(at, 0, "m", label) for at, label in one.marks]
    head = {
        "version": 2, "width": one.size[0], "height": one.size[1], "title": TITLE, "idle_time_limit": IDLE,
        "env": {"TERM": "xterm-256color"},
    }  # fmt: skip
    lines = [head, *([at, kind, text] for at, kind, text in shortened(sorted(outputs + marks)))]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def frames(came: Iterable[tuple[float, bytes]]) -> Iterator[tuple[float, str]]:
    """Whole pictures, masked: nothing that is to be masked lies on both sides of a border."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    begun, last, text = 0.0, -1.0, ""
    for at, data in came:
        if text and at - last > FRAME:
            yield begun, masked(text)
            text = ""
        begun, last = begun if text else at, at
        text += decoder.decode(data)
    if text:
        yield begun, masked(text)


def shortened(events: Iterable[tuple[float, int, str, str]]) -> Iterator[tuple[float, str, str]]:
    """With no more than ``IDLE`` seconds between one and the next."""
    now = before = 0.0
    for at, _, kind, text in events:
        now += min(at - before, IDLE)
        before = at
        yield round(now, 3), kind, text
