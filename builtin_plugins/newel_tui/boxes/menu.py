"""The screens on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import urwid

from newel.contracts.layout import harmless
from newel.contracts.tui import Navigate
from newel_tui.boxes.choosing import Choice, Choosing
from newel_tui.boxes.drawing import Spans, drawn
from newel_tui.gateway import Offered

if TYPE_CHECKING:
    from newel_tui.desk import Desk


def _label(one: Offered) -> str:
    return harmless(one.label)


def _at(desk: Desk) -> int:
    here = (desk.owner.plugin, desk.owner.screen)
    return next((number for number, one in enumerate(desk.menu) if (one.plugin, one.name) == here), 0)


async def show_menu(desk: Desk) -> None:
    """Lets the person choose a screen, and opens it."""
    await desk.look()
    choices = [Choice(_label(one), f"{one.plugin}/{one.name}", one) for one in desk.menu]
    found = await desk.fill("Menu", Choosing(desk, desk.owner, choices, at=_at(desk)))
    if found is not None:
        await go(desk, found.value)


async def go(desk: Desk, one: Offered) -> None:
    """Opens a screen from a menu: the one that is open already if it is in the path, else above the first screen. What
    is open is left before, which asks where something is not saved."""
    for number, place in enumerate(desk.places):
        if (place.plugin, place.screen) == (one.plugin, one.name) and not place.params:
            await desk.uncover(number + 1)
            return
    await desk.home()
    if len(desk.places) < 2:
        await desk.navigate(Navigate(plugin=one.plugin, screen=one.name))


def menu_canvas(desk: Desk, width: int, height: int) -> urwid.Canvas:
    """The menu beside the screens, section by section, to be seen only."""
    at, here = _at(desk), 0
    lines: list[Spans] = []
    for number, one in enumerate(desk.menu):
        if number and one.section != desk.menu[number - 1].section:
            lines.append([("faint", one.section.capitalize())])
        if number == at:
            here = len(lines)
        lines.append([("accent", f"> {_label(one)}") if number == at else (None, f"  {_label(one)}")])
    first = max(0, min(here - height // 2, len(lines) - height))
    return drawn(lines[first : first + height], width, height)
