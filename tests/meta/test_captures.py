"""The committed captures and the recording of docs/use are whole, and say nothing that is nobody's business."""

from __future__ import annotations

import functools
import itertools
import json
import re
import socket
from pathlib import Path
from typing import Any

import pyte
import pytest
from tests.e2e.captures.cast import IDLE
from tests.e2e.captures.mask import masked
from tests.e2e.captures.screens import CAPTURES, MARK, SIZE

pytestmark = pytest.mark.engines()
USE = Path(__file__).parents[2] / "docs" / "use"
PAGE = (USE / "terminal.md").read_text("utf-8")
CAST = (USE / "terminal.cast").read_text("utf-8")
SHOWN = dict(MARK.findall(PAGE))
LEAKS = {
    "a token or password": re.compile(r"newel_(?:api_)?\w{30,}|password \S{16,}"),
    "a path of a machine": re.compile(r"(?<![\w.~$])/(?:tmp|var|home|root|Users)/\w+"),
    "a host": re.compile(r"\bNode +(?!cms-1:)\S+|https?://(?!127\.0\.0\.1|cms\.example\.org|asciinema\.org)[^/\s]+"),
    "a setting of the tests": re.compile(r"--set\b"),
    "a mail address": re.compile(r"[\w.+-]+@(?!example\.(?:org|com)\b|cms\.example\.org\b)\w[\w-]*\.[a-z]{2,}"),
}
"""What neither may say."""


def events() -> list[list[Any]]:
    return [json.loads(line) for line in CAST.splitlines()[1:]]


@functools.cache
def pictures() -> tuple[str, ...]:
    """The screen after each output, as a terminal that is not ours shows it."""
    screen = pyte.Screen(*SIZE)
    stream = pyte.Stream(screen)
    seen = []
    for _, kind, data in events():
        if kind == "o":
            stream.feed(data)
            seen.append("\n".join(line.rstrip() for line in screen.display))
    return tuple(seen)


def test_every_capture_stands_in_the_page_once() -> None:
    assert sorted(name for name, _ in MARK.findall(PAGE)) == sorted(CAPTURES)
    assert len(re.findall(r"<!-- /?capture", PAGE)) == 2 * len(CAPTURES), "a mark without its other half"


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_is_a_screen(name: str) -> None:
    begin, *lines, end = SHOWN[name].splitlines()
    assert (begin, end) == ("```text", "```")
    assert 5 <= len(lines) <= SIZE[1]
    assert all(len(line) <= SIZE[0] for line in lines)
    assert lines[0].endswith("Admin@magazine"), "the first line says where one is, and who"
    assert re.search(r" esc back|: commands| alt\+x commands", lines[-1]), "the last line says what can be done"


def test_the_recording_is_asciicast_2_without_long_pauses() -> None:
    head = json.loads(CAST.partition("\n")[0])
    assert (head["version"], head["width"], head["height"]) == (2, *SIZE)
    assert {kind for _, kind, _ in events()} == {"o", "m"}
    assert all(isinstance(data, str) and data for _, _, data in events())
    times = [at for at, _, _ in events()]
    assert times[0] == 0
    assert all(0 <= after - before <= IDLE + 0.001 for before, after in itertools.pairwise(times))
    assert 30 <= times[-1] <= 60
    assert len(CAST.encode()) < 300_000


def test_the_recording_leads_from_an_empty_site_to_a_published_entry() -> None:
    seen = pictures()
    for text in ("no types yet", "New field of Event: markdown", "New: Event", "content.publish", "Help: keys"):
        assert any(text in one for one in seen), text
    last = next(one for one in reversed(seen) if "? help" in one)
    for text in ("empty > Content types > Event", "Stairs at night 夜の階段", "● published"):
        assert text in last


def test_the_recording_gives_the_terminal_back() -> None:
    written = "".join(data for _, kind, data in events() if kind == "o")
    asked = dict(re.findall(r"\x1b\[\?(7|25|1049|2004)([hl])", written))
    assert asked == {"7": "h", "25": "h", "1049": "l", "2004": "l"}


@pytest.mark.parametrize("what", LEAKS)
def test_neither_says(what: str) -> None:
    texts = [PAGE, CAST, *pictures()]
    assert not [found[0] for text in texts for found in LEAKS[what].finditer(text)]


@pytest.mark.parametrize(
    "line",
    [
        f"│ {socket.gethostname()}:4711 │",
        "\x1b[0m127.0.0.1:40321\x1b[0m│",
        "folder /tmp/pytest-of-me/site │",
        "key SHA256:xVF1w2VtkIUP0IUTzgRg0jwGDMoqu8gjNiPoShAHqe0 │",
        "\x1b[0m01M89E76EB8VY30MC9HTHJ3XK9 │",
        "01M89E76E… │ 11-25 13:27 │ 2026-11-25T13:27:55.543Z │",
    ],
)
def test_what_is_masked_keeps_its_width(line: str) -> None:
    hidden = masked(line)
    assert len(hidden) == len(line)
    assert hidden.endswith("│")
    for told in (socket.gethostname() + ":", "40321", "pytest-of-me", "xVF1", "M89E", "13:27", "11-25"):
        assert told not in hidden
