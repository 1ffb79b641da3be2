"""Rows of locales."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, insert, select, update

from newel.contracts.content import MAIN, Locale
from newel.contracts.database import Database, Queries, Transaction
from newel_content import tables


class LocaleStore:
    """Writes locales; they are read with the catalogue."""

    def __init__(self, db: Database) -> None:
        locales, published, index = tables.locales, tables.published, tables.index
        one = (locales.c.space == bindparam("space_is"), locales.c.code == bindparam("code_is"))
        self._insert = db.render(insert(locales))
        self._update = db.render(
            update(locales)
            .where(*one)
            .values({name: bindparam(name) for name in ("label", "enabled", "is_default", "fallback")})
        )
        self._plain = db.render(update(locales).where(locales.c.space == bindparam("space_is")).values(is_default=0))
        self._delete = db.render(delete(locales).where(*one))
        self._published = db.render(
            select(func.count().label("count")).select_from(published).where(published.c.locale == bindparam("code"))
        )
        self._indexed = db.render(
            select(func.count().label("count")).select_from(index).where(index.c.locale == bindparam("code"))
        )

    async def insert(self, tx: Transaction, locale: Locale, now: str) -> None:
        """Raises ``UniqueViolation`` when the code is there."""
        await tx.execute(self._insert, {"space": MAIN, "code": locale.code, "created_at": now, **_columns(locale)})

    async def update(self, tx: Transaction, locale: Locale) -> None:
        await tx.execute(self._update, {"space_is": MAIN, "code_is": locale.code, **_columns(locale)})

    async def clear_default(self, tx: Transaction) -> None:
        await tx.execute(self._plain, {"space_is": MAIN})

    async def delete(self, tx: Transaction, code: str) -> None:
        await tx.execute(self._delete, {"space_is": MAIN, "code_is": code})

    async def uses(self, queries: Queries, code: str) -> int:
        """How many published entries and index rows the locale has."""
        total = 0
        for statement in (self._published, self._indexed):
            row = await queries.fetch_one(statement, {"code": code})
            total += 0 if row is None else int(row["count"])
        return total


def _columns(locale: Locale) -> dict[str, str | int | None]:
    return {
        "label": locale.label,
        "enabled": int(locale.enabled),
        "is_default": int(locale.default),
        "fallback": locale.fallback,
    }
