"""The screens of docs/use/terminal.md: how each is reached, and how it stands in the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.e2e.captures.mask import masked
from tests.e2e.captures.site import CHANGED
from tests.e2e.test_terminal import opened, rested
from tests.e2e.tmux import Terminal

SIZE = (100, 30)
MARK = re.compile(r"(?ms)^<!-- capture: ([\w-]+) -->\n(.*?)^<!-- /capture -->$")
"""Where a capture stands in a page: its name, and what is between the two marks."""
_EMPTY = re.compile(r"(?m)^[ │]*\n(?:[ │]*\n)+")


def home(one: Terminal) -> None:
    one.until("Queue and", "Recent activity", "0 waiting, 0 running")


def entries(one: Terminal) -> None:
    """The list of posts: the one that was changed last is the first."""
    opened(one, "content/entries", one.screen())
    one.keys("j", "j", "Enter").until("> Post ", f"> {CHANGED[:14]}")


def entry(one: Terminal) -> None:
    one.keys("e").until("ctrl+s save", "minutes")


def markdown(one: Terminal) -> None:
    """The first text of the entry, with its preview beside."""
    one.keys("Down", "Down", "Down", "Enter").until("▾ 1. prose")
    one.keys("Down").until("ctrl+p preview")
    one.keys("C-p").until("ctrl+p goes back to the text")


def versions(one: Terminal) -> None:
    back(one, "p publish")
    one.keys("v").until("Versions of", "publish")


def difference(one: Terminal) -> None:
    one.keys("Enter").until("and the draft (+)", "+ ")


def screen(place: str, *seen: str) -> Callable[[Terminal], None]:
    """One of the menu."""

    def reached(one: Terminal) -> None:
        opened(one, place, one.screen())
        one.until(*seen)

    return reached


def palette(one: Terminal) -> None:
    one.keys("M-x").until("Commands")
    one.type("publish").until("content.publish")


def keys(one: Terminal) -> None:
    one.keys("Escape").until("? help", without="Commands")
    one.keys("?").until("Help: keys of this screen")


def media(one: Terminal) -> None:
    screen("media/library", "places.md")(one)
    one.keys("G").until("winding-stair.jpg")


def back(one: Terminal, seen: str) -> None:
    """Out of forms and dialogs, step by step, until this is seen."""
    while seen not in rested(one):
        one.keys("Escape")


CAPTURES: Mapping[str, Callable[[Terminal], None]] = {
    "home": home,
    "entries": entries,
    "entry": entry,
    "markdown": markdown,
    "versions": versions,
    "difference": difference,
    "media": media,
    "plugins": screen("plugins_admin/main", "accounts"),
    "jobs": screen("jobs/main", "Kind"),
    "audit": screen("audit/main", "content.p"),
    "config": screen("site/config", "accounts.first_admin"),
    "palette": palette,
    "help": keys,
}
"""In the order in which a session comes by them: each goes on from where the one before has ended."""


def captured(one: Terminal) -> dict[str, str]:
    """All of them as they stand in the page."""
    made = {}
    for name, reach in CAPTURES.items():
        reach(one)
        made[name] = shown(rested(one))
    return made


def shown(seen: str) -> str:
    """Masked, and of several empty rows one."""
    lines = "\n".join(line.rstrip() for line in masked(seen).split("\n"))
    return _EMPTY.sub("\n", lines + "\n")


def filled(page: str, made: Mapping[str, str]) -> str:
    """The page with these captures at their marks; those that it has no mark for are left out."""
    return MARK.sub(lambda at: f"<!-- capture: {at[1]} -->\n```text\n{made[at[1]]}```\n<!-- /capture -->", page)
