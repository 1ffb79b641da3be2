"""What every box is, and what it finds around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import urwid

from newel.contracts.clock import Clock
from newel.contracts.tui import Event, Level, Navigate
from newel.contracts.views import Act, Listing, View
from newel_tui.actions import Action
from newel_tui.config import TuiConfig
from newel_tui.gateway import Gateway

Text = TypeVar("Text")


class Host(Protocol):
    """The desk, as boxes see it."""

    gateway: Gateway
    config: TuiConfig
    clock: Clock

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the terminal."""

    def redraw(self) -> None:
        """Something changed outside of a key press: draw when the loop is idle."""

    def start(self, work: Awaitable[None]) -> None:
        """Runs something beside; what it raises is told as a toast. Ends with the box that was current."""

    def toast(self, message: str, level: Level = "info") -> None: ...

    async def ask(self, title: str, message: str = "") -> bool:
        """A question with yes and no."""

    async def pick(self, listing: Listing, *, many: bool = False) -> Sequence[Mapping[str, Any]] | None:
        """Lets the person choose from a list; ``None``: they left."""

    async def fill(self, title: str, box: Box) -> Any:
        """Shows a box above the others until ``finish``; answers what that was given, ``None`` where it was left."""

    def finish(self, box: Box, answer: Any) -> None:
        """Ends ``fill`` of a box, which is taken away, with an answer."""

    def above(self, box: Box) -> bool:
        """Whether it is shown by ``fill``."""

    def covered(self, box: Box) -> bool:
        """Whether another screen lies above the box's own. What is not seen need not be read again: it is told
        (``again``) when it is seen."""

    async def back(self) -> None:
        """Leaves what is on top."""

    async def did(self, label: str, work: Awaitable[Any]) -> Any:
        """Awaits an act and remembers it for ``u``."""

    async def suspend(self, work: Callable[[], Text]) -> Text:
        """Hands the terminal to a program of the person's own side (an editor), which runs beside the loop. Raises
        ``NotFound`` where the terminal is not on this machine."""

    def copy(self, text: str) -> None:
        """Into the person's clipboard (OSC 52)."""


class Owner(Protocol):
    """The open screen that a box belongs to."""

    plugin: str
    screen: str
    size: tuple[int, int] | None
    """What its session was told last that there is to draw on."""

    async def send(self, event: Event) -> None:
        """Tells the session, and shows what it answers."""

    async def act(self, act: Act, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] = ()) -> bool:
        """Does an act of a view to rows: asks, fills in, runs, tells. Answers whether it was done."""

    async def navigate(self, where: Navigate) -> None: ...


class Box(urwid.WidgetWrap[urwid.Widget]):
    """Shows one view. Keys reach it as actions; only while ``typing`` is true, text goes to its widgets first."""

    typing = False

    def __init__(self, host: Host, owner: Owner, view: Any, widget: urwid.Widget) -> None:
        super().__init__(widget)
        self.host = host
        self.owner = owner
        self.view = view

    @property
    def title(self) -> str:
        return ""

    def wants(self, width: int, height: int) -> tuple[int, int] | None:
        """The size that it is drawn in above the screens, of so much at most; ``None``: all of it."""
        return None

    def actions(self) -> Sequence[Action]:
        """What can be done now, the most special first. Asked at every key press."""
        return ()

    def show(self, view: View) -> bool:
        """Takes another view of the same kind in place, keeping cursor and marks; ``False`` where it cannot."""
        return False

    async def leave(self) -> bool:
        """Whether it may be left now: asks where something is unsaved."""
        return True

    def pasted(self, text: str) -> None:
        """Text from the clipboard, in one piece. Without a field that takes it, nothing happens with it."""

    def pointed(self, column: int, row: int) -> str:
        """The person clicked there, counted from its own corner: goes there, and answers the key that this means
        beside, if any. Turns of the wheel are the keys ``up`` and ``down``."""
        return ""

    async def again(self) -> None:
        """What is shown may have changed (an act was undone): reads it again."""

    async def parting(self) -> None:
        """The session ends, in whatever way: keeps what was typed. It has three seconds."""

    def close(self) -> None:
        """It is not seen any more: stops what it had running."""

    async def fresh(self, keys: Sequence[str]) -> None:
        """These rows have just come to be."""


def permitted(host: Host, act: Act) -> bool:
    """Whether the person may do it at all, here."""
    if act.upload is not None and not host.gateway.local_files:
        return False
    return act.ask is None or host.gateway.may(act.ask.operation)
