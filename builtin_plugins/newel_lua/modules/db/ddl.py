"""Definitions as SQLAlchemy tables, and the statements that make and change them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    func,
    quoted_name,
    select,
    update,
)
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable, DropTable
from sqlalchemy.sql.type_api import TypeEngine

from newel.contracts.database import Database
from newel_lua.modules.db import definitions
from newel_lua.modules.db.definitions import KEYED_LENGTH, Definition, ForeignKey
from newel_lua.modules.db.names import digest

_LENGTHS = {"id": 64, "created_at": 40, "updated_at": 40}
_NAMES = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = :name",
    "postgresql": (
        "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name"
    ),
    "mysql": (
        "SELECT DISTINCT index_name AS name FROM information_schema.statistics "
        "WHERE table_schema = database() AND table_name = :name"
    ),
}


def quoted(name: str) -> quoted_name:
    """Always in quotes: plugins may call a column ``order``."""
    return quoted_name(name, quote=True)


def sql_table(physical: str, definition: Definition, collation: str = "") -> Table:
    """The table with its columns. What a column must hold is checked before it is written, so that a definition can
    change: the database knows of no ``NOT NULL`` and no default but those of the columns that every table has."""
    return Table(quoted(physical), MetaData(), *(_column(one, collation) for one in definition.columns))


def _column(column: definitions.Column, collation: str) -> Column[Any]:
    own = column.name in _LENGTHS
    return Column(quoted(column.name), _type(column, collation), primary_key=column.name == "id", nullable=not own)


def _type(column: definitions.Column, collation: str) -> TypeEngine[Any]:
    own = collation or None
    if column.name in _LENGTHS:
        return String(_LENGTHS[column.name], collation=own)
    if column.text:
        return String(KEYED_LENGTH, collation=own) if column.keyed else Text(collation=own)
    if column.type == "json":
        return Text(collation=own)
    if column.type == "real":
        return Double()
    return LargeBinary() if column.type == "blob" else BigInteger()


class Making:
    """The statements for one engine. ``physical`` finds the name in the database of a table of the same plugin."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collation = database.collation

    async def index_names(self, physical: str) -> set[str]:
        rows = await self._database.fetch_all(_NAMES[self._database.dialect], {"name": physical})
        return {str(row["name"]) for row in rows}

    def table(self, physical: str, definition: Definition, targets: dict[str, tuple[str, Definition]]) -> str:
        """``targets``: name in the database and definition of the tables that foreign keys point at."""
        made = sql_table(physical, definition, self._collation)
        for key in definition.foreign_keys:
            target, pointed = targets[key.table]
            other = made.metadata.tables.get(target)  # also of one that points at itself
            if other is None:
                columns = (_column(one, self._collation) for one in pointed.columns)
                other = Table(quoted(target), made.metadata, *columns)
            made.append_constraint(
                ForeignKeyConstraint(
                    [made.c[key.column]],
                    [other.c[key.ref_column]],
                    name=_key_name(physical, key),
                    ondelete=None if key.on_delete == "NO ACTION" else key.on_delete,
                )
            )
        return self._database.render(CreateTable(made, if_not_exists=True))

    def index(self, physical: str, definition: Definition, index: definitions.Index) -> str:
        made = sql_table(physical, definition)
        columns = [made.c[name] for name in index.columns]
        parts = dict(definition.parts(index))
        return self._database.render(
            CreateIndex(Index(quoted(index.name(physical)), *columns, unique=index.unique, mysql_length=parts or None))
        )

    def column(self, physical: str, column: definitions.Column, key: ForeignKey | None, target: str | None) -> str:
        """One more column, with the foreign key that it is part of."""
        name = _quote(physical, self._database)
        made = self._database.render(CreateColumn(_column(column, self._collation)))
        text = f"ALTER TABLE {name} ADD COLUMN {made}"
        if key is None or target is None:
            return text
        action = "" if key.on_delete == "NO ACTION" else f" ON DELETE {key.on_delete}"
        pointing = f"REFERENCES {_quote(target, self._database)} ({_quote(key.ref_column, self._database)}){action}"
        if self._database.dialect == "mysql":
            constraint = _quote(_key_name(physical, key), self._database)
            return f"{text}, ADD CONSTRAINT {constraint} FOREIGN KEY ({_quote(key.column, self._database)}) {pointing}"
        return f"{text} {pointing}"

    def drop(self, physical: str) -> str:
        return self._database.render(DropTable(Table(quoted(physical), MetaData()), if_exists=True))

    def fill(self, physical: str, column: definitions.Column) -> str:
        """Puts ``:value`` where a new column is empty."""
        made = Table(quoted(physical), MetaData(), _column(column, ""))
        empty = made.c[column.name].is_(None)
        return self._database.render(update(made).where(empty).values({made.c[column.name]: bindparam("value")}))

    def too_long(self, physical: str, column: str) -> str:
        """Whether a row holds more of a text than ``:most``."""
        made = Table(quoted(physical), MetaData(), Column(quoted(column), Text))
        text = func.char_length(made.c[column])
        return self._database.render(select(text.label("n")).where(text > bindparam("most")).limit(1))


def _quote(name: str, database: Database) -> str:
    """A name that has been checked, in the engine's quotes."""
    mark = "`" if database.dialect == "mysql" else '"'
    return f"{mark}{name}{mark}"


def _key_name(physical: str, key: ForeignKey) -> str:
    return f"fk_{digest(physical, key.column, key.table, key.ref_column)[:24]}"
