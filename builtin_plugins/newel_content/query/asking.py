"""A list that was asked for, read and checked before the database hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from newel import Malformed, NotFound, Problem
from newel.contracts.content import ListQuery
from newel_content.config import ContentConfig
from newel_content.model import Catalogue, Model
from newel_content.query.cursors import Place, list_mark, opened
from newel_content.query.grammar import read_filter
from newel_content.query.nodes import Node
from newel_content.query.sides import PUBLISHED, Side
from newel_content.query.sorting import Key, read_sort


@frozen
class Asked:
    """What to list. ``mark`` tells the list from every other one: cursors are bound to it."""

    side: Side
    model: Model
    keys: tuple[Key, ...]
    nodes: tuple[Node, ...]
    chain: tuple[str, ...]
    """The locale, and those that stand in for it."""
    limit: int
    place: Place | None
    mark: bytes
    count: bool


@frozen
class Asker:
    """Reads queries. ``now`` tells the time that ``$NOW`` is."""

    config: ContentConfig
    now: Callable[[], datetime]

    def read(
        self,
        catalogue: Catalogue,
        side: Side,
        model: Model,
        query: ListQuery,
        chain: tuple[str, ...],
        visible: Callable[[Model], bool],
    ) -> Asked:
        """Raises ``Malformed`` for filter, sort and cursor."""
        keys = read_sort(side, model, query.sort)
        nodes = read_filter(catalogue, side, model, query.filter, self.config, self.now(), visible)
        order = [(key.name, key.number, key.down) for key in keys]
        mark = list_mark(model.id, side.name, chain, order, query.filter)
        place = None if query.cursor is None else opened(mark, query.cursor, keys)
        return Asked(side, model, keys, nodes, chain, query.limit, place, mark, query.count == "exact")


def listable(catalogue: Catalogue, name: str, visible: Callable[[Model], bool]) -> Model:
    """The type of that name, if it has entries and may be seen. Raises ``NotFound``."""
    model = catalogue.models.get(name)
    if model is None or model.kind == "block" or not visible(model):
        raise NotFound(f"there is no content type '{name}'")
    return model


def locales_of(catalogue: Catalogue, query: ListQuery, side: Side = PUBLISHED) -> tuple[str, ...]:
    """The asked locale and, for readers who want gaps filled, those that stand in for it."""
    try:
        locale = catalogue.locale(query.locale)
    except Malformed as error:
        raise Malformed(error.detail, problems=[Problem("/locale", "unknown", error.detail)]) from None
    if side is not PUBLISHED or not query.fallback:
        return (locale,)
    first, *others = catalogue.chain(locale)
    return (first, *(code for code in others if catalogue.locales[code].enabled))
