"""The dispatcher: one order of steps for every door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from attrs import evolve, frozen
from tests.kernel.plugins import plugin

from newel import (
    ANONYMOUS,
    PUBLIC,
    SIGNED_IN,
    Call,
    Forbidden,
    Min,
    NotFound,
    Permission,
    Reject,
    TooMany,
    Unauthenticated,
    hookimpl,
    operation,
    operations_of,
)  # fmt: skip
from newel.app import App
from newel.contracts.audit import Audit, Change
from newel.contracts.idempotency import Idempotency, Kept
from newel.contracts.limits import RateLimit
from newel.errors import BootError
from newel.operations import Invocation, Operation
from newel.testing import actor, make_app
from newel.testing.app import build_app

WRITE = Permission("notes.write", "Write notes", roles=("editor",))


@frozen(kw_only=True)
class NewNote:
    id: str
    stars: Annotated[int, "How many.", Min(0)] = 0


@frozen
class Note:
    id: str
    stars: int


class Notes:
    """A plugin with three operations."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.ran: list[NewNote] = []

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("notes.create", needs=WRITE, http="POST /notes/{id}", effect="write", status=201, limit="notes")
    async def create(self, call: Call, order: NewNote) -> Note:
        """Writes a note.

        And more words."""
        self.ran.append(order)
        if order.id == "bad":
            raise Reject("no")
        call.changed(Change(entity="note", id=order.id, before=None, after={"stars": order.stars}))
        return Note(order.id, order.stars)

    @operation("notes.twice", needs=WRITE, effect="write")
    async def twice(self, call: Call, order: NewNote) -> list[Note]:
        """Writes two notes in one act."""
        first = await self.app.operations.run("notes.create", order, call)
        return [first, await self.app.operations.run("notes.create", evolve(order, id=f"{order.id}2"), call)]

    async def _weigh(self, call: Call, order: NewNote) -> int:
        assert call.work is None, "no transaction is open yet"
        if order.id == "heavy":
            raise Reject("too heavy")
        return order.stars * 2

    @operation("notes.weigh", needs=WRITE, effect="write", prepare=_weigh)
    async def weigh(self, call: Call, order: NewNote, weight: int) -> Note:
        """Writes what was weighed before."""
        return Note(order.id, weight)

    @operation("notes.hello", needs=PUBLIC)
    async def hello(self, call: Call) -> str:
        """Says hello."""
        return f"hello {call.actor.name}"

    @operation("notes.mine", needs=SIGNED_IN)
    async def mine(self, call: Call) -> str:
        """Says who."""
        return call.actor.id


class Store:
    """A database, an audit trail, idempotency and limits in one, enough to see what the dispatcher does with them."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.log: list[Any] = []
        self.kept: dict[str, tuple[str, Any]] = {}
        self.left = 99

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        from newel.contracts.database import Database

        self.app.provide(Database, self)  # type: ignore[arg-type]  # only what the dispatcher uses
        self.app.provide(Audit, self)
        self.app.provide(Idempotency, self)
        self.app.provide(RateLimit, self)
        yield

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[str]:
        self.log.append("begin")
        try:
            yield "tx"
        except BaseException:
            self.log.append("rollback")
            raise
        self.log.append("commit")

    async def append(self, tx: Any, acts: Any) -> None:
        assert tx == "tx"
        self.log += [(act.operation, [change.id for change in act.changes]) for act in acts]

    async def note(self, call: Call, operation: str, outcome: str, detail: str = "") -> None:
        self.log.append((outcome, operation, detail))

    async def begin(self, tx: Any, call: Call, operation: str, fingerprint: str) -> Kept | None:
        known = self.kept.get(str(call.idempotency_key))
        if known is None:
            self.kept[str(call.idempotency_key)] = (fingerprint, None)
            return None
        if known[0] != fingerprint:
            raise Reject("another input", code="idempotency_mismatch")
        return Kept(known[1])

    async def finish(self, tx: Any, call: Call, operation: str, answer: Any) -> None:
        self.kept[str(call.idempotency_key)] = (self.kept[str(call.idempotency_key)][0], answer)

    async def take(self, call: Call, group: str) -> None:
        assert group == "notes"
        if self.left == 0:
            raise TooMany("enough", retry_after=3)
        self.left -= 1


def plugins() -> list[Any]:
    from newel.contracts.database import Database

    return [plugin("notes", Notes), plugin("store", Store, provides=(Database, Audit, Idempotency, RateLimit))]


async def run(app: App, name: str, data: Any = None, who: Any = None, **details: Any) -> Any:
    return await app.operations.run(name, data or {}, app.call(who or actor("admin"), "test", **details))


def log(app: App) -> list[Any]:
    return app.plugins["store"].log  # type: ignore[attr-defined]  # the class above


async def test_a_write_is_audited_in_its_transaction() -> None:
    async with make_app(plugins()) as app:
        assert await run(app, "notes.create", {"id": "a", "stars": 2}) == Note("a", 2)
        assert log(app) == ["begin", ("notes.create", ["a"]), "commit"]


async def test_a_failure_rolls_back_and_leaves_no_row() -> None:
    async with make_app(plugins()) as app:
        with pytest.raises(Reject):
            await run(app, "notes.create", {"id": "bad"})
        assert log(app) == ["begin", "rollback"]


async def test_what_is_to_follow_the_commit_follows_it_and_never_comes_without_it() -> None:
    class Follows:
        app: App

        @hookimpl
        def operation_before_run(self, invocation: Invocation, call: Call) -> None:
            if call.work is not None:
                call.work.after.append(lambda: log(self.app).append("after"))

    async with make_app([*plugins(), plugin("follows", Follows)]) as app:
        await run(app, "notes.twice", {"id": "a"})
        assert log(app)[-4:] == ["commit", "after", "after", "after"]
        with pytest.raises(Reject):
            await run(app, "notes.create", {"id": "bad"})
        assert log(app)[-1] == "rollback"


async def test_slow_work_is_done_before_the_transaction_and_may_refuse() -> None:
    async with make_app(plugins()) as app:
        assert await run(app, "notes.weigh", {"id": "a", "stars": 2}) == Note("a", 4)
        assert log(app) == ["begin", ("notes.weigh", []), "commit"]
        with pytest.raises(Reject, match="too heavy"):
            await run(app, "notes.weigh", {"id": "heavy"})
        assert len(log(app)) == 3


async def test_an_operation_inside_another_joins_its_transaction() -> None:
    async with make_app(plugins()) as app:
        await run(app, "notes.twice", {"id": "a"})
        assert log(app) == [
            "begin", ("notes.create", ["a"]), ("notes.create", ["a2"]), ("notes.twice", []), "commit",
        ]  # fmt: skip


async def test_permission_comes_before_the_input_is_looked_at() -> None:
    async with make_app(plugins()) as app:
        with pytest.raises(Unauthenticated):
            await run(app, "notes.create", {"nonsense": 1}, ANONYMOUS)
        with pytest.raises(Forbidden, match=r"notes\.write"):
            await run(app, "notes.create", {"nonsense": 1}, actor("ann"))
        with pytest.raises(Reject) as caught:
            await run(app, "notes.create", {"nonsense": 1, "stars": -1}, actor("ann", "notes.write"))
        assert {problem.pointer for problem in caught.value.problems} == {"/id", "/stars", "/nonsense"}
        assert await run(app, "notes.hello", {}, ANONYMOUS) == "hello anonymous"
        with pytest.raises(Unauthenticated):
            await run(app, "notes.mine", {}, ANONYMOUS)
        assert await run(app, "notes.mine", {}, actor("ann")) == "ann"
        with pytest.raises(NotFound, match=r"no operation 'notes\.no'"):
            await run(app, "notes.no")


async def test_the_same_key_is_one_act() -> None:
    async with make_app(plugins()) as app:
        first = await run(app, "notes.create", {"id": "a", "stars": 1}, idempotency_key="k")
        again = await run(app, "notes.create", {"id": "a", "stars": 1}, idempotency_key="k")
        assert (first, again) == (Note("a", 1), Kept({"id": "a", "stars": 1}))
        assert len(app.plugins["notes"].ran) == 1  # type: ignore[attr-defined]  # the class above
        with pytest.raises(Reject) as caught:
            await run(app, "notes.create", {"id": "a", "stars": 2}, idempotency_key="k")
        assert caught.value.reason == "idempotency_mismatch"


async def test_limits_are_asked_before_the_transaction() -> None:
    async with make_app(plugins()) as app:
        app.plugins["store"].left = 1  # type: ignore[attr-defined]  # the class above
        await run(app, "notes.create", {"id": "a"})
        with pytest.raises(TooMany) as caught:
            await run(app, "notes.create", {"id": "b"})
        assert caught.value.retry_after == 3
        assert log(app).count("begin") == 1


async def test_hooks_around_and_before() -> None:
    class Watch:
        def __init__(self, app: App) -> None:
            self.app = app

        @hookimpl
        @asynccontextmanager
        async def operation_around_run(self, invocation: Invocation) -> AsyncIterator[None]:
            log(self.app).append(f"around {invocation.operation.name}")
            yield
            log(self.app).append("done")

        @hookimpl
        def operation_before_run(self, invocation: Invocation, call: Call) -> Invocation | None:
            if invocation.operation.name == "notes.create":
                return evolve(invocation, order=evolve(invocation.order, stars=5))
            return None

    async with make_app([*plugins(), plugin("watch", Watch)]) as app:
        assert (await run(app, "notes.create", {"id": "a"})).stars == 5
        assert log(app) == ["around notes.create", "begin", ("notes.create", ["a"]), "commit", "done"]


def test_what_a_declaration_carries(tmp_path: Any) -> None:
    app = build_app([plugin("notes", Notes)], folder=tmp_path)
    made = app.operations.get("notes.create")
    assert (made.summary, made.owner, made.status, made.input, made.output) == (
        "Writes a note",
        "notes",
        201,
        NewNote,
        Note,
    )
    assert (made.method, made.path, made.path_fields) == ("POST", "/notes/{id}", ("id",))
    names = ["notes.create", "notes.twice", "notes.weigh", "notes.hello", "notes.mine"]
    assert [one.name for one in app.operations] == names


def test_a_summary_is_the_first_sentence() -> None:
    """Whole where it goes over two lines; code is marked as in Markdown, which is what doors show."""

    class Told:
        @operation("told.once", needs=PUBLIC)
        async def once(self, call: Call) -> None:
            """Lists what ``x`` says, e.g. words, however long the sentence
            may be. Then more.

            And more.
            """

    (made,) = operations_of(Told())
    assert made.summary == "Lists what `x` says, e.g. words, however long the sentence may be"
    assert made.doc.endswith("And more.")


def test_two_of_one_name_or_path_name_both_owners(tmp_path: Any) -> None:
    with pytest.raises(BootError, match=r"other and notes both declare 'notes\.create'"):
        build_app(
            [plugin("notes", Notes), plugin("other", type("Other", (Notes,), dict(vars(Notes))), after=("notes",))],
            folder=tmp_path,
        )


@pytest.mark.parametrize("wrong", ["name", "doc", "input", "path"])
def test_a_wrong_declaration_is_refused(wrong: str) -> None:
    class Wrong:
        if wrong == "name":

            @operation("Notes", needs=PUBLIC)
            async def one(self, call: Call) -> None:
                """Doc."""
        elif wrong == "doc":

            @operation("notes.one", needs=PUBLIC)
            async def one(self, call: Call) -> None:
                pass
        elif wrong == "input":

            @operation("notes.one", needs=PUBLIC)
            async def one(self, call: Call, order: int) -> None:
                """Doc."""
        else:

            @operation("notes.one", needs=PUBLIC, http="GET /x/{nope}")
            async def one(self, call: Call, order: NewNote) -> None:
                """Doc."""

    with pytest.raises(BootError, match="operation '"):
        operations_of(Wrong())
