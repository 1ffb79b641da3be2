"""Help, made of the keys that do something now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newel_tui.actions import Action
from newel_tui.boxes.choosing import Choice, Choosing

if TYPE_CHECKING:
    from newel_tui.desk import Desk


HELP = "Help: keys of this screen"


async def show_help(desk: Desk) -> None:
    """Lists what can be done now, and does what is chosen. The names are what keys are mapped to in ``tui.keys``."""
    actions = desk.actions()
    found = await desk.fill(HELP, Choosing(desk, desk.owner, choices_of(desk, actions)))
    action = getattr(found, "value", None)
    if isinstance(action, Action) and (work := action.run()) is not None:
        await work


def choices_of(desk: Desk, actions: list[Action]) -> list[Choice]:
    """The actions in groups: what is before the last dot of their names."""
    made: list[Choice] = []
    group = ""
    for action, (keys, label, name) in zip(actions, desk.map.help(actions), strict=True):
        if (its := name.rpartition(".")[0]) != group:
            group = its
            made.append(Choice(f"-- {group} --"))
        made.append(Choice(f"{keys or '(no key)':<16} {label}", name, action))
    return made
