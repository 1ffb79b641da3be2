"""Changes for readers that concern many entries at once, and the end of what is long gone. One statement each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, case, delete, exists, func, or_, select, update

from newel.contracts.database import Database, Transaction, Value
from newel_content import tables


class SweepStore:
    """Writes changes of whole types and locales. ``tick`` is the transaction's, ``at`` the time."""

    def __init__(self, db: Database) -> None:
        changes, clock, references = tables.changes, tables.clock, tables.references
        of_type = changes.c.type == bindparam("type_is")
        out, seen = changes.c.state == "published", changes.c.public_state == "published"
        public_now: dict[str, Any] = {"public_tick": bindparam("tick_is"), "public_at": bindparam("at_is")}
        now: dict[str, Any] = {"tick": bindparam("tick_is"), "at": bindparam("at_is")}
        same = {"public_version": changes.c.version, "public_path": changes.c.path}
        self._hide = db.render(update(changes).where(of_type, seen).values(public_state="unpublished", **public_now))
        self._show = db.render(
            update(changes).where(of_type, out).values(public_state="published", **same, **public_now)
        )
        self._end = db.render(update(changes).where(of_type, out).values(state="unpublished", **now))
        self._name = db.render(update(changes).where(of_type).values(type_name=bindparam("name")))
        again = now | {
            "public_tick": case((seen, bindparam("tick_too")), else_=changes.c.public_tick),
            "public_at": case((seen, bindparam("at_too")), else_=changes.c.public_at),
        }
        holds = exists().where(
            references.c.target == bindparam("type_is"), references.c.field == 0, references.c.stage == "published",
            references.c.source == changes.c.entry, references.c.locale == changes.c.locale,
        )  # fmt: skip
        in_locale = changes.c.locale == bindparam("locale_is")
        self._of_type = db.render(update(changes).where(of_type, out).values(again))
        self._with_block = db.render(update(changes).where(out, holds).values(again))
        self._in_locale = db.render(update(changes).where(in_locale, out).values(again))

        untold = or_(
            changes.c.public_tick.is_(None),
            and_(changes.c.public_tick < bindparam("before_too"), changes.c.public_state == "unpublished"),
        )
        old = and_(
            changes.c.space == bindparam("space_is"), changes.c.tick < bindparam("before"),
            changes.c.state == "unpublished", untold,
        )  # fmt: skip
        self._last = db.render(
            select(func.max(changes.c.tick).label("here"), func.max(changes.c.public_tick).label("public")).where(old)
        )
        self._drop = db.render(delete(changes).where(old))
        higher = {
            name: case((clock.c[name] < bindparam(name), bindparam(f"{name}_too")), else_=clock.c[name])
            for name in ("forgotten", "public_forgotten")
        }
        self._note = db.render(update(clock).where(clock.c.space == bindparam("space_is")).values(higher))

    async def hide(self, tx: Transaction, type: str, tick: int, at: str) -> None:
        """Strangers lose what is published of a type."""
        await tx.execute(self._hide, {"type_is": type, "tick_is": tick, "at_is": at})

    async def show(self, tx: Transaction, type: str, tick: int, at: str) -> None:
        """Strangers get what is published of a type."""
        await tx.execute(self._show, {"type_is": type, "tick_is": tick, "at_is": at})

    async def end(self, tx: Transaction, type: str, tick: int, at: str) -> None:
        """All lose what is published of a type."""
        await self.hide(tx, type, tick, at)
        await tx.execute(self._end, {"type_is": type, "tick_is": tick, "at_is": at})

    async def name(self, tx: Transaction, type: str, name: str) -> None:
        """Notes what the type is called, for when it is gone, or not public."""
        await tx.execute(self._name, {"type_is": type, "name": name})

    async def of_type(self, tx: Transaction, type: str, tick: int, at: str) -> None:
        """What is published of a type looks otherwise."""
        await tx.execute(self._of_type, _moment(tick, at, type_is=type))

    async def with_block(self, tx: Transaction, type: str, tick: int, at: str) -> None:
        """What is published with blocks of a type looks otherwise."""
        await tx.execute(self._with_block, _moment(tick, at, type_is=type))

    async def in_locale(self, tx: Transaction, locale: str, tick: int, at: str) -> None:
        """A locale is served, or no longer."""
        await tx.execute(self._in_locale, _moment(tick, at, locale_is=locale))

    async def forget(self, tx: Transaction, space: str, before: int) -> None:
        """Drops the rows of what is unpublished for all since before a tick, and notes up to where that was."""
        values: dict[str, Value] = {"space_is": space, "before": before, "before_too": before}
        last = await tx.fetch_one(self._last, values)
        if last is None or last["here"] is None:
            return
        here, public = int(last["here"]), int(last["public"] or 0)
        noted: dict[str, Value] = {"forgotten": here, "forgotten_too": here}
        noted |= {"public_forgotten": public, "public_forgotten_too": public}
        await tx.execute(self._note, {"space_is": space, **noted})
        await tx.execute(self._drop, values)


def _moment(tick: int, at: str, **more: Value) -> dict[str, Value]:
    return {"tick_is": tick, "tick_too": tick, "at_is": at, "at_too": at, **more}
