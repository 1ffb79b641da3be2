"""A plugin that brings ``audit.undo``, and does nothing but note who asked for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import frozen

from newel import SIGNED_IN, Call, Manifest, hookimpl, operation
from newel.app import App
from newel.errors import NewelError
from newel.operations import Operation, operations_of


@frozen(kw_only=True)
class Undo:
    request_id: str


class UndoingPlugin:
    def __init__(self, app: App) -> None:
        self.asked: list[str] = []
        self.refuses: NewelError | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("audit.undo", needs=SIGNED_IN, http="POST /audit/undo", effect="write")
    async def undo(self, call: Call, order: Undo) -> None:
        """Undo an act."""
        if self.refuses is not None:
            raise self.refuses
        self.asked.append(order.request_id)


UNDOING = Manifest(name="undoing", summary="Undo, for tests.", load="tests.builtin_plugins.tui.undoing:UndoingPlugin")
