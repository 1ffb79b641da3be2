"""What tables there are, read from SQLite's catalogue."""

from __future__ import annotations

from newel.contracts.database import Queries, Row, TableShape

_NAMES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
_COLUMNS = 'SELECT name, pk, "notnull" AS needed FROM pragma_table_info(:name) ORDER BY cid'
_POINTERS = 'SELECT "from" AS source, "table" AS target FROM pragma_foreign_key_list(:name)'
_PAGES = (
    "SELECT sum(pgsize) AS bytes FROM dbstat WHERE name IN "
    "(SELECT name FROM sqlite_schema WHERE tbl_name = :name AND type IN ('table', 'index'))"
)


async def shapes(queries: Queries) -> list[TableShape]:
    return [await _shape(queries, str(row["name"])) for row in await queries.fetch_all(_NAMES)]


async def _shape(queries: Queries, name: str) -> TableShape:
    columns = await queries.fetch_all(_COLUMNS, {"name": name})
    pointers = await queries.fetch_all(_POINTERS, {"name": name})
    keyed: list[Row] = sorted((row for row in columns if row["pk"]), key=lambda row: int(row["pk"]))
    return TableShape(
        name=name,
        columns=tuple(str(row["name"]) for row in columns),
        key=tuple(str(row["name"]) for row in keyed),
        points_at={str(row["source"]): str(row["target"]) for row in pointers},
        nullable=frozenset(str(row["name"]) for row in columns if not row["needed"] and not row["pk"]),
    )


async def size_of(queries: Queries, table: str) -> int:
    """Pages of the table and its indexes where SQLite was built to tell; else the length of what its rows hold."""
    try:
        row = await queries.fetch_one(_PAGES, {"name": table})
    except Exception:  # noqa: BLE001 - "no such table: dbstat"; what else is wrong shows in the next statement
        shape = await _shape(queries, table)
        lengths = " + ".join(f'coalesce(length(CAST("{name}" AS BLOB)), 1)' for name in shape.columns)
        row = await queries.fetch_one(f'SELECT sum({lengths}) AS bytes FROM "{shape.name}"')  # noqa: S608 - names of tables
    return int((row or {}).get("bytes") or 0)
