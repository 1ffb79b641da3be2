"""Home: the site at a glance, as far as the person may see it, and the way to everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.contracts.layout import Cell, Column, Detail, Grid, Pair
from newel.contracts.tui import Init
from newel.contracts.views import Sheet, View
from newel.pages import Pages
from newel_site.screens.board import REFRESH, Board

if TYPE_CHECKING:
    from newel.context import Call


class Home(Pages):
    """Looks at the board every few seconds."""

    def __init__(self, board: Board, call: Call) -> None:
        super().__init__()
        self._board = board
        self._call = call

    async def first(self, event: Init) -> View:
        return await self.again()

    async def again(self) -> View:
        shown = await self._board.shown(self._call)
        you = () if shown.trail else (Cell(title="You", content=Detail(fields=tuple(_you(self._call)))),)
        columns = (Column(span=6, cells=shown.left), Column(span=6, cells=(*you, *shown.right)))
        return Sheet(title=shown.name, grid=Grid(columns=columns, refresh=REFRESH), acts=shown.acts)


def _you(call: Call) -> Sequence[Pair]:
    return [
        Pair(label="Name", value=call.actor.name),
        Pair(label="Roles", value=", ".join(call.actor.roles) or "none"),
        Pair(label="Keys", value="? help, : all screens"),
    ]
