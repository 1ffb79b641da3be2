"""Rows of content types and their history. They are read with the catalogue."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, update

from newel.contracts.content import ContentType
from newel.contracts.database import Database, Queries, Row, Transaction
from newel_content import tables
from newel_content.store.catalogue import definition, type_row


class TypeStore:
    """Writes types; every revision leaves a row of history."""

    def __init__(self, db: Database) -> None:
        types, history = tables.types, tables.type_history
        self._insert = db.render(insert(types))
        names = ("name", "revision", "definition", "next_number", "updated_at")
        self._update = db.render(
            update(types).where(types.c.id == bindparam("id_is")).values({name: bindparam(name) for name in names})
        )
        self._delete = db.render(delete(types).where(types.c.id == bindparam("id_is")))
        self._note = db.render(insert(history))
        self._history = db.render(
            select(history).where(history.c.type == bindparam("type")).order_by(history.c.revision.desc())
        )

    async def insert(self, tx: Transaction, type: ContentType, next_number: int, author: str) -> None:
        """Raises ``UniqueViolation`` when the name is taken."""
        await tx.execute(self._insert, type_row(type, next_number))
        await self._noted(tx, type, author)

    async def update(self, tx: Transaction, type: ContentType, next_number: int, author: str) -> None:
        """Raises ``UniqueViolation`` when the name is taken."""
        row = type_row(type, next_number)
        names = ("name", "revision", "definition", "next_number", "updated_at")
        await tx.execute(self._update, {"id_is": type.id, **{name: row[name] for name in names}})
        await self._noted(tx, type, author)

    async def delete(self, tx: Transaction, id: str) -> None:
        """The history stays. Raises ``ForeignKeyViolation`` while entries are there."""
        await tx.execute(self._delete, {"id_is": id})

    async def history(self, queries: Queries, id: str) -> list[Row]:
        return await queries.fetch_all(self._history, {"type": id})

    async def _noted(self, tx: Transaction, type: ContentType, author: str) -> None:
        await tx.execute(
            self._note,
            {
                "type": type.id, "revision": type.revision, "definition": definition(type), "author": author,
                "created_at": type.updated_at,
            },
        )  # fmt: skip
