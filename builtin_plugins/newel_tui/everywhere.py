"""What can be done at every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_tui.actions import Action

if TYPE_CHECKING:
    from newel_tui.desk import Desk

UNDO = "audit.undo"


def everywhere(desk: Desk) -> list[Action]:
    """The desk's own actions of this moment, after those of what is on top."""
    from newel_tui.boxes.help import HELP, show_help
    from newel_tui.boxes.menu import show_menu
    from newel_tui.boxes.palette import show_palette

    above = bool(desk.layers)
    listed = [
        Action(name="app.back", label="back", keys=("esc",), run=desk.back, hint=above or len(desk.places) > 1),
        Action(name="app.close", label="close this screen", keys=("q",), run=desk.close_screen),
    ]
    if not above:
        listed += [
            Action(name="app.palette", label="commands", keys=(":",), run=lambda: show_palette(desk), hint=True),
            Action(name="app.menu", label="menu", keys=("M", "f2", "f9"), run=lambda: show_menu(desk), hint=True),
        ]
    if not above or desk.layers[-1].title != HELP:
        listed.append(Action(name="app.help", label="help", keys=("?", "f1"), run=lambda: show_help(desk), hint=True))
    if desk.gateway.may(UNDO) and not desk.layers:
        if desk.watched.done:
            listed.append(Action(name="app.undo", label="undo", keys=("u",), run=lambda: _undo(desk)))
        if desk.watched.undone:
            listed.append(Action(name="app.redo", label="redo", keys=("ctrl+r",), run=lambda: _redo(desk)))
    if len(desk.places) > 1 and not desk.layers:
        listed.append(Action(name="app.home", label="first screen", keys=("alt+home",), run=desk.home))
    return [
        *listed,
        Action(name="app.redraw", label="draw anew", keys=("ctrl+l",), run=lambda: desk.repaint()),
        Action(name="app.quit", label="quit", keys=("ctrl+c", "f10"), run=desk.quit),
    ]


async def _undo(desk: Desk) -> None:
    label = await desk.watched.undo(desk.watched.done, desk.watched.undone)
    await _seen(desk, f"undone: {label}")


async def _redo(desk: Desk) -> None:
    label = await desk.watched.undo(desk.watched.undone, desk.watched.done)
    await _seen(desk, f"done again: {label}")


async def _seen(desk: Desk, told: str) -> None:
    """Says it, and lets the screen read again what has changed."""
    desk.toast(told, "success")
    if desk.top is not None:
        await desk.top.again()
