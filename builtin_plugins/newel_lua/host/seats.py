"""Which process a plugin runs in: several share one, until one of them brings it down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from newel_lua.host.instance import Instance
from newel_lua.host.process import Message, Process

Heard = Callable[[int, Message], None]
Ended = Callable[[Process, int | None], None]


class Seats:
    """The processes, and who sits in them."""

    def __init__(self, limits: Mapping[str, Any], each: int, log: logging.Logger, heard: Heard, ended: Ended) -> None:
        """``limits``: what a process is told first; ``each``: plugins in one process."""
        self._limits = dict(limits)
        self._each = each
        self._log = log
        self._heard = heard
        self._ended = ended
        self._shared: dict[Process, set[int]] = {}
        self._alone: dict[Process, str] = {}
        self._gone: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self.offenders: set[str] = set()
        """Plugins that brought a process down: each gets one of its own."""

    @property
    def processes(self) -> tuple[Process, ...]:
        return (*self._shared, *self._alone)

    async def seat(self, instance: Instance, number: int) -> Process:
        """A process with room, started if need be. Raises ``Lost``."""
        async with self._lock:
            name = instance.code.name
            if name in self.offenders:
                process = next((one for one, who in self._alone.items() if who == name and one.alive), None)
                if process is None:
                    process = await self._started()
                    self._alone[process] = name
                return process
            for process, taken in self._shared.items():
                if process.alive and len(taken) < self._each:
                    taken.add(number)
                    return process
            process = await self._started()
            self._shared[process] = {number}
            return process

    def leave(self, process: Process, number: int) -> None:
        """A machine is not needed any more."""
        process.say({"t": "unload", "c": 0, "m": number})
        taken = self._shared.get(process)
        if taken is not None:
            taken.discard(number)

    async def close(self) -> None:
        """Ends all of them."""
        everybody = self.processes
        self._shared.clear()
        self._alone.clear()
        await asyncio.gather(*(one.close() for one in everybody), *self._gone)

    async def _started(self) -> Process:
        made: list[Process] = []
        process = await Process.start(
            {"t": "limits", **self._limits}, self._heard, lambda culprit: self._lost(made[0], culprit)
        )
        made.append(process)
        self._log.debug("a Lua worker is up", extra={"pid": process.pid, "box": process.box})
        return process

    def _lost(self, process: Process, culprit: int | None) -> None:
        self._shared.pop(process, None)
        self._alone.pop(process, None)
        self._ended(process, culprit)
        task = asyncio.create_task(process.close(), name="newel-lua-goodbye")
        self._gone.add(task)
        task.add_done_callback(self._gone.discard)
