"""Decisions about plugins, and what nodes know of them: statements, rendered once at start."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, frozen
from sqlalchemy import bindparam, delete, func, insert, select, update

from newel.contracts.database import Database, Queries, Row, Transaction, UniqueViolation, Value
from newel.structure import rfc3339
from newel.transact import transact
from newel_lua.life_tables import approvals, migrations, nodes, plugins
from newel_lua.request import Approval, Item
from newel_lua.tables_kv import kv

CHANNEL = "lua_plugins"
STALE = timedelta(seconds=90)
"""A node that was silent for so long is gone."""


@frozen(kw_only=True)
class Decided:
    """What was decided about one plugin."""

    name: str
    enabled: bool = False
    version: str = ""
    code: str = ""
    settings: Mapping[str, Any] = Factory(dict)
    asked: int = 0
    revision: int = 0
    approvals: tuple[Approval, ...] = ()


class Store:
    """``open`` first."""

    def open(self, db: Database) -> None:
        self.db = db
        name = plugins.c.name == bindparam("by_name")
        of = approvals.c.plugin == bindparam("by_plugin")
        here = (nodes.c.node == bindparam("by_node")) & (nodes.c.plugin == bindparam("by_plugin"))
        self._all = db.render(select(plugins).order_by(plugins.c.name))
        self._locked = db.render(select(plugins).where(name).with_for_update())
        self._add = db.render(insert(plugins))
        changed = ("enabled", "version", "code", "settings_json", "asked", "revision", "updated_at")
        self._update = db.render(update(plugins).where(name).values({one: bindparam(one) for one in changed}))
        self._stamp = db.render(select(func.count().label("rows"), func.sum(plugins.c.revision).label("revisions")))
        self._approvals = db.render(select(approvals).order_by(approvals.c.plugin, approvals.c.kind, approvals.c.name))
        self._approve = db.render(insert(approvals))
        item = of & (approvals.c.kind == bindparam("kind")) & (approvals.c.name == bindparam("item"))
        self._revoke = db.render(delete(approvals).where(item))
        self._replace = db.render(delete(approvals).where(item, approvals.c.version == bindparam("version")))
        self._nodes = db.render(
            select(nodes).where(nodes.c.seen_at > bindparam("after")).order_by(nodes.c.node, nodes.c.plugin)
        )
        self._seen = db.render(update(nodes).where(here).values(facts_json=bindparam("facts"), seen_at=bindparam("at")))
        self._appear = db.render(insert(nodes))
        self._leave = db.render(delete(nodes).where(nodes.c.node == bindparam("by_node")))
        self._sweep = db.render(delete(nodes).where(nodes.c.seen_at <= bindparam("before")))

        own = [(table, table.c.plugin == bindparam("of")) for table in (kv, migrations)]
        self._forget = [db.render(delete(table).where(mine)) for table, mine in own]
        self._kept = [db.render(select(table.c.plugin).where(mine).limit(1)) for table, mine in own]

    async def stamp(self, queries: Queries) -> tuple[int, int]:
        """Differs whenever something was decided."""
        row = await queries.fetch_one(self._stamp)
        assert row is not None  # noqa: S101 - an aggregate has a row
        return int(row["rows"]), int(row["revisions"] or 0)

    async def snapshot(self) -> tuple[tuple[int, int], dict[str, Decided]]:
        """Stamp and decisions of one moment: never a reload without the approvals that came with it."""
        async with self.db.transaction(read_only=True) as tx:
            return await self.stamp(tx), await self.decided(tx)

    async def decided(self, queries: Queries) -> dict[str, Decided]:
        """Everything that was decided, by plugin."""
        given: dict[str, list[Approval]] = {}
        for row in await queries.fetch_all(self._approvals):
            item = Item(row["kind"], row["name"], row["terms"])
            by, at = row["approved_by"], row["approved_at"]
            given.setdefault(row["plugin"], []).append(Approval(item=item, version=row["version"], by=by, at=at))
        return {row["name"]: _decided(row, given.get(row["name"], ())) for row in await queries.fetch_all(self._all)}

    async def hold(self, tx: Transaction, name: str) -> Decided:
        """What was decided about a plugin, held until the transaction ends; its row is made where there is none."""
        row = await tx.fetch_one(self._locked, {"by_name": name})
        if row is None:
            fresh: dict[str, Value] = {
                "name": name, "enabled": 0, "version": "", "code": "", "settings_json": "{}", "asked": 0, "revision": 0,
                "updated_at": "",
            }  # fmt: skip
            with suppress(UniqueViolation):  # somebody made it meanwhile: it is theirs that is held then
                async with tx.savepoint():
                    await tx.execute(self._add, fresh)
            await tx.fetch_one(self._locked, {"by_name": name})
        return (await self.decided(tx))[name]

    async def keep(self, tx: Transaction, decided: Decided, now: datetime) -> None:
        """Writes a decision (without its approvals)."""
        await tx.execute(self._update, {
            "by_name": decided.name, "enabled": int(decided.enabled), "version": decided.version, "code": decided.code,
            "settings_json": json.dumps(dict(decided.settings)), "asked": decided.asked,
            "revision": decided.revision + 1, "updated_at": rfc3339(now),
        })  # fmt: skip

    async def approve(self, tx: Transaction, plugin: str, given: Sequence[Approval]) -> None:
        """Puts these approvals in the place of those of the same items in the same version. Those of other versions
        stay, so that the code that runs keeps what it has until it is replaced."""
        same = [
            {"by_plugin": plugin, "kind": one.item.kind, "item": one.item.name, "version": one.version} for one in given
        ]
        await tx.execute_many(self._replace, same)
        await tx.execute_many(self._approve, [
            {
                "plugin": plugin, "kind": one.item.kind, "name": one.item.name, "terms": one.item.terms,
                "version": one.version, "approved_by": one.by, "approved_at": one.at,
            }
            for one in given
        ])  # fmt: skip

    async def forget(self, tx: Transaction, plugin: str) -> None:
        """Deletes what is kept for a plugin beside its tables: keys, and the steps that it took."""
        for statement in self._forget:
            await tx.execute(statement, {"of": plugin})

    async def keeps(self, plugin: str) -> bool:
        """Whether something is kept for it beside its tables."""
        return any([await self.db.fetch_one(one, {"of": plugin}) for one in self._kept])

    async def revoke(self, tx: Transaction, plugin: str, items: Iterable[Item]) -> None:
        """Takes items back, in all versions."""
        rows = [{"by_plugin": plugin, "kind": one.kind, "item": one.name} for one in items]
        await tx.execute_many(self._revoke, rows)

    async def report(self, node: str, facts: Mapping[str, Mapping[str, Any]], now: datetime) -> None:
        """Writes what a node knows, by plugin (``""``: of itself), and forgets nodes that are gone."""

        async def body(tx: Transaction) -> None:
            for plugin, known in sorted(facts.items()):
                text, at = json.dumps(known), rfc3339(now)
                here: dict[str, Value] = {"by_node": node, "by_plugin": plugin, "facts": text, "at": at}
                if not await tx.execute(self._seen, here):
                    await tx.execute(self._appear, {"node": node, "plugin": plugin, "facts_json": text, "seen_at": at})
            await tx.execute(self._sweep, {"before": rfc3339(now - STALE)})

        await transact(self.db, body)

    async def leave(self, node: str) -> None:
        await self.db.execute(self._leave, {"by_node": node})

    async def reports(self, now: datetime) -> dict[str, dict[str, dict[str, Any]]]:
        """What nodes that are there know: by plugin (``""``: all nodes), by node."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in await self.db.fetch_all(self._nodes, {"after": rfc3339(now - STALE)}):
            found.setdefault(row["plugin"], {})[row["node"]] = json.loads(row["facts_json"])
        return found


def _decided(row: Row, given: Sequence[Approval]) -> Decided:
    return Decided(
        name=row["name"], enabled=bool(row["enabled"]), version=row["version"], code=row["code"],
        settings=json.loads(row["settings_json"]), asked=row["asked"], revision=row["revision"],
        approvals=tuple(given),
    )  # fmt: skip
