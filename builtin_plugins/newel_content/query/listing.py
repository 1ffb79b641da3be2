"""Pages of lists. The number of statements depends neither on the size of the page nor on the number of entries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import frozen

from newel.contracts.database import Database, Queries, Row
from newel_content.query import statements
from newel_content.query.asking import Asked
from newel_content.query.cursors import Place, sealed
from newel_content.query.leads import weights
from newel_content.query.nodes import Node
from newel_content.query.plans import FEW, Part, Plan, Route, candidates, matching, split_own, without
from newel_content.query.sorting import Key
from newel_content.query.texts import Texts
from newel_content.store.entries import parent_key


@frozen
class Page:
    """The rows of a page in order, the cursor of the next one, and the count where it was asked for."""

    rows: Sequence[Row]
    next: str | None
    total: int | None


class Lister:
    """Finds the entries of a page: one statement; one more to weigh conditions, one more to count; and one more where
    the page reaches from the entries with a value to those without (or the other way round). All of them are to see
    one snapshot of the database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._texts = Texts(db)

    async def page(self, queries: Queries, asked: Asked) -> Page:
        route = await self._route(queries, asked)
        rows: list[Row] = []
        for part in _parts(asked.keys, asked.place):
            rows += await self._rows(queries, asked, route, part, asked.limit + 1 - len(rows))
            if len(rows) > asked.limit:
                break
        total = await self._total(queries, asked, route) if asked.count else None
        shown = rows[: asked.limit]
        return Page(shown, _following(asked, shown[-1]) if len(rows) > asked.limit else None, total)

    async def _rows(self, queries: Queries, asked: Asked, route: Route, part: Part, wanted: int) -> list[Row]:
        place = asked.place
        plan = Plan(
            side=asked.side.name,
            mode=route.mode,
            keys=tuple((key.source, key.down) for key in asked.keys),
            driver=None if route.driver is None else route.driver.shape,
            own=route.own_tests(),
            rest=tuple(node.shape for node in route.rest),
            part=part,
            after=() if place is None else tuple(value is None for value in place.keys),
            arms=len(asked.chain),
            routable=asked.model.routable,
            distinct=route.driver is not None and route.driver.many,
        )
        values = self._values(asked, route) | {"wanted": wanted}
        if place is not None:
            values |= {f"c{number}": value for number, value in enumerate(place.keys)} | {"after": place.id}
        made = partial(statements.page, plan, asked.side, self._db.dialect)
        found = await queries.fetch_all(*self._texts.of(plan, made, values))
        return _arranged(found, asked.keys)[:wanted]

    async def _route(self, queries: Queries, asked: Asked) -> Route:
        """How to find them: see ``plans.py``."""
        own, others = split_own(asked.keys, asked.nodes)
        options = candidates(others)
        if not options:
            return Route("scan", None, own, others)
        ordered = matching(asked.side, asked.keys, asked.nodes)
        if ordered is None or len(options) > 1:
            best, found = await self._weighed(queries, asked, options)
            if found <= FEW:
                return Route("gather", best, (), without(asked.nodes, best))
        if ordered is not None:
            return Route("match", ordered, (), without(asked.nodes, ordered))
        return Route("scan", None, own, others)

    async def _weighed(self, queries: Queries, asked: Asked, options: Sequence[Node]) -> tuple[Node, int]:
        """The condition that the fewest rows pass, and how many (up to ``FEW``)."""
        shapes = tuple(node.shape for node in options)
        arms = len(asked.chain)
        values = self._named(asked, [value for node in options for value in node.values])
        made = partial(weights, shapes, asked.side, arms)
        row = await queries.fetch_one(*self._texts.of(("weights", asked.side.name, shapes, arms), made, values))
        found = [FEW + 1 if row is None else int(row[f"w{number}"]) for number in range(len(options))]
        least = min(range(len(options)), key=found.__getitem__)
        return options[least], found[least]

    async def _total(self, queries: Queries, asked: Asked, route: Route) -> int:
        driver = route.driver
        if driver is None:
            driver = next(iter(candidates(asked.nodes)), None)
        counted = Route("count", driver, (), asked.nodes if driver is None else without(asked.nodes, driver))
        plan = Plan(
            side=asked.side.name,
            mode=counted.mode,
            keys=(("id", False),),
            driver=None if driver is None else driver.shape,
            own=(),
            rest=tuple(node.shape for node in counted.rest),
            part="first",
            after=(),
            arms=len(asked.chain),
            routable=False,
            distinct=driver is not None and driver.many,
        )
        made = partial(statements.total, plan, asked.side, self._db.dialect)
        row = await queries.fetch_one(*self._texts.of(("total", plan), made, self._values(asked, counted)))
        return 0 if row is None else int(row["n"])

    def _values(self, asked: Asked, route: Route) -> dict[str, Any]:
        named = self._named(asked, list(route.values()))
        return named | {f"s{number}": key.number for number, key in enumerate(asked.keys) if key.number}

    def _named(self, asked: Asked, values: Sequence[Any]) -> dict[str, Any]:
        named: dict[str, Any] = {f"p{number}": value for number, value in enumerate(values)}
        named |= {f"l{number}": code for number, code in enumerate(asked.chain)}
        return named | {"type": asked.model.id, "siblings": parent_key(asked.model, None)}


def _parts(keys: Sequence[Key], place: Place | None) -> tuple[Part, ...]:
    """The ranges of the first key that follow the cursor. An index has entries without a value at its beginning, and
    no comparison reaches across their border, so a page there takes two statements.
    """
    if place is None:
        return ("first",)
    if not keys[0].nullable:
        return ("after",)
    if place.keys[0] is None:
        return ("empty_after",) if keys[0].down else ("empty_after", "filled")
    return ("after", "empty") if keys[0].down else ("after",)


def _arranged(rows: list[Row], keys: Sequence[Key]) -> list[Row]:
    """The rows in order. (No engine promises the order of a subquery; texts compare here as their bytes do there.)"""
    if len(rows) < 2:
        return rows
    name = "entry" if "entry" in rows[0] else "id"
    rows = sorted(rows, key=lambda row: str(row[name]), reverse=keys[-1].down)
    for number, key in reversed(list(enumerate(keys))):
        column = f"k{number}"
        rows.sort(key=lambda row, column=column: (row[column] is not None, row[column] or ""), reverse=key.down)  # type: ignore[misc]  # mypy knows no defaults in lambdas
    return rows


def _following(asked: Asked, last: Row) -> str:
    place = Place(
        tuple(last[f"k{number}"] for number in range(len(asked.keys))),
        str(last["entry"] if "entry" in last else last["id"]),
    )
    return sealed(asked.mark, place)
