"""One plugin's way to our operations: as an actor that may do what the plugin was granted, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve

from newel import Actor, Forbidden, NotFound
from newel.errors import NewelError
from newel_lua.model import LuaRefused, Run

if TYPE_CHECKING:
    from newel.app import App

Plain = dict[str, Any]


def actor_id(plugin: str) -> str:
    """As who a plugin acts: in the audit trail, and as the author of what it writes."""
    return f"lua:{plugin}"


def acting(run: Run, permissions: Iterable[str]) -> Actor:
    """The plugin as an actor: no user's rights, and nobody's but those that it was granted."""
    name = run.plugin.name
    return Actor(id=actor_id(name), kind="plugin", name=name, permissions=frozenset(permissions))


def refused(error: NewelError) -> LuaRefused:
    """``nil, message, code, problems``: an error of ours as a plugin gets it; problems are as over HTTP."""
    problems = [{"pointer": one.pointer, "code": one.code, "detail": one.detail} for one in error.problems]
    return LuaRefused(error.detail, error.reason, problems)


async def denied(app: App, run: Run, function: str, detail: str) -> LuaRefused:
    """The refusal of what nobody approved. The audit trail has it then."""
    call = evolve(run.call, actor=acting(run, ()), door="lua", work=None, idempotency_key=None)
    await app.operations.denied(function, call, Forbidden(detail))
    return LuaRefused(detail, "forbidden")


class Asking:
    """Runs operations for one call of a function."""

    def __init__(self, app: App, run: Run, permissions: Iterable[str]) -> None:
        self.app = app
        self._run = run
        self._call = evolve(
            run.call, actor=acting(run, permissions), door="lua", work=None, idempotency_key=None, event=""
        )  # fmt: skip
        self._spent = False

    async def ask(self, operation: str, **order: Any) -> Any:
        """The answer as plain data. Each counts as an operation of the plugin. Raises ``NewelError``."""
        self.spend()
        given = {name: value for name, value in order.items() if value is not None}
        answer = await self.app.operations.run(operation, given, evolve(self._call, now=self.app.clock.now()))
        return self.app.structurer.unstructure(answer)

    def spend(self, operations: int = 1) -> None:
        """The first was counted when the plugin called the function."""
        if not self._spent:
            self._spent, operations = True, operations - 1
        self._run.spend(operations)

    async def found(self, operation: str, **order: Any) -> Plain | None:
        """The same; ``None`` where it does not exist."""
        try:
            answer: Plain = await self.ask(operation, **order)
        except NotFound:
            return None
        return answer

    async def pages(self, operation: str, **order: Any) -> AsyncIterator[list[Plain]]:
        """A list page by page, by its cursors."""
        cursor: str | None = None
        while True:
            answer: Mapping[str, Any] = await self.ask(operation, cursor=cursor, **order)
            yield answer["data"]
            cursor = answer["links"]["next"] if "links" in answer else answer.get("next")
            if cursor is None:
                return
