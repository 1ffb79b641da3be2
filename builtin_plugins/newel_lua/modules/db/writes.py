"""``db.insert``, ``insert_many``, ``update``, ``delete`` and ``upsert``.

NULL cannot stand in a table of Lua: the Lua half takes ``db.null`` out and names the columns in ``nulls``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.sql.expression import ClauseElement

from newel.contracts.database import UniqueViolation, Value
from newel.ids import Ids
from newel.structure import rfc3339
from newel_lua.model import LuaRefused, LuaValue, Run
from newel_lua.modules.db.arguments import Arguments
from newel_lua.modules.db.catalogue import Known
from newel_lua.modules.db.clauses import Clauses, named
from newel_lua.modules.db.conditions import Reader
from newel_lua.modules.db.running import Running
from newel_lua.modules.db.selects import Statements
from newel_lua.modules.db.sources import Source, Sources
from newel_lua.modules.db.values import changes, check_size, new_row

ROWS, BATCH = 1000, 100
"""Rows of one call, and how many of them count as one operation."""


class Writes:
    """Changes rows of a plugin's table."""

    def __init__(self, running: Running, statements: Statements, ids: Ids, now: Callable[[], datetime]) -> None:
        self._running = running
        self._statements = statements
        self._ids = ids
        self._now = now

    async def insert(self, args: Arguments, run: Run, known: Known) -> str:
        """Answers the id."""
        row = new_row(known, args.table(2, "values"), _names(args, args.at(3)), self._own())
        check_size([row])
        await self._running.write(run, known, self._insert_text(known), row)
        return _id(known, row)

    async def insert_many(self, args: Arguments, run: Run, known: Known) -> int:
        """Answers how many."""
        given = args.list(2, "rows")
        if not 0 < len(given) <= ROWS:
            raise LuaRefused(f"insert_many takes 1 to {ROWS} rows, got {len(given)}")
        run.spend((len(given) - 1) // BATCH)
        nulls = args.as_table(args.at(3) or {}, "argument 3 (nulls)")
        rows = [
            new_row(known, args.as_table(one, f"row {number}"), _names(args, nulls.get(str(number))), self._own())
            for number, one in enumerate(given, 1)
        ]
        check_size(rows)
        return await self._running.write_many(run, known, self._insert_text(known), rows)

    async def update(self, args: Arguments, run: Run, known: Known, prefix: str) -> int:
        """Answers how many rows there were."""
        options = args.table(2, "options")
        args.known(options, ("set", "where", "nulls"))
        given = args.as_table(options.get("set"), "set")
        found = changes(known, given, _names(args, options.get("nulls")))
        if not found:
            raise args.fault("set is empty")
        found.setdefault("updated_at", rfc3339(self._now()))
        check_size([found])
        where, values = _where(args, options, known, prefix)
        names = tuple(found)

        def make() -> ClauseElement:
            table = known.sql
            return update(table).where(Clauses([table]).condition(where)).values(_assigned(known, names))

        text = self._statements.text(("update", known, names, where), make)
        return await self._running.write(run, known, text, {**_numbered(found), **values})

    async def delete(self, args: Arguments, run: Run, known: Known, prefix: str) -> int:
        """Answers how many rows there were."""
        options = args.table(2, "options")
        args.known(options, ("where",))
        where, values = _where(args, options, known, prefix)
        text = self._statements.text(
            ("delete", known, where), lambda: delete(known.sql).where(Clauses([known.sql]).condition(where))
        )
        return await self._running.write(run, known, text, values)

    async def upsert(self, args: Arguments, run: Run, known: Known) -> str | None:
        """Answers the row's id."""
        options = args.table(2, "options")
        args.known(options, ("values", "conflict_columns", "update", "do_nothing", "nulls", "update_nulls"))
        given = args.as_table(options.get("values"), "values")
        if not given:
            raise args.fault("values is empty")
        row = new_row(known, given, _names(args, options.get("nulls")), self._own())
        keys = tuple(args.as_text(one, "a conflict column") for one in _keys(args, options.get("conflict_columns")))
        for name in keys:
            known.column(name)
        if not known.definition.is_unique(keys):
            raise args.fault(f"conflict_columns: no unique index has exactly the columns {', '.join(keys)}")
        present = {column.name: row[f"c{number}"] for number, column in enumerate(known.definition.columns)}
        found = _updates(args, options, known, keys)
        found.setdefault("updated_at", rfc3339(self._now()))
        check_size([row, found])
        key = {f"k{number}": present[name] for number, name in enumerate(keys)}
        nothing = args.as_flag(options.get("do_nothing"), "do_nothing")

        async def body(tx: Any) -> str | None:
            for _ in range(2):  # whoever was in the way may be gone when it is looked for
                there = await tx.fetch_one(self._find_text(known, keys), key) if None not in key.values() else None
                if there is not None:
                    if not nothing:
                        await tx.execute(self._merge_text(known, tuple(found), keys), {**_numbered(found), **key})
                    return str(there["id"])
                try:
                    async with tx.savepoint():
                        await tx.execute(self._insert_text(known), row)
                    return _id(known, row)
                except UniqueViolation as error:
                    taken = error
            raise taken

        return await self._running.body(run, known, body)

    def _own(self) -> dict[str, str]:
        now = rfc3339(self._now())
        return {"id": self._ids.new(), "created_at": now, "updated_at": now}

    def _insert_text(self, known: Known) -> str:
        def make() -> ClauseElement:
            values: dict[Any, Any] = {
                known.sql.c[one.name]: bindparam(f"c{number}") for number, one in enumerate(known.definition.columns)
            }
            return insert(known.sql).values(values)

        return self._statements.text(("insert", known), make)

    def _find_text(self, known: Known, keys: tuple[str, ...]) -> str:
        return self._statements.text(
            ("find", known, keys),
            lambda: select(known.sql.c.id.label("id")).where(_same(known, keys)).with_for_update(),
        )

    def _merge_text(self, known: Known, names: tuple[str, ...], keys: tuple[str, ...]) -> str:
        return self._statements.text(
            ("merge", known, names, keys),
            lambda: update(known.sql).where(_same(known, keys)).values(_assigned(known, names)),
        )


def _same(known: Known, keys: tuple[str, ...]) -> Any:
    return and_(*(known.sql.c[name] == bindparam(f"k{number}") for number, name in enumerate(keys)))


def _assigned(known: Known, names: tuple[str, ...]) -> dict[Any, Any]:
    return {known.sql.c[name]: bindparam(f"s{number}") for number, name in enumerate(names)}


def _numbered(found: Mapping[str, Value]) -> dict[str, Value]:
    return {f"s{number}": value for number, value in enumerate(found.values())}


def _id(known: Known, row: Mapping[str, Value]) -> str:
    return str(row[f"c{list(known.definition.by_name).index('id')}"])


def _names(args: Arguments, given: LuaValue) -> Iterable[str]:
    return [args.as_text(one, "a name in nulls") for one in args.as_list(given or {}, "nulls")]


def _keys(args: Arguments, given: LuaValue) -> Sequence[LuaValue]:
    found = [given] if isinstance(given, str) else args.as_list(given, "conflict_columns")
    if not 0 < len(found) <= 8:
        raise args.fault("conflict_columns names one to eight columns")
    return found


def _updates(args: Arguments, options: Mapping[str, LuaValue], known: Known, keys: tuple[str, ...]) -> dict[str, Value]:
    """What a row that is there gets: ``update``, or all values but those that it is found by and its id."""
    if options.get("update") is not None:
        return changes(known, args.as_table(options["update"], "update"), _names(args, options.get("update_nulls")))
    left_out = {"id", *keys}
    given = {name: value for name, value in options["values"].items() if name not in left_out}
    return changes(known, given, [name for name in _names(args, options.get("nulls")) if name not in left_out])


def _where(args: Arguments, options: Mapping[str, LuaValue], known: Known, prefix: str) -> tuple[Any, dict[str, Value]]:
    """Never empty: a plugin that wants all rows has to say so."""
    if options.get("where") is None:
        raise args.fault("where is empty, which would mean every row: name a condition")
    sources = Sources(args, prefix, Source(known.name, known))
    reader = Reader(args, sources)
    shape = reader.shape(options["where"], "where", lambda one: sources.ref(one, "where"))
    return shape, named(reader.values)
