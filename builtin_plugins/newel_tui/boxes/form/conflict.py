"""Somebody else wrote first: shows both, and lets the person say whose holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING
from newel.errors import NewelError
from newel_tui.boxes.form.asking import Asking
from newel_tui.boxes.form.lines import Line

if TYPE_CHECKING:
    from newel_tui.boxes.form.box import FormBox

SHOWN = 600
"""Characters of a value."""


async def settled(box: FormBox, error: NewelError) -> Literal["mine", "theirs"] | None:
    """``mine``: to be sent again; ``theirs``: theirs stand in the form now, and the rest that was typed; ``None``: the
    person goes on editing."""
    theirs: Any = error.extra.get("current")
    theirs = theirs if isinstance(theirs, Mapping) else {}
    mine: Any = error.extra.get("yours")
    mine = mine if isinstance(mine, Mapping) else box.fields.values(changed_only=True)
    lines: list[Line] = [[("warn", harmless(error.detail))]]
    for name in theirs:
        field = box.fields.all.get(name)
        lines += [[], [("label", field.label if field else harmless(name))]]
        lines += _sides(mine.get(name), theirs[name])
    answers = [("mine", "m", "keep mine, on top of theirs")]
    if theirs:
        answers.append(("theirs", "t", "take theirs for these fields"))
    title = "changed meanwhile"
    answer = await box.host.fill(title, Asking(box.host, box.owner, title, lines, answers))
    if answer == "theirs":
        for name, value in theirs.items():
            if (field := box.fields.all.get(name)) is not None:
                field.takes(MISSING if value is None else value)
    return answer if answer in ("mine", "theirs") else None


def _sides(mine: Any, theirs: Any) -> list[Line]:
    rows: list[Line] = [[("removed", f"  theirs  {row}")] for row in _written(theirs)]
    return rows + [[("added", f"  mine    {row}")] for row in _written(mine)]


def _written(value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
    rows = [harmless(row) for row in text[:SHOWN].split("\n")]
    return [*rows, "…"] if len(text) > SHOWN else rows
