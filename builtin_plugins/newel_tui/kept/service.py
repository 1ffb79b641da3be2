"""The operations ``tui.kept.*``: each for what one has typed oneself.

What somebody types is no act yet: these are the only writes that are not in the audit trail, and so they run ``alone``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from attrs import frozen

from newel import SIGNED_IN, Call, MaxLength, MinLength, Transient, operation
from newel.contracts.database import Database
from newel.errors import TooLarge
from newel.structure import rfc3339

if TYPE_CHECKING:
    from newel.app import App
    from newel_tui.config import TuiConfig
    from newel_tui.kept.store import Store

LARGEST = 2_000_000
"""Bytes of JSON."""
MOST = 200
"""Forms of one person; of more the oldest go."""
CLEAR_EVERY = 3600.0

Key = Annotated[str, "The form: a name that it has for ever.", MinLength(1), MaxLength(200)]


@frozen(kw_only=True)
class KeptKey:
    """Which form."""

    key: Key


@frozen(kw_only=True)
class Keep:
    """What was typed into a form."""

    key: Key
    values: Annotated[Mapping[str, Any], "What was typed, as the form wants it back."]


@frozen(kw_only=True)
class KeptForm:
    """What was typed; `values` is empty where nothing is kept."""

    values: Mapping[str, Any] | None = None
    saved_at: str | None = None


class KeptForms:
    """Keeps what was typed until it is sent, thrown away, or ``keep_days`` old."""

    def __init__(self, app: App, config: TuiConfig) -> None:
        self._app = app
        self._days = config.keep_days

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        from newel_tui.kept.store import Store

        self._store: Store = Store(self._app.need(Database))
        task = asyncio.create_task(self._clearing(), name="tui: kept forms")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _clearing(self) -> None:
        while True:
            await self._app.clock.sleep(CLEAR_EVERY)
            try:
                await self._store.drop_old(rfc3339(self._app.clock.now() - timedelta(days=self._days)))
            except Transient as error:
                self._app.log.debug("clearing what was typed long ago waits", extra={"cause": error.detail})
            except Exception as error:  # nobody else would hear of it, and the task must live on
                self._app.log.error("clearing what was typed long ago failed", exc_info=error)

    @operation("tui.kept.get", needs=SIGNED_IN, http="GET /tui/kept", command=False)
    async def get(self, call: Call, which: KeptKey) -> KeptForm:
        """Answers what one has typed into a form of the terminal admin and not sent."""
        row = await self._store.find(call.actor.id, which.key)
        if row is None:
            return KeptForm()
        return KeptForm(values=json.loads(row["values_json"]), saved_at=row["saved_at"])

    @operation(
        "tui.kept.put", needs=SIGNED_IN, http="PUT /tui/kept", effect="write", status=204, command=False, alone=True
    )
    async def put(self, call: Call, order: Keep) -> None:
        """Keeps what one has typed into a form, in place of what was kept for it. It is not in the audit trail."""
        text = json.dumps(order.values, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
            raise TooLarge(f"at most {LARGEST:,} bytes are kept")
        text = text.encode("utf-8", "replace").decode()  # half a surrogate pair is in no database
        await self._store.put(call.actor.id, order.key, text.replace("\0", ""), rfc3339(call.now), MOST)

    @operation(
        "tui.kept.drop", needs=SIGNED_IN, http="DELETE /tui/kept", effect="write", status=204, command=False, alone=True
    )
    async def drop(self, call: Call, which: KeptKey) -> None:
        """Forgets what one has typed into a form; it is not in the audit trail."""
        await self._store.drop(call.actor.id, which.key)
