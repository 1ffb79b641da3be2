"""The screens ``usage`` and ``health``: figures to read, and what can be done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.layout import Cell, Column, Detail, Grid, Item, List, Pair, Table
from newel.contracts.tui import Action, Init
from newel.contracts.views import Act, Ask, Sheet, View
from newel_media.screens.session import Session


class UsageSession(Session):
    """How much the library holds, of what and of whom."""

    async def first(self, event: Init) -> View | Action:
        found = await self.run("media.usage")
        figures = [
            ("files", f"{found['files']:,}"), ("their size", sized(found["bytes"])),
            ("in the store", sized(found["stored"])), ("renditions", f"{found['renditions']:,}"),
            ("their size", sized(found["rendition_bytes"])), ("your own files", sized(found["own"])),
            ("limit of the library", sized(found["quota_bytes"]) if found["quota_bytes"] else "none"),
            ("limit for one person",
             sized(found["quota_bytes_per_user"]) if found["quota_bytes_per_user"] else "none"),
        ]  # fmt: skip
        grid = Grid(
            columns=(
                Column(span=5, cells=(Cell(title="in all", content=_pairs(figures)),)),
                Column(
                    span=7,
                    cells=(
                        Cell(title="by kind", content=_sums("kind", found["kinds"])),
                        Cell(title="by author", content=_sums("author", found["people"])),
                    ),
                ),
            )
        )
        return Sheet(title="Space of media", grid=grid)

    async def again(self) -> View | Action | None:
        return await self.first(Init(width=self.size[0], height=self.size[1]))


class HealthSession(Session):
    """What lies in the store for nothing, what is lost, what failed; of its first part, at once."""

    async def first(self, event: Init) -> View | Action:
        found = await self.run("media.health")
        figures = [
            ("state", "healthy" if found["healthy"] else "look at it"), ("looked at", f"{found['checked']:,} keys"),
            ("", "that was not all: c looks at the whole store" if found["next"] else ""),
            ("named by nothing", f"{found['loose']:,} keys, {sized(found['loose_bytes'])}"),
            ("lost", f"{found['lost']:,}"), ("being made", f"{found['pending']:,}"),
            ("cannot be made", f"{found['failed']:,}"), ("uploads left over", f"{found['stuck']:,}"),
        ]  # fmt: skip
        things = [
            *(f"lost: {one['key']} ({', '.join(one['assets'])})" for one in found["lost_keys"]),
            *(f"cannot be made: {id}" for id in found["failed_ids"]),
            *(f"named by nothing: {key}" for key in found["loose_keys"]),
        ]
        listed = List(items=tuple(Item(label=one) for one in things), empty="nothing to look at")
        grid = Grid(
            columns=(
                Column(span=5, cells=(Cell(title="the store", content=_pairs(figures)),)),
                Column(span=7, cells=(Cell(title="what was found", content=listed),)),
            )
        )
        return Sheet(title="Health of media", grid=grid, acts=_ACTS)

    async def again(self) -> View | Action | None:
        return await self.first(Init(width=self.size[0], height=self.size[1]))

    async def done(self, act: str, answer: Any) -> View | Action | None:
        return await self.again()


_ACTS = (
    Act(name="check", label="look at all of it", key="c", shows=True, ask=Ask(operation="media.check")),
    Act(name="rehearse", label="what would be cleaned", key="i", shows=True, ask=Ask(operation="media.cleanup")),
    Act(
        name="clean", label="clean up", key="C", shows=True,
        confirm="Remove what nothing names? It is gone for good.",
        ask=Ask(operation="media.cleanup", params={"dry_run": False}),
    ),
    Act(
        name="missing", label="make what is missing", key="P", shows=True,
        ask=Ask(operation="media.reprocess", params={"missing": True}),
    ),
)  # fmt: skip


def sized(count: int) -> str:
    """Bytes, as people read them."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}" if units[0] != "B" else f"{count} B"


def _pairs(figures: Sequence[tuple[str, str]]) -> Detail:
    return Detail(fields=tuple(Pair(label=label, value=value) for label, value in figures if value))


def _sums(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        headers=(name, "files", "size"),
        rows=tuple((str(row[name]), f"{row['files']:,}", sized(row["bytes"])) for row in rows),
    )
