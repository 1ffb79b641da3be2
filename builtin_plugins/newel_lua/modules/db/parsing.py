"""``db.define_table`` and ``db.create_index``: what the plugin wrote to definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast, get_args

from attrs import evolve

from newel_lua.model import LuaValue
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.definitions import (
    COLUMNS,
    FOREIGN_KEYS,
    INDEXES,
    KEYED,
    TYPES,
    Column,
    Definition,
    ForeignKey,
    Index,
    OnDelete,
    is_own,
    orderable,
    whole,
)
from newel_lua.modules.db.kinds import ENCODE, Unfit
from newel_lua.modules.db.names import is_column, is_table, meant, shown

FindTable = Callable[[str], Definition | None]
"""The plugin's other tables, by name."""


def table_name(args: Arguments, number: int = 1) -> str:
    name = args.text(number, "table")
    if not is_table(name):
        raise args.fault(f"{shown(name)} is no name of a table: at most 63 of a-z, 0-9 and _, no digit first")
    return name


def definition_of(args: Arguments, prefix: str, name: str, find: FindTable) -> Definition:
    """Reads the second argument. ``prefix``: what may stand before a table's name (``plugin_NAME_``)."""
    given = args.table(2, "definition")
    args.known(given, ("columns", "indexes", "foreign_keys"))
    columns = [_column(args, one) for one in args.as_list(given.get("columns"), "columns")]
    _distinct(args, columns)
    keys = [_foreign_key(args, one, prefix) for one in args.as_list(given.get("foreign_keys") or {}, "foreign_keys")]
    if len(keys) > FOREIGN_KEYS:
        raise args.fault(f"a table has at most {FOREIGN_KEYS} foreign keys")
    pointing = {one.column for one in keys}
    made = Definition(
        columns=whole(evolve(one, keyed=one.text and (one.unique or one.name in pointing)) for one in columns),
        foreign_keys=tuple(keys),
    )
    if sum(one.keyed for one in made.columns) > KEYED:
        raise args.fault(f"at most {KEYED} text columns are unique or in a foreign key")
    for one in columns:
        if one.unique:
            made = with_index(args, made, Index(columns=(one.name,), unique=True))
    for index in args.as_list(given.get("indexes") or {}, "indexes"):
        made = with_index(args, made, index_of(args, args.as_table(index, "an index"), ("columns", "unique", "name")))
    for key in keys:
        _check_key(args, made, key, made if key.table == name else find(key.table))
        if all(index.columns[0] != key.column for index in made.indexes):
            # MySQL makes one by itself; without it the others look at each row when one that is pointed at goes.
            made = made.with_index(Index(columns=(key.column,)))
    return made


def with_index(args: Arguments, definition: Definition, index: Index) -> Definition:
    """With one more, unless it is there."""
    if len(set(index.columns)) != len(index.columns):
        raise args.fault("an index has a column twice")
    for name in index.columns:
        column = definition.by_name.get(name)
        if column is None:
            raise args.fault(f"an index: there is no column {shown(name)}{meant(name, definition.by_name)}")
        if not orderable(column):
            raise args.fault(f"an index: the column '{name}' is {column.type}, which has no order")
    if index in definition.indexes or index.columns == ("id",):
        return definition
    if len(definition.indexes) >= INDEXES:
        raise args.fault(f"a table has at most {INDEXES} indexes")
    return definition.with_index(index)


def index_of(args: Arguments, given: Mapping[str, LuaValue], options: Iterable[str]) -> Index:
    args.known(given, options, "an index: ")
    columns = given.get("columns")
    names = [columns] if isinstance(columns, str) else args.as_list(columns, "columns of an index")
    if not 0 < len(names) <= 8:
        raise args.fault("an index has one to eight columns")
    return Index(
        columns=tuple(args.as_text(one, "a column of an index") for one in names),
        unique=args.as_flag(given.get("unique"), "unique"),
    )


def _column(args: Arguments, value: LuaValue) -> Column:
    given = args.as_table(value, "a column")
    args.known(given, ("name", "type", "not_null", "unique", "default", "primary_key"), "a column: ")
    name = args.as_text(given.get("name"), "the name of a column")
    if is_own(name):
        raise args.fault(f"the column '{name}' is there by itself: leave it out")
    if not is_column(name):
        raise args.fault(f"{shown(name)} is no name of a column: at most 63 letters, digits and _, no digit first")
    if given.get("primary_key"):
        raise args.fault(f"the column '{name}': the primary key is always 'id'")
    kind = args.as_text(given.get("type"), f"the type of the column '{name}'")
    if kind not in TYPES:
        raise args.fault(
            f"the column '{name}': no type {shown(kind)}{meant(kind, TYPES)}; there are {', '.join(TYPES)}"
        )
    column = Column(
        name=name, type=kind, default=given.get("default"),
        not_null=args.as_flag(given.get("not_null"), f"not_null of the column '{name}'"),
        unique=args.as_flag(given.get("unique"), f"unique of the column '{name}'"),
    )  # fmt: skip
    if column.unique and not orderable(column):
        raise args.fault(f"the column '{name}' is {kind} and cannot be unique")
    if column.default is not None:
        try:
            ENCODE[kind](column.default)
        except Unfit as unfit:
            raise args.fault(f"the default of the column '{name}': it {unfit}") from None
        if kind == "blob":
            raise args.fault(f"the column '{name}' is blob and has no default")
    return column


def _distinct(args: Arguments, columns: list[Column]) -> None:
    if not 0 < len(columns) <= COLUMNS:
        raise args.fault(f"a table has one to {COLUMNS} columns of its own")
    seen: dict[str, str] = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}
    for one in columns:
        if (other := seen.setdefault(one.name.lower(), one.name)) != one.name or is_own(one.name.lower()):
            raise args.fault(f"the columns '{one.name}' and '{other}' differ in case only")
    if len(seen) != len(columns) + 3:
        raise args.fault("a column is there twice")


def _foreign_key(args: Arguments, value: LuaValue, prefix: str) -> ForeignKey:
    given = args.as_table(value, "a foreign key")
    args.known(given, ("column", "ref_table", "ref_column", "on_delete"), "a foreign key: ")
    table = args.as_text(given.get("ref_table"), "ref_table of a foreign key")
    on_delete = args.as_text(given.get("on_delete") or "NO ACTION", "on_delete of a foreign key").upper()
    if on_delete not in get_args(OnDelete):
        raise args.fault(
            f"on_delete of a foreign key is one of {', '.join(get_args(OnDelete))}, not {shown(on_delete)}"
        )
    return ForeignKey(
        column=args.as_text(given.get("column"), "column of a foreign key"),
        table=table.removeprefix(prefix),
        ref_column=args.as_text(given.get("ref_column") or "id", "ref_column of a foreign key"),
        on_delete=cast("OnDelete", on_delete),
    )


def _check_key(args: Arguments, made: Definition, key: ForeignKey, target: Definition | None) -> None:
    column: Any = made.by_name.get(key.column)
    if column is None or is_own(key.column):
        raise args.fault(f"a foreign key: there is no column {shown(key.column)}{meant(key.column, made.by_name)}")
    if target is None:
        raise args.fault(f"a foreign key: this plugin has no table {shown(key.table)} (define it before)")
    pointed = target.by_name.get(key.ref_column)
    if pointed is None or not (key.ref_column == "id" or pointed.unique):
        raise args.fault(f"a foreign key: {shown(key.ref_column)} of '{key.table}' is neither 'id' nor a unique column")
    if pointed.type != column.type:
        raise args.fault(f"a foreign key: '{key.column}' is {column.type} and '{key.ref_column}' {pointed.type}")
    if key.on_delete == "SET NULL" and column.not_null:
        raise args.fault(f"a foreign key: '{key.column}' is not_null, so on_delete cannot be SET NULL")
