"""A URL against the rules of outgoing requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.context import Call
from newel.contracts.layout import Cell, Column, Detail, Grid, Pair
from newel.contracts.tui import Action, Init, Screen
from newel.contracts.views import Ask, Control, Form, Sheet, View
from newel.pages import Pages
from newel_egress.permissions import EGRESS_CHECK


class Trying(Pages):
    """Asks for a URL, shows what the rules say, asks again."""

    def __init__(self) -> None:
        super().__init__()
        self._url = ""

    async def first(self, event: Init) -> View:
        return self._form()

    async def again(self) -> View | Action | None:
        return self._form() if len(self._stack) == 1 else None

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> View | Action | None:
        self._url = str(values.get("url", ""))
        told = [
            Pair(label="URL", value=self._url[:2000]),
            Pair(label="May be called", value="yes" if answer["allowed"] else "no"),
            Pair(label="Rule", value=answer["rule"] or "none refuses it"),
            Pair(label="Why", value=answer["detail"]),
        ]
        cell = Cell(title="What the rules say", content=Detail(fields=tuple(told)))
        return self.over(Sheet(title="Outgoing requests", grid=Grid(columns=(Column(span=12, cells=(cell,)),))))

    def _form(self) -> Form:
        return Form(
            title="May this URL be called?",
            controls=(Control(name="url", label="URL", required=True, help="Its name is resolved; it is not called."),),
            values={"url": self._url} if self._url else {},
            submit=Ask(operation="egress.check"),
        )


async def opened(call: Call, params: Mapping[str, Any]) -> Trying:
    return Trying()


SCREENS = (Screen(name="main", section="site", label="Outgoing requests", icon="↗", needs=EGRESS_CHECK, open=opened),)
