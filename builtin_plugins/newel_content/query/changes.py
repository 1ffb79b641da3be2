"""What changed for readers, page by page.

A token holds a place in the order of ticks, and where a reader without a token began: what was unpublished by then such
a reader never had, so it is not told. Like cursors, tokens are no secret, and a forged one wins nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import and_, bindparam, func, or_, select, tuple_

from newel import Malformed, Problem
from newel.contracts.content import ChangePage, ContentChange
from newel.contracts.database import Database, Dialect, Queries, Row
from newel.ids import is_id
from newel_content import tables
from newel_content.model import Catalogue, Model
from newel_content.query.cursors import list_mark, packed, unpacked
from newel_content.query.texts import Texts
from newel_content.service.showing import address_of

MAX_TICK = 2**63 - 1
CODE_LENGTH = 35


@frozen
class Token:
    """Behind which change to go on: tick, entry and locale; and the last tick before the reader began."""

    tick: int
    entry: str
    locale: str
    begun: int


class Changes:
    """Reads ``content_changes`` for one of two audiences: strangers, or those who may read all types."""

    def __init__(self, db: Database) -> None:
        self._dialect = db.dialect
        self._texts = Texts(db)

    async def page(
        self,
        queries: Queries,
        catalogue: Catalogue,
        since: str | None,
        limit: int,
        visible: Callable[[Model], bool],
        *,
        private: bool,
    ) -> ChangePage:
        """Two statements. Raises ``Malformed``."""
        mark = list_mark("changes", catalogue.space, private)
        given = None if since is None else _token(mark, since)
        ends = await self._fetch(queries, ("ends", private), _ends, private, space=catalogue.space)
        forgotten, newest = (0, 0) if not ends else (int(ends[0]["forgotten"]), int(ends[0]["newest"] or 0))
        token = given or Token(0, "", "", max(newest, forgotten))
        if max(token.tick, token.begun) < forgotten:
            raise _refused("expired", "is too old: what was unpublished since is not known any more; begin anew")
        rows = await self._fetch(
            queries, ("page", private), partial(_page, self._dialect), private,
            space=catalogue.space, tick=token.tick, tick_too=token.tick, entry=token.entry, entry_too=token.entry,
            locale=token.locale, begun=token.begun, wanted=limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        if shown:
            last = shown[-1]
            token = Token(int(last["tick"]), str(last["entry"]), str(last["locale"]), token.begun)
        found = [(int(row["tick"]), _change(catalogue, row, visible)) for row in shown]
        data = tuple(one for tick, one in found if one.change == "published" or tick > token.begun)
        following = packed(mark, [token.tick, token.entry, token.locale, token.begun])
        return ChangePage(data=data, next=following, more=len(rows) > limit)

    async def _fetch(
        self, queries: Queries, shape: tuple[str, bool], make: Callable[[bool], Any], private: bool, **values: Any
    ) -> list[Row]:
        return await queries.fetch_all(*self._texts.of(shape, partial(make, private), values))


def _ends(private: bool) -> Any:
    """Up to where changes are forgotten, and the last that this audience may know of."""
    clock, tick = tables.clock, _column("tick", private)
    newest = select(func.max(tick)).where(tables.changes.c.space == clock.c.space).scalar_subquery()
    forgotten = clock.c.forgotten if private else clock.c.public_forgotten
    return select(forgotten.label("forgotten"), newest.label("newest")).where(clock.c.space == bindparam("space"))


def _page(dialect: Dialect, private: bool) -> Any:
    changes = tables.changes
    tick, state = _column("tick", private), _column("state", private)
    if dialect == "mysql":  # it seeks by the parts of an index in this form only
        here = or_(
            changes.c.entry > bindparam("entry"),
            and_(changes.c.entry == bindparam("entry_too"), changes.c.locale > bindparam("locale")),
        )
        behind = or_(tick > bindparam("tick"), and_(tick == bindparam("tick_too"), here))
    else:
        place = tuple_(bindparam("tick"), bindparam("entry"), bindparam("locale"))
        behind = tuple_(tick, changes.c.entry, changes.c.locale) > place
    # None of them is empty, and so PostgreSQL finds its index, which has NULL at the end.
    ordered = tick.asc().nulls_last() if dialect == "postgresql" else tick
    told = [_column(name, private).label(name) for name in ("tick", "state", "version", "path", "at")]
    return (
        select(changes.c.entry, changes.c.locale, changes.c.type, changes.c.type_name, *told)
        .where(changes.c.space == bindparam("space"), behind, or_(state == "published", tick > bindparam("begun")))
        .order_by(ordered, changes.c.entry, changes.c.locale)
        .limit(bindparam("wanted"))
    )


def _column(name: str, private: bool) -> Any:
    return tables.changes.c[name if private else f"public_{name}"]


def _change(catalogue: Catalogue, row: Row, visible: Callable[[Model], bool]) -> ContentChange:
    """A row as readers see it. What is published in a locale that is switched off cannot be read."""
    model, locale = catalogue.by_id.get(row["type"]), catalogue.locales.get(row["locale"])
    known = model is not None and visible(model)
    served = known and locale is not None and locale.enabled
    return ContentChange(
        entry=row["entry"],
        type=model.name if model is not None and known else row["type_name"],
        locale=row["locale"],
        change=row["state"] if served else "unpublished",
        version=row["version"],
        path=address_of(row["path"]),
        at=row["at"],
    )


def _token(mark: bytes, since: str) -> Token:
    match unpacked(mark, since):
        case [int(tick), str(entry), str(locale), int(begun)] if (
            0 <= tick <= MAX_TICK
            and 0 <= begun <= MAX_TICK
            and (not entry or is_id(entry))
            and len(locale) <= CODE_LENGTH
            and "\0" not in locale
        ):
            return Token(tick, entry, locale, begun)
    raise _refused("token", "is no token of this feed: leave it out to begin anew")


def _refused(code: str, detail: str) -> Malformed:
    return Malformed("the token cannot be used", problems=[Problem("/since", code, detail)])
