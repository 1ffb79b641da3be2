"""``newel tui`` in a shell with jobs: it gives the terminal away and takes it back."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.tmux import Terminal, needs_tmux, terminal
from tests.support import newel

pytestmark = [pytest.mark.slow, needs_tmux, pytest.mark.needs_plugin("tui"), pytest.mark.engines("sqlite")]
EDITOR = """#!/bin/sh
case $(cat does) in
writes) stat -c "mode %a" "$1" > seen; echo "$1" > name
    stty -a | tr " ;" "\\n\\n" | grep -x -e "-\\?icanon" >> seen; echo new > "$1" ;;
fails) echo lost > "$1"; exit 3 ;;
removes) rm "$1" ;;
empties) : > "$1" ;;
waits) echo waiting; cat > /dev/null; echo waited > "$1" ;;
esac
"""
TYPE = [{"name": "title", "type": "text"}, {"name": "body", "type": "markdown"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that nobody serves, with a type to write in."""
    made = tmp_path_factory.mktemp("console") / "site"
    assert newel("init", "--yes", folder=made).returncode == 0
    ran = newel("types", "create", "--name", "note", "--label", "Note", "--fields", json.dumps(TYPE), folder=made)
    assert ran.returncode == 0, ran.stderr
    return made


@pytest.fixture
def shell(folder: Path, tmp_path: Path) -> Iterator[Terminal]:
    """A shell with jobs, in which ``tui`` starts the terminal admin with the mouse on."""
    (tmp_path / "editor").write_text(EDITOR, "utf-8")
    (tmp_path / "editor").chmod(0o755)
    start = f"tui() {{ {sys.executable} -m newel --site {folder} --set tui.mouse=true tui; }}"
    (tmp_path / "rc").write_text(f"PS1='ready> '; cd {tmp_path}\n{start}\n", "utf-8")
    with terminal(["bash", "--noprofile", "--rcfile", str(tmp_path / "rc"), "-i"]) as one:
        one.until("ready>")
        yield one


def is_the_shells(one: Terminal) -> None:
    """Lines are edited and echoed, and no mode of ours is left."""
    one.type("clear; echo mo''des: $(stty -a | tr ' ;' '\\n\\n' | grep -xE -e '-?(icanon|echo|isig)')\n")
    assert re.search(r"(?m)^modes: (isig|icanon|echo| )+$", one.until("modes:", "ready>"))
    assert one.modes() == {"alternate": False, "mouse": False, "cursor": True}


def test_stopped_it_gives_the_terminal_back_and_goes_on_where_it_was(shell: Terminal) -> None:
    shell.type("tui\n").until("── Site")
    assert shell.modes()["mouse"]
    rows = shell.until("c Entries", "? help").split("\n")  # what is hinted before it moves as the others come
    shell.type(f"\x1b[<0;{rows[-1].index('? help') + 1};{len(rows)}M").until("Help")  # as terminals tell of a click
    for _ in range(2):
        shell.keys("C-z").until("Stopped")
        is_the_shells(shell)
        shell.resize(100, 30)
        shell.type("clear; fg; echo exit $?\n").until("Help")
        assert shell.modes()["alternate"]
        assert shell.modes()["mouse"]
        shell.resize(80, 24)
    shell.keys("Escape").until("── Site", without="Help")
    shell.keys("C-c").until("exit 0", without="── Site")
    is_the_shells(shell)


def test_in_the_background_it_leaves_the_terminal_alone(shell: Terminal) -> None:
    shell.type("tui\n").until("── Site")
    shell.keys("C-z").until("Stopped")
    shell.type("clear; bg; echo b''g\n").until("bg", "ready>")
    is_the_shells(shell)
    shell.type("clear; fg\n").until("── Site", without="ready>")
    shell.keys("C-z").until("Stopped")
    shell.type("clear; kill %1; wait; echo en''ded\n").until("ended")
    is_the_shells(shell)


def test_it_fills_the_terminal_whatever_its_size_becomes(shell: Terminal) -> None:
    shell.type("tui\n").until("── Site")
    for width, height in ((132, 43), (20, 5), (80, 24)):
        shell.resize(width, height)
        seen = shell.becomes(f"{width}x{height}", _filled)
        assert _filled(seen) == f"{width}x{height}", seen


def _filled(screen: str) -> str:
    """How far the line at the top reaches, with the space at its end, and down to which line the hints are."""
    lines = screen.split("\n")
    return f"{len(lines[0]) + 1}x{len(lines) if '? help' in lines[-1] else 0}"


def test_stopped_from_outside_it_draws_anew(shell: Terminal) -> None:
    shell.type("tui\n").until("── Site")
    shell.signal("STOP").until("Stopped")
    shell.type("clear; stty sane; fg\n").until("── Site", without="ready>")
    shell.type("?").until("Help")  # keys come one by one again


@pytest.mark.parametrize("signal", ["TERM", "HUP", "INT"])
def test_ended_from_outside_it_gives_the_terminal_back(shell: Terminal, signal: str) -> None:
    shell.type("tui; echo le''ft\n").until("── Site")
    shell.signal(signal).until("left", without="── Site")
    is_the_shells(shell)


def test_the_editor_has_the_terminal_and_what_it_leaves_is_taken(shell: Terminal, tmp_path: Path) -> None:
    def edits(does: str) -> Terminal:
        (tmp_path / "does").write_text(does, "utf-8")
        return shell.keys("C-e")

    shell.type("clear; EDITOR=./editor tui\n").until("── Site")
    shell.keys("M-x").until("Commands")
    shell.type("content/entries").until(": content/entries")
    shell.keys("Enter").until("Entries of", without="Commands")
    shell.keys("Enter").until("no entries yet")
    shell.type("n").until("New: Note")
    shell.keys("Down").type("old").until("old", "your editor")

    edits("writes").until("new", "not saved", without="old")
    assert (tmp_path / "seen").read_text("utf-8").split() == ["mode", "600", "icanon"]
    name = (tmp_path / "name").read_text("utf-8").strip()
    assert name.endswith(".md")
    assert not Path(name).exists()
    assert shell.modes()["mouse"]

    assert "lost" not in edits("fails").until("the editor ended with 3", "new", "not saved")
    edits("removes").until("the editor left no file", "new", "not saved")

    # What stops or interrupts the editor is the editor's: both stop and go on together.
    edits("waits").until("waiting")
    shell.keys("C-z").until("Stopped")
    shell.type("clear; fg\n").until("tui", without="ready>")
    shell.keys("C-d").until("waited", "not saved")
    edits("waits").until("waiting", without="waited")
    shell.keys("C-c").until("the editor ended with", "waited", "not saved")

    edits("empties").until("New: Note", "your editor", without="waited")


def test_without_a_terminal_it_says_so_in_a_line(folder: Path, shell: Terminal) -> None:
    ran = newel("tui", folder=folder)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert "this needs a terminal" in ran.stderr
    shell.type("clear; TERM=dumb tui\n").until("TERM is not set, or 'dumb'", "ready>")
    shell.type("clear; tui < /dev/null\n").until("this needs a terminal", "ready>")


def test_without_utf8_all_that_is_sent_is_ascii(shell: Terminal) -> None:
    assert shell.type("clear; LC_ALL=C tui\n").until("-- Site").isascii()
