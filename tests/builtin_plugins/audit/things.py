"""A plugin that changes things, and short ways to use a site with it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from attrs import evolve, frozen

from newel import PUBLIC, Call, Forbidden, Manifest, Permission, Reject, Secret, hookimpl
from newel.app import App
from newel.contracts.audit import Change
from newel.contracts.database import Database
from newel.contracts.http import Handler, HttpAnswer, HttpRequest, Route
from newel.operations import Operation, operation, operations_of
from newel.testing import actor

WRITE = Permission("things.write", "Change things", ("editor",))
CANARY = "canary-6b1f"


@frozen(kw_only=True)
class Act:
    """What to do to which things."""

    ids: Annotated[tuple[str, ...], "The things."] = ("a",)
    size: Annotated[int, "How large they become."] = 1
    fails: Annotated[bool, "Whether it goes wrong at its end."] = False


class Things:
    """Changes of nothing, noted."""

    manifest: ClassVar[Manifest] = Manifest(
        name="things", summary="Things.", load="tests.builtin_plugins.audit.things:Things"
    )

    def __init__(self, app: App) -> None:
        self._app = app

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @hookimpl
    def register_routes(self) -> list[Route]:
        def route(path: str, needs: Permission, handler: Handler) -> Route:
            return Route(method="GET", path=path, handler=handler, needs=needs, summary="By hand.")

        return [
            route("/things/raw", WRITE, self._answers),
            route("/things/refused", PUBLIC, self._refuses),
            route("/things/through", PUBLIC, self._through),
        ]

    async def _answers(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return HttpAnswer(body=b"ok")

    async def _refuses(self, request: HttpRequest, call: Call) -> HttpAnswer:
        raise Forbidden("not you", code="not_you")

    async def _through(self, request: HttpRequest, call: Call) -> HttpAnswer:
        await self._app.operations.run("things.change", {}, call)
        return HttpAnswer(body=b"ok")

    @operation("things.change", needs=WRITE, http="POST /things", effect="write")
    async def change(self, call: Call, order: Act) -> None:
        """Changes things."""
        for one in order.ids:
            after = {"text": "é" * order.size, "secret": Secret(CANARY), "deep": [{"key": Secret(CANARY)}]}
            call.changed(Change(entity="thing", id=one, before=None, after=after))
        if order.fails:
            raise Reject("no")

    @operation("things.both", needs=WRITE, effect="write")
    async def both(self, call: Call, order: Act) -> None:
        """Changes things in two acts, of which the second may fail."""
        await self._app.operations.run("things.change", evolve(order, fails=False), call)
        await self._app.operations.run("things.change", order, call)

    @operation("things.peek", needs=WRITE, privileged=True)
    async def peek(self, call: Call) -> str:
        """Reads what only few may see."""
        return "seen"

    @operation("things.peek_within", needs=WRITE, effect="write")
    async def peek_within(self, call: Call) -> None:
        """Peeks as a part of a write."""
        await self._app.operations.run("things.peek", {}, call)

    @operation("things.keep", needs=WRITE, effect="write")
    async def keep(self, call: Call) -> None:
        """Writes a row (into ``bench``) and notes a change: for the benchmark."""
        await call.tx.execute("INSERT INTO bench (n) VALUES (:n)", {"n": 1})
        call.changed(Change(entity="thing", id="a", before={"size": 1}, after={"size": 2}))

    @operation("things.prunes", needs=WRITE, effect="write")
    async def prunes(self, call: Call) -> None:
        """Prunes the trail as a part of a write."""
        await self._app.operations.run("audit.prune", {"keep_days": 1}, call)

    @operation("things.look", needs=WRITE)
    async def look(self, call: Call) -> None:
        """Changes nothing."""


async def run(app: App, verb: str, who: str = "admin", /, **order: Any) -> Any:
    return await app.operations.run(verb, order, call_of(app, who))


def call_of(app: App, who: str = "admin") -> Call:
    acting = evolve(actor(who, everything=True), credential="01TOKEN")
    return app.call(acting, "test", ip="192.0.2.7", request_id=f"request of {who}")


async def sql(app: App, statement: str, **values: Any) -> list[dict[str, Any]]:
    """What somebody with the database in their hands does to it."""
    async with app.need(Database).transaction() as tx:
        if statement.lstrip().upper().startswith("SELECT"):
            return [dict(row) for row in await tx.fetch_all(statement, values)]
        await tx.execute(statement, values)
        return []
