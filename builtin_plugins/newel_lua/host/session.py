"""A function of a plugin that is talked to: it shows something, waits for what happens, shows something else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from newel_lua.faults import Away, Interrupted, TimedOut
from newel_lua.host.process import Lost
from newel_lua.model import LuaValue

if TYPE_CHECKING:
    from newel_lua.host.host import Host, Target
    from newel_lua.host.instance import Live


class Session:
    """Ends when the function returns, raises, or ``close`` is called; its ``run.stack`` is closed then."""

    def __init__(self, host: Host, live: Live, target: Target, instructions: int, seconds: float) -> None:
        """``seconds``: for each answer of the plugin."""
        self._host = host
        self._live = live
        self._target = target
        self._instructions = instructions
        self._seconds = seconds
        self._begun = False
        self.ended = False

    async def send(self, event: LuaValue) -> LuaValue | None:
        """The first event starts it. Answers what it yields; ``None`` (and ``ended``) when it returned.

        Raises ``CallFailed``; it has ended then.
        """
        order: dict[str, Any] = {"t": "answer", "ok": event, "v": []}
        if not self._begun:
            order = {"t": "call", "f": self._target, "a": [event], "i": self._instructions}
            self._begun = True
        try:
            async with asyncio.timeout(self._seconds):
                message = await self._host.step(self._live, order)
        except BaseException as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise TimedOut(f"it took more than {self._seconds:g} s") from None
            if isinstance(error, Lost | Interrupted):
                raise Away("its process ended") from None
            raise
        if message["t"] == "done":
            await self.close()
            return None
        values: list[LuaValue] = message["v"]
        return values[0] if values else None

    async def close(self) -> None:
        """The function is dropped where it stands."""
        if not self.ended:
            self.ended = True
            self._host.end_session(self._live)
            await self._live.run.stack.aclose()
