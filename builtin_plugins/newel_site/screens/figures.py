"""Figures of the last hour as small graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from newel.contracts.layout import Cell, Column, Grid, Line, Text
from newel.contracts.tui import Init
from newel.contracts.views import Sheet, View
from newel.errors import Forbidden
from newel.pages import Pages

if TYPE_CHECKING:
    from newel.app import App
    from newel.context import Call

STEPS = "▁▂▃▄▅▆▇█"
ROOM = 40
"""Characters beside a graph: what it is, and the last value."""
MOST = 200


class Figures(Pages):
    """``site.metrics``, drawn."""

    def __init__(self, app: App, call: Call) -> None:
        super().__init__()
        self._app = app
        self._call = call

    async def first(self, event: Init) -> View:
        return await self.again()

    async def again(self) -> View:
        answer = await self._app.operations.run("site.metrics", {"last": 720}, self._call)
        told = self._app.structurer.unstructure(answer)
        width = max(8, self.size[0] - ROOM)
        lines: list[Line] = []
        last = ""
        for one in told["series"][:MOST]:
            if one["name"] != last:
                last = one["name"]
                lines.append(Line(text=f"{last}  {one['summary']}", bold=True))
            lines.append(Line(text=graphed(one, width)))
        if not lines:
            lines.append(Line(text="nothing was read yet: figures are kept while the site is served", faint=True))
        span = f"every {told['every']:g} s, {len(told['times'])} readings"
        grid = Grid(
            columns=(Column(span=12, cells=(Cell(title=span, content=Text(lines=tuple(lines))),)),), refresh=5.0
        )
        return Sheet(title="Figures", grid=grid)


def graphed(series: Mapping[str, Any], width: int) -> str:
    """A line: the label, the last values as a graph of that width at most, the last value."""
    name = series["value"] or ("all" if series["quantile"] is None else "")
    if series["quantile"] is not None:
        name = f"{name} p{series['quantile'] * 100:g}".strip()
    known = [value for value in series["values"] if value is not None]
    rate = series["kind"] == "counter"
    return f"  {name:16.16} {sparkline(series['values'], width)} {measured(known[-1] if known else None, series, rate)}"


def sparkline(values: Sequence[float | None], width: int) -> str:
    """The latest values as steps from 0 to the highest; where there are more than ``width``, the highest of each
    stretch. A gap is a space."""
    stretch = -(-len(values) // width) if values else 1
    parts = [values[place : place + stretch] for place in range(0, len(values), stretch)]
    highs = [max((value for value in part if value is not None), default=None) for part in parts]
    top = max((value for value in highs if value is not None), default=0.0)
    drawn = "".join(
        " " if value is None else STEPS[0 if top <= 0 else min(len(STEPS) - 1, int(value / top * (len(STEPS) - 0.01)))]
        for value in highs
    )
    return drawn.ljust(min(width, max(1, len(parts))))


def measured(value: float | None, series: Mapping[str, Any], rate: bool) -> str:
    """A value with its unit, short."""
    if value is None:
        return "-"
    unit = series["unit"]
    if rate and unit == "seconds":
        return f"{value * 100:.0f} %"
    if unit == "seconds":
        return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"
    if unit == "bytes":
        return f"{value / (1 << 20):.1f} MiB" + ("/s" if rate else "")
    if unit == "ratio":
        return f"{value * 100:.0f} %"
    return f"{value:.1f}/s" if rate else f"{value:g}"


async def asked(app: App, verb: str, call: Call, **order: Any) -> Any:
    """What an operation answers, as data; ``None`` where it is not there, or not for this person."""
    known = {one.name: one for one in app.operations}
    if verb not in known or not call.actor.may(known[verb].needs):
        return None
    try:
        return app.structurer.unstructure(await app.operations.run(verb, order, call))
    except Forbidden:  # the right went meanwhile
        return None
