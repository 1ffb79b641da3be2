"""A table as a plugin defines it, and as it is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import asdict, evolve, frozen

from newel_lua.model import LuaValue
from newel_lua.modules.db.kinds import TEXTS, UNORDERED
from newel_lua.modules.db.names import digest

TYPES = ("text", "integer", "boolean", "real", "timestamp", "json", "blob")
COLUMNS, INDEXES, FOREIGN_KEYS, TABLES = 64, 16, 16, 64
KEYED = 24
"""Texts that are unique or point at a table: MySQL keeps them in the row, which has 64 KiB."""
KEYED_LENGTH = 500
INDEXED_LENGTH = 640
"""Characters that an index takes, of all its columns: PostgreSQL takes 2,700 bytes, MySQL 3,072."""
_OWN = {"id": 64, "created_at": 40, "updated_at": 40}
"""The columns that every table has, with their lengths."""
OnDelete = Literal["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"]


@frozen(kw_only=True)
class Column:
    """``keyed``: text with a length, since it is unique or part of a foreign key."""

    name: str
    type: str
    not_null: bool = False
    unique: bool = False
    default: LuaValue = None
    keyed: bool = False

    @property
    def text(self) -> bool:
        return self.type in TEXTS


@frozen(kw_only=True)
class Index:
    """Columns in order."""

    columns: tuple[str, ...]
    unique: bool = False

    def name(self, table: str) -> str:
        """Its name in the database. On PostgreSQL all tables share the names of indexes."""
        return f"{'ux' if self.unique else 'ix'}_{digest(table, *self.columns)[:24]}"


@frozen(kw_only=True)
class ForeignKey:
    """``table`` is the plugin's own name of it."""

    column: str
    table: str
    ref_column: str
    on_delete: OnDelete = "NO ACTION"


@frozen(kw_only=True, slots=False)
class Definition:
    """What is there. ``columns`` are all of them, ``indexes`` also those of unique columns."""

    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        return {one.name: one for one in self.columns}

    @cached_property
    def lengths(self) -> Mapping[str, int]:
        """How many characters a text column takes, where that is limited."""
        found = dict(_OWN) | {one.name: KEYED_LENGTH for one in self.columns if one.keyed}
        for index in self.indexes:
            for name, length in self.parts(index).items():
                found[name] = min(found.get(name, length), length)
        return found

    def parts(self, index: Index) -> Mapping[str, int]:
        """How much of each text column an index takes, where the column could hold more."""
        texts = [name for name in index.columns if self.by_name[name].text]
        if len(texts) == 1 and self.by_name[texts[0]].keyed:
            return {}
        each = INDEXED_LENGTH // max(1, len(texts))
        return {name: each for name in texts if not 0 < self._most(name) <= each}

    def _most(self, name: str) -> int:
        """How many characters the column itself takes; 0: any number."""
        return _OWN.get(name, KEYED_LENGTH if self.by_name[name].keyed else 0)

    def is_unique(self, columns: Iterable[str]) -> bool:
        wanted = set(columns)
        return wanted == {"id"} or any(one.unique and set(one.columns) == wanted for one in self.indexes)

    def with_index(self, index: Index) -> Definition:
        return evolve(self, indexes=(*self.indexes, index))

    def as_json(self) -> str:
        kept = asdict(self, filter=lambda field, value: value is not None if field.name == "default" else bool(value))
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Definition:
        kept: dict[str, Any] = json.loads(text)
        return cls(
            columns=tuple(Column(**one) for one in kept["columns"]),
            indexes=tuple(
                Index(columns=tuple(one["columns"]), unique=one.get("unique", False)) for one in kept.get("indexes", ())
            ),
            foreign_keys=tuple(ForeignKey(**one) for one in kept.get("foreign_keys", ())),
        )


def is_own(name: str) -> bool:
    """Whether every table has a column of that name."""
    return name in _OWN


def whole(columns: Iterable[Column]) -> tuple[Column, ...]:
    """With the columns that every table has, in the order in which they are made."""
    return (
        Column(name="id", type="text", not_null=True),
        *columns,
        Column(name="created_at", type="text", not_null=True),
        Column(name="updated_at", type="text", not_null=True),
    )


def orderable(column: Column) -> bool:
    return column.type not in UNORDERED
