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
        shown = select(published.c.entry).where(published.c.locale == bindparam("code"))
        filled = select(index.c.entry).where(index.c.locale == bindparam("code_too"), index.c.sort_key.is_not(None))
        self._used = db.render(select(func.count().label("count")).select_from(shown.union(filled).subquery()))

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
        """How many entries are published or have indexed values in the locale."""
        row = await queries.fetch_one(self._used, {"code": code, "code_too": code})
        return 0 if row is None else int(row["count"])


def _columns(locale: Locale) -> dict[str, str | int | None]:
    return {
        "label": locale.label,
        "enabled": int(locale.enabled),
        "is_default": int(locale.default),
        "fallback": locale.fallback,
    }
