"""What tables there are, how large they are, and how they are kept in shape; read from the server's catalogue.

MySQL writes the catalogue's columns in capitals whatever a statement says, hence an alias for each.
"""

from __future__ import annotations

from newel.contracts.database import Queries, Row, TableShape

_NAMES = """
SELECT table_name AS name FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY table_name
"""
_COLUMNS = """
SELECT c.table_name AS name, c.column_name AS col, c.is_nullable AS nullable
FROM information_schema.columns c JOIN information_schema.tables t
    ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
WHERE c.table_schema = DATABASE() ORDER BY c.table_name, c.ordinal_position
"""
_KEYS = """
SELECT table_name AS name, column_name AS col, referenced_table_name AS target, constraint_name AS con
FROM information_schema.key_column_usage
WHERE table_schema = DATABASE() AND (constraint_name = 'PRIMARY' OR referenced_table_name IS NOT NULL)
ORDER BY table_name, ordinal_position
"""
_COUNTING = """
SELECT table_name AS name, column_name AS col FROM information_schema.columns
WHERE table_schema = DATABASE() AND extra LIKE '%auto_increment%'
"""
_WHOLE = """
SELECT sum(data_length + index_length) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE()
"""
_TABLE = """
SELECT sum(data_length + index_length) AS bytes FROM information_schema.tables
WHERE table_schema = DATABASE() AND table_name = :name
"""
_WELL = ("OK", "Table is already up to date")


async def shapes(queries: Queries) -> list[TableShape]:
    columns = _by_table(await queries.fetch_all(_COLUMNS))
    keys = _by_table(await queries.fetch_all(_KEYS))
    return [
        TableShape(
            name=name,
            columns=tuple(str(row["col"]) for row in rows),
            key=tuple(str(row["col"]) for row in keys.get(name, ()) if row["con"] == "PRIMARY"),
            points_at={str(row["col"]): str(row["target"]) for row in keys.get(name, ()) if row["target"] is not None},
            nullable=frozenset(str(row["col"]) for row in rows if row["nullable"] == "YES"),
        )
        for name, rows in columns.items()
    ]


def _by_table(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["name"]), []).append(row)
    return dict(sorted(found.items()))


async def recount(queries: Queries) -> None:
    for row in await queries.fetch_all(_COUNTING):
        table, column = _quoted(row["name"]), _quoted(row["col"])
        largest = await queries.fetch_one(f"SELECT coalesce(max({column}), 0) + 1 AS next FROM {table}")  # noqa: S608 - names of tables
        await queries.execute(f"ALTER TABLE {table} AUTO_INCREMENT = {int((largest or {})['next'])}")


async def size_of(queries: Queries, table: str | None) -> int:
    """The server's figures; ``ANALYZE`` first, since they may be a day old (MySQL keeps them so long)."""
    if table is None:
        row = await queries.fetch_one(_WHOLE)
    else:
        await queries.fetch_all(f"ANALYZE TABLE {_quoted(table)}")
        row = await queries.fetch_one(_TABLE, {"name": table})
    return int((row or {}).get("bytes") or 0)


async def compact(queries: Queries) -> None:
    for row in await queries.fetch_all(_NAMES):
        await queries.fetch_all(f"OPTIMIZE TABLE {_quoted(row['name'])}")


async def complaints(queries: Queries) -> list[str]:
    found = []
    for row in await queries.fetch_all(_NAMES):
        said = [one["Msg_text"] for one in await queries.fetch_all(f"CHECK TABLE {_quoted(row['name'])}")]
        found += [f"{row['name']}: {text}" for text in said if text not in _WELL]
    return found


def _quoted(name: object) -> str:
    return '"' + str(name).replace('"', '""') + '"'
