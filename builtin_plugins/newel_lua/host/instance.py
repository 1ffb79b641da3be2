"""A plugin's code that has been loaded, and a call of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, define, frozen

from newel_lua.host.process import Message, Process
from newel_lua.host.slots import Slots
from newel_lua.model import Kind, Registration, Run


@frozen(kw_only=True)
class Code:
    """What is loaded: the files of a plugin by path (``init.lua``, ``lib/x.lua``), and what it may take."""

    name: str
    files: Mapping[str, bytes]
    memory: int
    """Bytes."""
    instructions: int
    """Of one call."""


@define(eq=False)
class Instance:
    """One version of a plugin, loaded. Its process may end: then it is loaded again before its next call."""

    code: Code
    make_run: Callable[[Kind], Run]
    """For what the host itself calls: loading, ``on_init``."""
    slots: Slots
    number: int = 0
    process: Process | None = None
    info: Mapping[str, Any] = Factory(dict)
    """``plugin_info``; empty where it has none."""
    registrations: tuple[Registration, ...] = ()
    revivals: int = 0
    """How often it had to be loaded again."""
    gone: bool = False
    """Whether it was unloaded for good."""
    lock: asyncio.Lock = Factory(asyncio.Lock)


@define(eq=False)
class Live:
    """A call under way. Its messages come one at a time, each after a turn that was given."""

    id: int
    instance: Instance
    run: Run
    process: Process
    inert: bool = False
    """Whether the server's functions do nothing, and answer nothing."""
    asked: int = 0
    """Functions of the server that it has called."""
    said: int = 0
    """Bytes that it called them with."""
    inbox: asyncio.Future[Message] = Factory(lambda: asyncio.get_running_loop().create_future())

    def give(self, message: Message) -> None:
        """Raises ``Lost``."""
        self.inbox = asyncio.get_running_loop().create_future()
        self.process.give(self.id, {"c": self.id, "m": self.instance.number, **message})

    def tell(self, message: Message) -> None:
        if not self.inbox.done():
            self.inbox.set_result(message)

    def fail(self, error: Exception) -> None:
        if not self.inbox.done():
            self.inbox.set_exception(error)
            self.inbox.exception()  # nobody may be waiting any more
