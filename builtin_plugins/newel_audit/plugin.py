"""The trail's hooks, its rows and its one operation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

from attrs import field, frozen

from newel import Call, Max, Min, Permission, hookimpl, operation, operations_of
from newel.contracts.audit import Audit, Change
from newel.contracts.database import Database, Transaction
from newel.contracts.migrations import Migration
from newel.errors import Malformed
from newel.ids import is_id
from newel.operations import Operation
from newel.structure import rfc3339

if TYPE_CHECKING:
    from alembic.operations import Operations as AlembicOperations

    from newel.app import App

AUDIT_READ = Permission("audit.read", "Read the audit trail")
MAX_SIDE = 262_144
"""Characters of one side (before, after) that are kept; a larger one is replaced by its size."""
FILTERS = ("actor", "operation", "entity", "entity_id")


def _create(op: AlembicOperations) -> None:
    from sqlalchemy import Column, String, Text

    op.create_table(
        "audit_log",
        Column("id", String(26), primary_key=True),
        Column("at", String(24), nullable=False),
        Column("actor", String(64), nullable=False),
        Column("actor_kind", String(16), nullable=False),
        Column("actor_name", String(191), nullable=False),
        Column("door", String(16), nullable=False),
        Column("request_id", String(128), nullable=False),
        Column("ip", String(45)),
        Column("operation", String(128), nullable=False),
        Column("entity", String(64)),
        Column("entity_id", String(191)),
        Column("before", Text),
        Column("after", Text),
    )
    op.create_index("audit_log_entity", "audit_log", ["entity", "entity_id", "id"])
    op.create_index("audit_log_actor", "audit_log", ["actor", "id"])


@frozen(kw_only=True)
class AuditQuery:
    """Which rows, newest first."""

    actor: Annotated[str | None, "Only this actor's id."] = None
    operation: Annotated[str | None, "Only this operation, such as `content.publish`."] = None
    entity: Annotated[str | None, "Only this kind of entity, such as `entry`."] = None
    entity_id: Annotated[str | None, "Only this entity."] = None
    limit: Annotated[int, "Rows a page.", Min(1), Max(200)] = 50
    cursor: Annotated[str | None, "Where the previous page ended."] = None


@frozen(kw_only=True)
class AuditPage:
    """A page of the trail; ``next`` is the cursor of the following one."""

    data: tuple[dict[str, Any], ...] = field(factory=tuple)
    next: str | None = None


class AuditPlugin:
    """Provides ``Audit`` and lists the trail."""

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_migrations(self) -> list[Migration]:
        return [Migration(number=1, name="log", upgrade=_create)]

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        from sqlalchemy import bindparam, insert, literal_column, table
        from sqlalchemy import column as named

        self._db = self._app.need(Database)
        names = (
            "id", "at", "actor", "actor_kind", "actor_name", "door", "request_id", "ip", "operation", "entity",
            "entity_id", "before", "after",
        )  # fmt: skip
        log = table("audit_log", *(named(name) for name in names))
        self._insert = self._db.render(insert(log).values({name: bindparam(name) for name in names}))
        query = log.select().where(literal_column("id") < bindparam("cursor"))
        for name in FILTERS:
            given: Any = bindparam(name)
            query = query.where(given.is_(None) | (log.c[name] == bindparam(name)))
        query = query.order_by(log.c.id.desc()).limit(bindparam("wanted"))
        self._list = self._db.render(query)
        self._app.provide(Audit, self)
        yield

    async def append(self, tx: Transaction, call: Call, operation: str, changes: Sequence[Change]) -> None:
        """Writes one row a change, or one without an entity."""
        common = {
            "at": rfc3339(self._app.clock.now()), "actor": call.actor.id, "actor_kind": call.actor.kind,
            "actor_name": call.actor.name[:191], "door": call.door, "request_id": call.request_id, "ip": call.ip,
            "operation": operation,
        }  # fmt: skip
        nothing: Change | None = None
        rows = [
            common
            | {
                "id": self._app.ids.new(),
                "entity": None if one is None else one.entity,
                "entity_id": None if one is None else one.id,
                "before": None if one is None else self._text(one.before),
                "after": None if one is None else self._text(one.after),
            }
            for one in (changes or (nothing,))
        ]
        await tx.execute_many(self._insert, rows)

    def _text(self, side: Any) -> str | None:
        if side is None:
            return None
        text = json.dumps(self._app.structurer.unstructure(side), ensure_ascii=False, default=str)
        return text if len(text) <= MAX_SIDE else json.dumps({"left_out": "too large", "characters": len(text)})

    @operation("audit.list", needs=AUDIT_READ, http="GET /audit")
    async def list(self, call: Call, order: AuditQuery) -> AuditPage:
        """Lists the audit trail, newest first."""
        if order.cursor is not None and not is_id(order.cursor):
            raise Malformed("the cursor is not one that this list gave")
        values = {name: getattr(order, name) for name in FILTERS}
        values |= {"cursor": order.cursor or "~", "wanted": order.limit + 1}
        rows = await self._db.fetch_all(self._list, values)
        page = [dict(row) | {side: _read(row[side]) for side in ("before", "after")} for row in rows[: order.limit]]
        return AuditPage(data=tuple(page), next=page[-1]["id"] if len(rows) > order.limit else None)


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)
