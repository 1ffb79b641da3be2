"""Rows of entries, and which addresses each revision changed.

``parent_key`` says among whom an entry is ordered, and (for pages) among whom its slug is unique: the parent's id,
``root:<space>`` for pages at the top, ``type:<type>`` for all that is in no tree, and ``trash:<entry>`` in the trash,
where nobody is in anybody's way.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from attrs import frozen
from sqlalchemy import and_, bindparam, delete, insert, or_, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel.ids import is_id
from newel_content import tables
from newel_content.model import Model
from newel_content.store.buckets import Bucketed

PLACE = "@place"
"""The address of an entry's place in the tree."""
STATE = "@state"
"""The address of an entry's published locales and of its being in the trash."""


@frozen
class EntryRow:
    """A row of ``content_entries``."""

    id: str
    space: str
    type: str
    parent: str | None
    parent_key: str
    position: str
    revision: int
    document: str
    author: str
    created_at: str
    updated_at: str
    deleted_at: str | None

    @classmethod
    def of(cls, row: Row) -> EntryRow:
        return cls(**{name: row[name] for name in COLUMNS})

    def values(self) -> dict[str, Value]:
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS = tuple(EntryRow.__annotations__)


def parent_key(model: Model, parent: str | None) -> str:
    """Among whom an entry of this type stands."""
    if not model.routable:
        return f"type:{model.id}"
    return parent or f"root:{model.type.space}"


def trash_key(entry: str) -> str:
    return f"trash:{entry}"


class EntryStore:
    """Reads and writes single entries. The tree is in ``TreeStore``."""

    def __init__(self, db: Database) -> None:
        entries, edits = tables.entries, tables.edits
        self._insert = db.render(insert(entries))
        one = select(entries).where(entries.c.id == bindparam("id"))
        self._get = db.render(one)
        self._lock = db.render(one.with_for_update())
        self._many = Bucketed(db, lambda items: select(entries).where(entries.c.id.in_(items)))
        self._lock_many = Bucketed(
            db, lambda items: select(entries).where(entries.c.id.in_(items)).order_by(entries.c.id).with_for_update()
        )
        self._targets = Bucketed(
            db,
            lambda items: (
                select(entries.c.id, entries.c.type)
                .where(entries.c.id.in_(items), entries.c.deleted_at.is_(None))
                .with_for_update(read=True)
            ),
        )
        this = entries.c.id == bindparam("id_is")
        self._save = db.render(
            update(entries)
            .where(this)
            .values({name: bindparam(name) for name in ("document", "revision", "updated_at")})
        )
        self._place = db.render(
            update(entries)
            .where(this)
            .values({name: bindparam(name) for name in ("parent", "parent_key", "position", "revision", "updated_at")})
        )
        self._touch = db.render(
            update(entries).where(this).values(revision=bindparam("revision"), updated_at=bindparam("updated_at"))
        )
        self._bin = db.render(
            update(entries)
            .where(this)
            .values(
                {name: bindparam(name) for name in ("parent_key", "position", "deleted_at", "revision", "updated_at")}
            )
        )
        self._trash = db.render(
            select(entries)
            .where(
                entries.c.deleted_at.is_not(None),
                or_(
                    entries.c.deleted_at < bindparam("when"),
                    and_(entries.c.deleted_at == bindparam("when_too"), entries.c.id > bindparam("after")),
                ),
            )
            .order_by(entries.c.deleted_at.desc(), entries.c.id)
            .limit(bindparam("limit"))
        )
        self._purge = db.render(delete(entries).where(this))
        self._edit = db.render(insert(edits))
        self._edits = db.render(
            select(edits.c.addresses).where(edits.c.entry == bindparam("entry"), edits.c.revision > bindparam("since"))
        )
        self._forget = db.render(
            delete(edits).where(edits.c.entry == bindparam("entry"), edits.c.revision <= bindparam("upto"))
        )

    async def insert(self, tx: Transaction, row: EntryRow) -> None:
        """Raises ``UniqueViolation`` when the position is taken."""
        await tx.execute(self._insert, row.values())

    async def get(self, queries: Queries, id: str) -> EntryRow | None:
        if not is_id(id):
            return None  # and no engine is asked for text that it may not know
        row = await queries.fetch_one(self._get, {"id": id})
        return None if row is None else EntryRow.of(row)

    async def lock(self, tx: Transaction, id: str) -> EntryRow | None:
        """The row, which nobody else changes until the transaction ends."""
        if not is_id(id):
            return None
        row = await tx.fetch_one(self._lock, {"id": id})
        return None if row is None else EntryRow.of(row)

    async def many(self, queries: Queries, ids: Sequence[str]) -> list[EntryRow]:
        return [EntryRow.of(row) for row in await self._many.fetch_all(queries, ids)]

    async def lock_many(self, tx: Transaction, ids: Sequence[str]) -> list[EntryRow]:
        """Locked in order of id, so that two of these never wait for each other."""
        return [EntryRow.of(row) for row in await self._lock_many.fetch_all(tx, sorted(ids))]

    async def targets(self, tx: Transaction, ids: Sequence[str]) -> dict[str, str]:
        """The type of each id that is an entry outside the trash. They stay so until the transaction ends."""
        known = [id for id in ids if is_id(id)]
        return {str(row["id"]): str(row["type"]) for row in await self._targets.fetch_all(tx, known)}

    async def save(self, tx: Transaction, id: str, document: str, revision: int, now: str) -> None:
        await tx.execute(self._save, {"id_is": id, "document": document, "revision": revision, "updated_at": now})

    async def save_many(self, tx: Transaction, rows: Sequence[EntryRow], now: str) -> None:
        """Documents and revisions of several entries."""
        await tx.execute_many(
            self._save,
            [{"id_is": row.id, "document": row.document, "revision": row.revision, "updated_at": now} for row in rows],
        )

    async def place(
        self, tx: Transaction, id: str, parent: str | None, key: str, position: str, revision: int, now: str
    ) -> None:
        """Raises ``UniqueViolation`` when the position is taken."""
        values: dict[str, Value] = {"parent": parent, "parent_key": key, "position": position}
        await tx.execute(self._place, {"id_is": id, "revision": revision, "updated_at": now, **values})

    async def touch(self, tx: Transaction, row: EntryRow) -> None:
        """Writes the revision and the time of an entry, nothing else."""
        await tx.execute(self._touch, {"id_is": row.id, "revision": row.revision, "updated_at": row.updated_at})

    async def bin(self, tx: Transaction, rows: Sequence[EntryRow]) -> None:
        """Puts entries into the trash, or takes them out: writes place, revision, time and ``deleted_at``."""
        names = ("parent_key", "position", "deleted_at", "revision", "updated_at")
        await tx.execute_many(
            self._bin, [{"id_is": row.id, **{name: getattr(row, name) for name in names}} for row in rows]
        )

    async def trash(self, queries: Queries, when: str, after: str, limit: int) -> list[EntryRow]:
        """What was thrown away before a time (or at it, with a greater id), the latest first."""
        values: dict[str, Value] = {"when": when, "when_too": when, "after": after, "limit": limit}
        return [EntryRow.of(row) for row in await queries.fetch_all(self._trash, values)]

    async def purge(self, tx: Transaction, ids: Sequence[str]) -> None:
        """Deletes rows for good, children before parents, as given; edits, versions and all go along."""
        await tx.execute_many(self._purge, [{"id_is": id} for id in ids])

    async def edit(self, tx: Transaction, edits: Sequence[tuple[str, int, Sequence[str]]]) -> None:
        """Notes what (entry, revision) changed."""
        await tx.execute_many(
            self._edit,
            [
                {"entry": entry, "revision": revision, "addresses": orjson.dumps(sorted(addresses)).decode()}
                for entry, revision, addresses in edits
            ],
        )

    async def edits_since(self, queries: Queries, entry: str, revision: int) -> list[set[str]]:
        """The addresses of every later revision that is still known."""
        rows = await queries.fetch_all(self._edits, {"entry": entry, "since": revision})
        return [set(orjson.loads(row["addresses"])) for row in rows]

    async def forget_edits(self, tx: Transaction, entry: str, upto: int) -> None:
        await tx.execute(self._forget, {"entry": entry, "upto": upto})
