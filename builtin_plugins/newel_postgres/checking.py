"""What can be asked of a database's health from within."""

from __future__ import annotations

from newel.contracts.database import Database, Row

_INVALID = """
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
"""
_UNCHECKED = """
SELECT conrelid::regclass::text AS place, conname AS name FROM pg_constraint
WHERE NOT convalidated AND connamespace = current_schema()::regnamespace ORDER BY conname
"""
_CHECKSUMS = "SELECT coalesce(checksum_failures, 0) AS n FROM pg_stat_database WHERE datname = current_database()"
_AMCHECK = """
SELECT p.oid::regproc::text AS name FROM pg_extension e
JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e' JOIN pg_proc p ON p.oid = d.objid
WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check' AND p.pronargs = 1
    AND has_function_privilege(p.oid, 'EXECUTE')
"""
_TREES = """
SELECT c.oid AS id, c.relname AS name FROM pg_class c JOIN pg_am a ON a.oid = c.relam
JOIN pg_index i ON i.indexrelid = c.oid
WHERE a.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid AND c.relpersistence = 'p'
    AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
"""


async def complaints(db: Database) -> list[str]:
    """Invalid indexes, constraints never checked, pages with a wrong checksum; with the extension ``amcheck``, which
    only an administrator can add, the order within each index."""
    found = [f"index {row['name']} is invalid: REINDEX it" for row in await db.fetch_all(_INVALID)]
    found += [
        f"constraint {row['name']} of {row['place']} was never checked: VALIDATE it"
        for row in await db.fetch_all(_UNCHECKED)
    ]
    damaged = await db.fetch_one(_CHECKSUMS)
    if damaged is not None and damaged["n"]:
        found.append(f"{damaged['n']} pages had a wrong checksum since the server's figures were reset")
    function = await db.fetch_one(_AMCHECK)
    if function is not None:
        # The name of the function comes from the catalogue, quoted by the server.
        ask = f"SELECT {function['name']}(CAST(:id AS oid))"
        found += [text for tree in await db.fetch_all(_TREES) if (text := await _damage(db, ask, tree))]
    return found


async def _damage(db: Database, ask: str, tree: Row) -> str:
    try:
        async with db.transaction() as tx:
            await tx.execute("SET LOCAL statement_timeout = 0")  # a large index takes its time
            await tx.fetch_one(ask, {"id": tree["id"]})
    except RuntimeError as error:
        return f"index {tree['name']} is damaged: {error}"
    return ""
