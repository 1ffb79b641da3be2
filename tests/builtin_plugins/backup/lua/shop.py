"""What a Lua plugin keeps, without a plugin that runs."""

from __future__ import annotations

from tests.builtin_plugins.backup.treesite import Site

from newel import SYSTEM
from newel_lua.model import Grants, Run, Self
from newel_lua.modules.db import Db


async def keep(here: Site) -> None:
    """Tables of a Lua plugin, one pointing at the other and at itself, with values of all kinds."""
    app = here.app
    db = Db(here.database, app.clock, app.ids, app.log)
    run = Run(
        plugin=Self(name="shop", version="1", grants=Grants()),
        call=app.call(SYSTEM, "test"),
        kind="route",
        operations=1000,
    )
    columns = [
        {"name": "price", "type": "real"}, {"name": "photo", "type": "blob"}, {"name": "order", "type": "integer"},
        {"name": "sku", "type": "text", "unique": True},
    ]  # fmt: skip
    points = [
        {"column": "item", "ref_table": "zitems", "ref_column": "id"},
        {"column": "after", "ref_table": "alines", "ref_column": "id"},
    ]
    lines = [{"name": "item", "type": "text"}, {"name": "after", "type": "text"}]
    await db.functions["define_table"](run, ["zitems", {"columns": columns}])
    await db.functions["define_table"](run, ["alines", {"columns": lines, "foreign_keys": points}])
    for values in (
        {"id": "1", "price": 1.0, "photo": b"\0\xff", "order": 1 << 62, "sku": "a"},
        {"id": "2", "price": 0.1, "photo": b"", "order": None, "sku": "ü\U0001f600"},
    ):
        await db.functions["insert"](run, ["zitems", values])
    await db.functions["insert"](run, ["alines", {"id": "z", "item": "1"}])
    await db.functions["insert"](run, ["alines", {"id": "a", "item": "2", "after": "z"}])
