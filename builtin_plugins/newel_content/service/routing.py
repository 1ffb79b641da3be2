"""Where pages answer: paths made of the slugs of a page and its ancestors, and redirects from where they answered.

A page's part of the path is its published slug in the locale, else its draft's, else that of the default locale. The
page ``index`` at the top answers at the root of the site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newel import Conflict
from newel.contracts.database import Transaction, UniqueViolation
from newel_content.model import SHARED, Catalogue
from newel_content.store import Store
from newel_content.store.routes import MAX_PATH, Part, Route
from newel_content.store.tree import Node

HOME = "index"
MOVED = 301


class Routing:
    """Keeps the routes of published pages. The number of statements does not depend on the size of the subtree."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def refresh(self, tx: Transaction, catalogue: Catalogue, entry: str, now: str) -> dict[str, str]:
        """Makes the routes of a page and of all below it right again; answers the page's own paths by locale.

        Raises ``Conflict`` (``path_taken``, ``path_too_long``).
        """
        above = await self._store.tree.ancestors(tx, entry)
        below = [node for node in await self._store.tree.descendants(tx, entry) if node.deleted_at is None]
        ids = [node.id for node in below]
        parts = await self._store.routes.parts(tx, [*(node.id for node in above[1:]), *ids])
        live = {(row.entry, row.locale) for row in await self._store.versions.published(tx, ids)}
        wanted = _paths(catalogue, above[1:], below, parts, live)
        present = await self._store.routes.of(tx, ids)
        await self._write(tx, catalogue, present, wanted, live, now)
        return {route.locale: route.path for route in wanted if route.entry == entry}

    async def _write(
        self,
        tx: Transaction,
        catalogue: Catalogue,
        present: Sequence[Route],
        wanted: Sequence[Route],
        live: set[tuple[str, str]],
        now: str,
    ) -> None:
        standing = {(route.locale, route.path): route for route in present if route.target is None}
        goal = {(route.locale, route.path): route for route in wanted}
        if len(goal) < len(wanted):
            raise Conflict("two pages would answer at the same path", code="path_taken")
        added = [route for place, route in goal.items() if standing.get(place) != route]
        gone = [route for place, route in standing.items() if goal.get(place) != route]
        if not added and not gone:
            return
        too_long = next((route for route in added if len(route.path) > MAX_PATH), None)
        if too_long is not None:
            raise Conflict(f"the path would have more than {MAX_PATH} characters", code="path_too_long")
        touched = [(route.entry or "", route.locale) for route in (*added, *gone)]
        self._store.feed.touch(tx, catalogue, [place for place in touched if place in live])
        leaving = {(route.locale, route.path) for route in gone}
        taking = {(route.locale, route.path) for route in added}
        removed = list(gone)
        for other in await self._store.routes.at(tx, [route.path for route in added]) if added else ():
            place = (other.locale, other.path)
            if place not in taking or place in leaving:
                continue
            if other.target is None:
                raise Conflict(f"another page answers at '/{other.path}'", code="path_taken")
            removed.append(other)  # an old address gives way to a page
        now_at = {(route.entry or "", route.locale): route.path for route in wanted}
        moved = [
            Route(route.locale, route.path, route.entry, f"/{now_at[route.entry or '', route.locale]}", MOVED)
            for route in gone
            if (route.entry or "", route.locale) in live and (route.locale, route.path) not in goal
            and (route.entry or "", route.locale) in now_at
        ]  # fmt: skip
        await self._store.routes.delete(tx, removed)
        follows = [
            route for route in added if any(one.entry == route.entry and one.locale == route.locale for one in moved)
        ]
        await self._store.routes.follow(tx, follows, now)
        try:
            await self._store.routes.insert(tx, [*added, *moved], now)
        except UniqueViolation as violation:
            raise Conflict("another page took the path at this moment", code="path_taken") from violation


def _paths(
    catalogue: Catalogue,
    above: Sequence[Node],
    below: Sequence[Node],
    parts: Sequence[Part],
    live: set[tuple[str, str]],
) -> list[Route]:
    """The routes that published pages should have. ``above`` is from the parent upwards, ``below`` parents first."""
    slugs: dict[str, dict[tuple[str, str], str]] = {}
    types = {node.id: node.type for node in (*above, *below)}
    for part in parts:
        model = catalogue.by_id.get(types.get(part.entry, ""))
        if model is not None and model.slug is not None and model.slug.number == part.field:
            slugs.setdefault(part.entry, {})[part.stage, part.locale] = part.slug
    routes = []
    for locale in sorted({locale for _, locale in live}):
        paths: dict[str, list[str] | None] = {}
        for node in (*reversed(above), *below):
            slug = _slug(slugs.get(node.id, {}), locale, catalogue.default)
            higher = paths.get(node.parent) if node.parent else []
            paths[node.id] = None if slug is None or higher is None else [*higher, slug]
        for node in below:
            path = paths[node.id]
            if path is not None and (node.id, locale) in live:
                routes.append(Route(locale, "" if path == [HOME] else "/".join(path), node.id))
    return routes


def _slug(known: Mapping[tuple[str, str], str], locale: str, default: str) -> str | None:
    for place in (
        ("published", locale),
        ("draft", locale),
        ("draft", SHARED),
        ("published", default),
        ("draft", default),
    ):
        if place in known:
            return known[place]
    return None
