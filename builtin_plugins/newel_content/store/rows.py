"""Index and reference rows: only what differs is written."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from newel.contracts.content import Stage
from newel.contracts.database import Database, Queries, Row, Transaction, Value
from newel_content import tables
from newel_content.documents.rows import USES, IndexRow, ReferenceRow
from newel_content.store.buckets import Bucketed


@frozen
class Use:
    """Somebody points at an entry."""

    source: str
    type: str
    field: int
    place: str
    stage: str
    locale: str
    target: str
    on_delete: str


class RowStore:
    """Writes the rows that ``documents.rows`` makes, and answers who points at whom."""

    def __init__(self, db: Database) -> None:
        index, references, entries = tables.index, tables.references, tables.entries
        self._add_index = db.render(insert(index))
        self._drop_index = db.render(
            delete(index).where(
                index.c.entry == bindparam("entry"),
                index.c.field == bindparam("field"),
                index.c.stage == bindparam("stage"),
                index.c.locale == bindparam("locale"),
                index.c.ordinal == bindparam("ordinal"),
            )
        )
        self._clear_index = db.render(
            delete(index).where(
                index.c.entry == bindparam("entry"),
                index.c.stage == bindparam("stage"),
                index.c.locale == bindparam("locale"),
            )
        )
        self._taken = Bucketed(
            db, lambda items: select(index.c.unique_key, index.c.entry).where(index.c.unique_key.in_(items))
        )
        self._wipe_index = Bucketed(db, lambda items: delete(index).where(index.c.entry.in_(items)))
        self._wipe_references = Bucketed(
            db,
            lambda items: delete(references).where(
                references.c.source.in_(items), or_(references.c.outside.is_(None), references.c.stage == "published")
            ),
        )
        self._index_of_field = db.render(
            delete(index).where(index.c.type == bindparam("type"), index.c.field == bindparam("field"))
        )
        of_type = select(entries.c.id).where(entries.c.type == bindparam("type"))
        self._references_of_field = db.render(
            delete(references).where(
                references.c.field == bindparam("field"), references.c.place == "", references.c.source.in_(of_type)
            )
        )
        self._outside_of_block_field = db.render(
            delete(references).where(
                references.c.field == bindparam("field"), references.c.target == bindparam("type"),
                references.c.outside.is_not(None),
            )
        )  # fmt: skip
        self._change_rule = db.render(
            update(references)
            .where(
                references.c.field == bindparam("field_is"), references.c.place == "", references.c.source.in_(of_type)
            )
            .values(on_delete=bindparam("on_delete"))
        )
        self._drop_drafts = Bucketed(
            db,
            lambda items: delete(references).where(references.c.source.in_(items), references.c.stage == "draft"),
        )
        self._add_reference = db.render(insert(references))
        self._drop_reference = db.render(
            delete(references).where(
                references.c.source == bindparam("source"),
                references.c.stage == bindparam("stage"),
                references.c.locale == bindparam("locale"),
                references.c.place == bindparam("place"),
                references.c.field == bindparam("field"),
                references.c.ordinal == bindparam("ordinal"),
            )
        )
        self._clear_references = db.render(
            delete(references).where(
                references.c.source == bindparam("source"),
                references.c.stage == bindparam("stage"),
                references.c.locale == bindparam("locale"),
            )
        )
        used = (
            select(
                references.c.source, references.c.field, references.c.place, references.c.stage,
                references.c.locale, references.c.target, references.c.on_delete, entries.c.type,
            )
            .join(entries, entries.c.id == references.c.source)
            .order_by(references.c.source, references.c.stage, references.c.field, references.c.locale)
        )  # fmt: skip
        self._uses = Bucketed(db, lambda items: used.where(references.c.target.in_(items)))
        self._uses_from = Bucketed(
            db,
            lambda items: used.where(references.c.target == bindparam("target"), references.c.source.in_(items)),
        )
        self._sources = db.render(
            select(references.c.source)
            .distinct()
            .where(references.c.target == bindparam("target"), references.c.source > bindparam("after"))
            .order_by(references.c.source)
            .limit(bindparam("limit"))
        )
        self._outside = Bucketed(
            db,
            lambda items: select(
                references.c.source, references.c.field, references.c.stage, references.c.locale,
                references.c.target, references.c.outside, entries.c.type,
            )
            .join(entries, entries.c.id == references.c.source)
            .where(references.c.outside.in_(items))
            .order_by(
                references.c.outside, references.c.source, references.c.stage, references.c.locale,
                references.c.field, references.c.place, references.c.ordinal,
            )
            .limit(bindparam("limit")),
        )  # fmt: skip
        self._in_use = db.render(
            select(func.count().label("count"))
            .select_from(references)
            .where(references.c.target == bindparam("target"))
        )
        code = bindparam("code", type_=index.c.locale.type).label("locale")
        copied = select(index.c.entry, index.c.type, index.c.field, index.c.stage, code, index.c.ordinal).where(
            index.c.stage == "draft", index.c.locale == bindparam("default_code"), index.c.ordinal == 0
        )
        self._new_locale = db.render(
            insert(index).from_select(["entry", "type", "field", "stage", "locale", "ordinal"], copied)
        )
        self._old_locale = db.render(delete(index).where(index.c.locale == bindparam("code")))

    # -- index ------------------------------------------------------------------------------------------------------

    async def replace_index(
        self,
        tx: Transaction,
        entry: str,
        type: str,
        stage: Stage,
        before: Sequence[IndexRow],
        after: Sequence[IndexRow],
    ) -> None:
        """Two statements at most. Raises ``UniqueViolation``."""
        old, new = set(before), set(after)
        await tx.execute_many(
            self._drop_index,
            [
                {"entry": entry, "stage": stage, "field": row.field, "locale": row.locale, "ordinal": row.ordinal}
                for row in before
                if row not in new
            ],
        )
        await self.add_index(tx, type, stage, [(entry, row) for row in after if row not in old])

    async def add_index(self, tx: Transaction, type: str, stage: Stage, rows: Sequence[tuple[str, IndexRow]]) -> None:
        """Raises ``UniqueViolation``."""
        await tx.execute_many(self._add_index, [_index_values(entry, type, stage, row) for entry, row in rows])

    async def clear_index(self, tx: Transaction, entry: str, stage: Stage, locale: str) -> None:
        await tx.execute(self._clear_index, {"entry": entry, "stage": stage, "locale": locale})

    async def clear_field(self, tx: Transaction, type: str, field: int) -> None:
        await tx.execute(self._index_of_field, {"type": type, "field": field})

    async def clear_field_references(self, tx: Transaction, type: str, field: int) -> None:
        await tx.execute(self._references_of_field, {"type": type, "field": field})

    async def clear_block_field(self, tx: Transaction, type: str, field: int) -> None:
        """What a field of a block type points at outside of content."""
        await tx.execute(self._outside_of_block_field, {"type": type, "field": field})

    async def change_rule(self, tx: Transaction, type: str, field: int, on_delete: str) -> None:
        """What happens to a reference field of all entries of a type when its target is deleted."""
        await tx.execute(self._change_rule, {"type": type, "field_is": field, "on_delete": on_delete})

    async def drop_draft_references(self, tx: Transaction, entries: Sequence[str]) -> None:
        await self._drop_drafts.execute(tx, entries)

    async def taken(self, queries: Queries, keys: Sequence[str], entry: str) -> set[str]:
        """Which of these unique keys other entries have."""
        return {key for key, holder in (await self.holders(queries, keys)).items() if holder != entry}

    async def holders(self, queries: Queries, keys: Sequence[str]) -> dict[str, str]:
        """The entries that have these unique keys."""
        return {str(row["unique_key"]): str(row["entry"]) for row in await self._taken.fetch_all(queries, keys)}

    async def wipe(self, tx: Transaction, entries: Sequence[str]) -> None:
        """Removes all index rows of entries, and rows of what they point at; not what drafts point at outside."""
        await self._wipe_index.execute(tx, entries)
        await self._wipe_references.execute(tx, entries)

    async def new_locale(self, tx: Transaction, code: str, default: str) -> None:
        """Gives every draft its (empty) index rows in a new locale."""
        await tx.execute(self._new_locale, {"code": code, "default_code": default})

    async def old_locale(self, tx: Transaction, code: str) -> None:
        await tx.execute(self._old_locale, {"code": code})

    # -- references -------------------------------------------------------------------------------------------------

    async def replace_references(
        self, tx: Transaction, entry: str, stage: Stage, before: Sequence[ReferenceRow], after: Sequence[ReferenceRow]
    ) -> None:
        """Two statements at most."""
        old, new = set(before), set(after)
        await tx.execute_many(
            self._drop_reference,
            [
                {
                    "source": entry, "stage": stage, "locale": row.locale, "place": row.place,
                    "field": row.field, "ordinal": row.ordinal,
                }
                for row in before
                if row not in new
            ],
        )  # fmt: skip
        await self.add_references(tx, stage, [(entry, row) for row in after if row not in old])

    async def add_references(self, tx: Transaction, stage: Stage, rows: Sequence[tuple[str, ReferenceRow]]) -> None:
        await tx.execute_many(
            self._add_reference,
            [
                {
                    "source": entry, "stage": stage, "field": row.field, "place": row.place, "locale": row.locale,
                    "ordinal": row.ordinal, "target": row.target, "on_delete": row.on_delete, "outside": row.outside,
                }
                for entry, row in rows
            ],
        )  # fmt: skip

    async def clear_references(self, tx: Transaction, entry: str, stage: Stage, locale: str) -> None:
        await tx.execute(self._clear_references, {"source": entry, "stage": stage, "locale": locale})

    async def uses(self, queries: Queries, targets: Sequence[str]) -> list[Use]:
        """Who points at these entries, in order of source."""
        return [_use(row) for row in await self._uses.fetch_all(queries, targets) if row["field"] != USES]

    async def sources(self, queries: Queries, target: str, after: str, limit: int) -> list[str]:
        """The entries that point at one, in order of id."""
        rows = await queries.fetch_all(self._sources, {"target": target, "after": after, "limit": limit})
        return [str(row["source"]) for row in rows]

    async def uses_from(self, queries: Queries, target: str, sources: Sequence[str]) -> list[Use]:
        """How these entries point at one."""
        return [_use(row) for row in await self._uses_from.fetch_all(queries, sources, {"target": target})]

    async def outside(self, queries: Queries, names: Sequence[str], limit: int) -> list[Row]:
        """Who points at these (``kind:id``) outside of content: the first ``limit``."""
        return (await self._outside.fetch_all(queries, sorted(set(names)), {"limit": limit}))[:limit]

    async def count_uses(self, queries: Queries, target: str) -> int:
        """How many rows point at an entry or use a block type."""
        row = await queries.fetch_one(self._in_use, {"target": target})
        return 0 if row is None else int(row["count"])


def _index_values(entry: str, type: str, stage: Stage, row: IndexRow) -> dict[str, Value]:
    return {
        "entry": entry, "type": type, "field": row.field, "stage": stage, "locale": row.locale,
        "ordinal": row.ordinal, "sort_key": row.sort_key, "text_value": row.text_value, "unique_key": row.unique_key,
    }  # fmt: skip


def _use(row: Row) -> Use:
    return Use(
        source=str(row["source"]), type=str(row["type"]), field=int(row["field"]), place=str(row["place"]),
        stage=str(row["stage"]), locale=str(row["locale"]), target=str(row["target"]), on_delete=str(row["on_delete"]),
    )  # fmt: skip
