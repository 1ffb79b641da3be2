"""Types and locales as one cached value. A request costs one statement of one row; the rest only after a change.

The stamp is a fresh ULID with every change, never a counter: a change that is rolled back leaves a stamp that nobody
will ever write again, so what was cached under it is never served.
"""

from __future__ import annotations

from typing import Any, Literal

import orjson
from sqlalchemy import bindparam, insert, select, update

from newel.contracts.content import MAIN, ContentType, Field, Locale
from newel.contracts.database import Database, Queries, Row, Transaction, UniqueViolation, Value
from newel.ids import Ids
from newel_content import tables
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.model import Catalogue, Model

DEFINED = ("label", "kind", "fields", "public", "parents")
"""What of a type stands in its definition; the rest has columns."""


class CatalogueStore:
    """Loads and stamps the catalogue of each space."""

    def __init__(self, db: Database, field_types: FieldTypes, ids: Ids) -> None:
        self._field_types = field_types
        self._ids = ids
        self._kept: dict[str, Catalogue] = {}
        self._models: dict[tuple[str, str], Model] = {}
        schema, types, locales = tables.schema, tables.types, tables.locales
        space = schema.c.space == bindparam("space")
        self._stamp = db.render(select(schema.c.stamp).where(space))
        self._stamp_shared = db.render(select(schema.c.stamp).where(space).with_for_update(read=True))
        self._stamp_alone = db.render(select(schema.c.stamp).where(space).with_for_update())
        self._restamp = db.render(update(schema).where(space).values(stamp=bindparam("stamp")))
        self._first = db.render(insert(schema).values(space=bindparam("space"), stamp=bindparam("stamp")))
        self._types = db.render(select(types).where(types.c.space == bindparam("space")).order_by(types.c.name))
        self._locales = db.render(
            select(locales)
            .where(locales.c.space == bindparam("space"))
            .order_by(locales.c.is_default.desc(), locales.c.created_at, locales.c.code)
        )

    async def load(
        self, queries: Queries, space: str = MAIN, *, lock: Literal["no", "shared", "alone"] = "no"
    ) -> Catalogue:
        """The catalogue as it is now.

        ``shared`` (in a transaction): nobody changes it until the end of that. ``alone``: nor does anybody else write
        content; that is for changes of the catalogue and of the shape of a tree.
        """
        statement = {"no": self._stamp, "shared": self._stamp_shared, "alone": self._stamp_alone}[lock]
        row = await queries.fetch_one(statement, {"space": space})
        stamp = "" if row is None else str(row["stamp"])
        kept = self._kept.get(space)
        if kept is not None and kept.stamp == stamp:
            return kept
        types = await queries.fetch_all(self._types, {"space": space})
        locales = await queries.fetch_all(self._locales, {"space": space})
        models = [self._model(row) for row in types]
        made = Catalogue(
            space,
            stamp,
            {model.name: model for model in models},
            {model.id: model for model in models},
            {str(row["code"]): _locale(row) for row in locales},
        )
        self._kept[space] = made
        self._models = {(model.id, self._signature(row)): model for model, row in zip(models, types, strict=True)}
        return made

    def peek(self, name: str, space: str = MAIN) -> Model | None:
        """A type as it was when anybody last looked: a hint, without a statement."""
        kept = self._kept.get(space)
        return None if kept is None else kept.models.get(name)

    def forget(self) -> None:
        """Binds every field anew at the next look: other field types are there."""
        self._kept.clear()
        self._models.clear()

    async def renew(self, tx: Transaction, space: str = MAIN) -> None:
        """Gives the catalogue a new stamp: the last thing a change of types or locales does."""
        await tx.execute(self._restamp, {"space": space, "stamp": self._ids.new()})

    async def seed(self, tx: Transaction, space: str = MAIN) -> bool:
        """The space's first stamp; says whether this made it."""
        try:
            async with tx.savepoint():
                await tx.execute(self._first, {"space": space, "stamp": self._ids.new()})
        except UniqueViolation:
            return False
        return True

    def _signature(self, row: Row) -> str:
        return f"{row['revision']} {row['updated_at']} {row['name']} {row['definition']}"

    def _model(self, row: Row) -> Model:
        """The decoded type; one that has not changed is not decoded again."""
        known = self._models.get((str(row["id"]), self._signature(row)))
        return known or self._field_types.model(content_type(row), int(row["next_number"]))


def content_type(row: Row) -> ContentType:
    """A row of ``content_types``, decoded."""
    defined = orjson.loads(row["definition"])
    return ContentType(
        name=str(row["name"]),
        label=defined["label"],
        kind=defined["kind"],
        fields=tuple(Field(**one) for one in defined["fields"]),
        public=defined["public"],
        parents=tuple(defined["parents"]),
        space=str(row["space"]),
        id=str(row["id"]),
        revision=int(row["revision"]),
        created_at=str(row["created_at"]),
        updated_at=str(row["updated_at"]),
    )


def definition(type: ContentType) -> str:
    """What of a type is stored as JSON; the same bytes for the same definition."""
    plain: dict[str, Any] = {name: getattr(type, name) for name in DEFINED}
    plain["fields"] = [_field(one) for one in type.fields]
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def _field(one: Field) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Field.__annotations__}


def _locale(row: Row) -> Locale:
    return Locale(
        code=str(row["code"]),
        label=str(row["label"]),
        enabled=bool(row["enabled"]),
        default=bool(row["is_default"]),
        fallback=row["fallback"],
    )


def type_row(type: ContentType, next_number: int) -> dict[str, Value]:
    """A type as a row of ``content_types``."""
    return {
        "id": type.id, "space": type.space, "name": type.name, "kind": type.kind, "revision": type.revision,
        "definition": definition(type), "next_number": next_number,
        "created_at": type.created_at, "updated_at": type.updated_at,
    }  # fmt: skip
