"""The contract ``Media``: assets for readers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.database import Transaction
    from newel_media.store import Store
    from newel_media.view import View


class Reader:
    """One statement for all assets of an answer."""

    def __init__(self, app: App, store: Store, view: View) -> None:
        self._app = app
        self._store = store
        self._view = view

    async def shown(
        self, ids: Sequence[str], *, locale: str | None = None, private: bool = False
    ) -> Mapping[str, Mapping[str, Any]]:
        now = self._app.clock.now()
        rows = await self._store.assets.many(self._store.db, list(dict.fromkeys(ids)))
        return {
            id: self._view.shown(row, locale, now) for id, row in rows.items() if private or not row["private"]
        }  # fmt: skip

    async def held(self, tx: Transaction, ids: Collection[str]) -> Mapping[str, str]:
        """The kinds of those that are there; they stay until the transaction ends."""
        return await self._store.assets.held(tx, ids)
