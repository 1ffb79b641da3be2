"""Rows of changes for readers, and the clock that orders them.

The clock's row is moved, and so held, until the transaction ends: whoever moves it later has a later tick and commits
later. A snapshot that holds a change therefore holds every change with a lower tick. Ticks follow the time, so that
the gaps between them do not tell how much changed that the reader may not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from attrs import frozen
from sqlalchemy import and_, bindparam, case, insert, select, update

from newel.contracts.content import ChangeKind
from newel.contracts.database import Database, Row, Transaction, Value
from newel_content import tables
from newel_content.store.buckets import Bucketed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(microseconds=1)


@frozen
class Told:
    """What one audience knows of a locale of an entry."""

    tick: int
    state: ChangeKind
    version: int
    path: str | None
    at: str


@frozen
class ChangeRow:
    """A row of ``content_changes``. ``type_name`` is the type's name as strangers know it; ``public`` is ``None`` where
    they never knew of the entry.
    """

    entry: str
    locale: str
    space: str
    type: str
    type_name: str
    here: Told
    public: Told | None

    @classmethod
    def of(cls, row: Row) -> ChangeRow:
        named = {name: row[name] for name in NAMED}
        return cls(**named, here=Told(*(row[name] for name in TOLD)), public=_public(row))

    def values(self) -> dict[str, Value]:
        known: dict[str, Value] = {name: getattr(self, name) for name in NAMED}
        known |= {name: getattr(self.here, name) for name in TOLD}
        return known | {f"public_{name}": getattr(self.public, name, None) for name in TOLD}


NAMED = ("entry", "locale", "space", "type", "type_name")
TOLD = ("tick", "state", "version", "path", "at")


def micros(moment: datetime) -> int:
    """Microseconds since 1970: what ticks are counted in."""
    return (moment - EPOCH) // STEP


class ChangeStore:
    """Writes what changed. Each tick is taken by moving the clock, which holds its row until the commit."""

    def __init__(self, db: Database) -> None:
        changes, clock = tables.changes, tables.clock
        space = clock.c.space == bindparam("space_is")
        self._seed = db.render(
            insert(clock).values(space=bindparam("space"), tick=bindparam("tick"), forgotten=0, public_forgotten=0)
        )
        later = case((clock.c.tick < bindparam("now"), bindparam("now_too")), else_=clock.c.tick + 1)
        self._move = db.render(update(clock).where(space).values(tick=later))
        self._moved = db.render(select(clock.c.tick).where(space))
        self._known = Bucketed(
            db,
            lambda items: (
                select(clock.c.tick.label("moved"), *changes.c)
                .select_from(clock.outerjoin(changes, changes.c.entry.in_(items)))
                .where(space)
            ),
        )
        self._insert = db.render(insert(changes))
        names = [column.name for column in changes.columns if column.name not in ("entry", "locale", "space")]
        this = and_(changes.c.entry == bindparam("entry_is"), changes.c.locale == bindparam("locale_is"))
        self._update = db.render(update(changes).where(this).values({name: bindparam(name) for name in names}))

    async def seed(self, tx: Transaction, space: str) -> None:
        """The clock of a new space."""
        await tx.execute(self._seed, {"space": space, "tick": 1})

    async def move(self, tx: Transaction, space: str, now: datetime) -> None:
        """Moves the clock to now, or by one where it is there already. Others who do so wait for this transaction."""
        await tx.execute(self._move, {"space_is": space, "now": micros(now), "now_too": micros(now)})

    async def moved(self, tx: Transaction, space: str) -> int:
        """The tick that this transaction has taken."""
        row = await tx.fetch_one(self._moved, {"space_is": space})
        assert row is not None  # noqa: S101 - every space has its clock
        return int(row["tick"])

    async def known(
        self, tx: Transaction, space: str, entries: Sequence[str]
    ) -> tuple[int, Mapping[tuple[str, str], ChangeRow]]:
        """The tick that this transaction has taken, and what is written of entries."""
        rows = await self._known.fetch_all(tx, entries, {"space_is": space})
        kept = (ChangeRow.of(row) for row in rows if row["entry"] is not None)
        return int(rows[0]["moved"]), {(one.entry, one.locale): one for one in kept}

    async def insert(self, tx: Transaction, rows: Sequence[ChangeRow]) -> None:
        await tx.execute_many(self._insert, [row.values() for row in rows])

    async def update(self, tx: Transaction, rows: Sequence[ChangeRow]) -> None:
        given = []
        for row in rows:
            values = row.values()
            del values["space"]
            given.append({"entry_is": values.pop("entry"), "locale_is": values.pop("locale"), **values})
        await tx.execute_many(self._update, given)


def _public(row: Row) -> Told | None:
    return None if row["public_tick"] is None else Told(*(row[f"public_{name}"] for name in TOLD))
