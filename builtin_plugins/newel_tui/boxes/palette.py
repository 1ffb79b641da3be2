"""The palette: screens, what can be done now, and every operation that the person may run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.views import Form
from newel_tui.actions import Action
from newel_tui.boxes.choosing import Choice, Choosing
from newel_tui.boxes.making import box_for, shown_answer
from newel_tui.boxes.menu import go
from newel_tui.forms import form_for
from newel_tui.gateway import Known, Offered

if TYPE_CHECKING:
    from newel_tui.desk import Desk

MOST = 200
REMEMBERED = 50


async def show_palette(desk: Desk) -> None:
    """Lets the person type a part of a name, and does what is chosen."""
    offers = _offers(desk)
    recent = [one for name in reversed(desk.history) for one in offers if one.name == name]
    whole = recent + [one for one in offers if one not in recent]

    def narrow(typed: str) -> Sequence[Choice]:
        return fitting(typed, whole)[:MOST]

    found = await desk.fill("Commands", Choosing(desk, desk.owner, whole[:MOST], narrow=narrow))
    if found is None:
        return
    desk.history = [*[one for one in desk.history if one != found.name], found.name][-REMEMBERED:]
    match found.value:
        case Offered():
            await go(desk, found.value)
        case Action():
            if (work := found.value.run()) is not None:
                await work
        case Known():
            await run_operation(desk, found.value)


def _offers(desk: Desk) -> list[Choice]:
    screens = [Choice(one.label, f"{one.plugin}/{one.name}", one, f"{one.plugin}/{one.name}") for one in desk.menu]
    actions = [Choice(one.label, one.name, one, one.name) for one in desk.actions() if one.name != "app.palette"]
    may = desk.gateway.may
    known = [one for name, one in sorted(desk.gateway.operations.items()) if may(name)]
    return [*screens, *actions, *(Choice(one.name, one.summary, one, one.name) for one in known)]


async def run_operation(desk: Desk, known: Known) -> None:
    """Asks for the input of an operation, runs it and shows the answer."""
    if known.inputs:
        form: Form = form_for(known, {}, (), {})
        answer = await desk.fill(known.name, box_for(desk, desk.owner, form))
        if answer is None:
            return
    else:
        if known.effect == "write" and not await desk.ask(known.name, known.summary):
            return
        answer = await desk.gateway.run(known.name, {})
    if known.effect == "write":
        desk.toast(f"{known.name}: done", "success")
    if answer:
        await desk.fill(known.name, shown_answer(desk, desk.owner, answer))


def fitting(typed: str, choices: Sequence[Choice]) -> list[Choice]:
    """Those that have all typed letters in this order, the closest first."""
    wanted = typed.lower().split()
    if not wanted:
        return list(choices)
    scored: list[tuple[int, int, Choice]] = []
    for number, one in enumerate(choices):
        label, note = one.label.lower(), one.note.lower()
        scores = [min(_score(part, label), 2 if part in note else FAR) for part in wanted]
        if max(scores) < FAR:
            scored.append((sum(scores), number, one))
    return [one for _, _, one in sorted(scored, key=lambda found: found[:2])]


FAR = 1 << 20


def _score(part: str, text: str) -> int:
    """How far apart the letters lie, less at beginnings of words; ``FAR`` where one is missing."""
    if (at := text.find(part)) >= 0:
        return 0 if at == 0 or not text[at - 1].isalnum() else 1
    first = at = text.find(part[0])
    for letter in part[1:]:
        at = text.find(letter, at + 1) if at >= 0 else -1
    gap = at - first + 1 - len(part)
    return FAR if at < 0 or gap > 2 * len(part) else 4 + gap
