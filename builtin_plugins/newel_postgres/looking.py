"""What tables there are, how large they are, and how they are kept in shape; read from PostgreSQL's catalogue."""

from __future__ import annotations

from newel.contracts.database import Queries, Row, TableShape

_HERE = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
_COLUMNS = f"""
SELECT c.relname AS name, a.attname AS column, CAST(a.attnotnull AS int) AS needed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE {_HERE} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum
"""  # noqa: S608 - a text of ours
_KEYS = f"""
SELECT c.relname AS name, a.attname AS column
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_constraint k ON k.conrelid = c.oid
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u(number, place)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
WHERE {_HERE} AND k.contype = 'p' ORDER BY c.relname, u.place
"""  # noqa: S608 - a text of ours
_POINTERS = f"""
SELECT c.relname AS name, a.attname AS column, t.relname AS target
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_constraint k ON k.conrelid = c.oid
CROSS JOIN LATERAL unnest(k.conkey) AS u(number)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number JOIN pg_class t ON t.oid = k.confrelid
WHERE {_HERE} AND k.contype = 'f' ORDER BY c.relname, a.attname
"""  # noqa: S608 - a text of ours
_RECOUNT = """
SELECT format('SELECT setval(%L, coalesce(max(%I), 0) + 1, false) FROM %I', pg_get_serial_sequence(
    quote_ident(c.relname), a.attname), a.attname, c.relname) AS text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    AND pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL
"""
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname = :name
"""


async def shapes(queries: Queries) -> list[TableShape]:
    columns = _by_table(await queries.fetch_all(_COLUMNS))
    keys = _by_table(await queries.fetch_all(_KEYS))
    pointers = _by_table(await queries.fetch_all(_POINTERS))
    return [
        TableShape(
            name=name,
            columns=tuple(str(row["column"]) for row in rows),
            key=tuple(str(row["column"]) for row in keys.get(name, ())),
            points_at={str(row["column"]): str(row["target"]) for row in pointers.get(name, ())},
            nullable=frozenset(str(row["column"]) for row in rows if not row["needed"]),
        )
        for name, rows in columns.items()
    ]


def _by_table(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["name"]), []).append(row)
    return dict(sorted(found.items()))


async def recount(queries: Queries) -> None:
    for row in await queries.fetch_all(_RECOUNT):
        await queries.fetch_one(str(row["text"]))  # written and quoted by the server


async def size_of(queries: Queries, table: str) -> int:
    row = await queries.fetch_one(_SIZE, {"name": table})
    return 0 if row is None else int(row["bytes"])
