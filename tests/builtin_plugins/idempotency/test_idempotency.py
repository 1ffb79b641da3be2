"""One key, one act."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar

import pytest
from attrs import frozen

from newel import (
    ANONYMOUS,
    PUBLIC,
    Actor,
    Call,
    Conflict,
    Manifest,
    Reject,
    Secret,
    ShownOnce,
    hookimpl,
)
from newel.app import App
from newel.contracts.idempotency import Kept
from newel.operations import Operation, operation, operations_of
from newel.testing import FakeClock, actor, make_app
from newel_idempotency.store import BATCH

CANARY = "canary-91d0"


@frozen(kw_only=True)
class Order:
    """What to do."""

    text: Annotated[str, "A text."] = ""
    password: Annotated[Secret[str] | None, "A secret."] = None
    fails: Annotated[bool, "Whether it goes wrong."] = False


@frozen(kw_only=True)
class Done:
    """What was done."""

    number: int
    text: str
    token: ShownOnce[str]


class Acts:
    """Counts what it does."""

    manifest: ClassVar[Manifest] = Manifest(
        name="acts", summary="Acts.", load="tests.builtin_plugins.idempotency.test_idempotency:Acts"
    )

    def __init__(self, app: App) -> None:
        self.done = 0

    @hookimpl
    def register_operations(self) -> list[Operation]:
        return operations_of(self)

    @operation("acts.do", needs=PUBLIC, effect="write")
    async def do(self, call: Call, order: Order) -> Done:
        """Does it."""
        await asyncio.sleep(0)
        if order.fails:
            raise Reject("no")
        self.done += 1
        return Done(number=self.done, text=order.text, token=ShownOnce(CANARY))

    @operation("acts.other", needs=PUBLIC, effect="write")
    async def other(self, call: Call, order: Order) -> None:
        """Does something else, and answers nothing."""
        self.done += 1

    @operation("acts.look", needs=PUBLIC)
    async def look(self, call: Call, order: Order) -> int:
        """Looks."""
        return self.done


@asynccontextmanager
async def opened(clock: FakeClock, **config: Any) -> AsyncIterator[App]:
    plugins = ["database", "migrations", "idempotency", Acts.manifest]
    async with make_app(plugins, {"idempotency": config}, clock=clock) as app:
        yield app


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    async with opened(clock) as made:
        yield made


ANN = actor("ann")


async def do(
    app: App, key: str | None, who: Actor = ANN, /, verb: str = "acts.do", ip: str = "::1", **order: Any
) -> Any:
    return await app.operations.run(verb, order, app.call(who, "test", idempotency_key=key, ip=ip))


def done(app: App) -> int:
    return app.plugins["acts"].done  # type: ignore[attr-defined]  # the class above


async def rows(app: App) -> list[dict[str, Any]]:
    found = await app.plugins["idempotency"]._store._db.fetch_all("SELECT * FROM idempotency_keys")  # type: ignore[attr-defined]  # looks inside
    return [dict(row) for row in found]


async def test_the_same_key_again_does_nothing(app: App) -> None:
    first = await do(app, "k", text="hé")
    assert first.number == 1
    for _ in range(3):
        again = await do(app, "k", text="hé")
        assert again == Kept({"number": 1, "text": "hé", "token": "***"})
    assert done(app) == 1
    assert (await do(app, "k2", text="hé")).number == 2
    assert (await do(app, None, text="hé")).number == 3


async def test_an_answer_of_nothing_is_an_answer(app: App) -> None:
    assert await do(app, "k", verb="acts.other") is None
    assert await do(app, "k", verb="acts.other") == Kept(None)
    assert done(app) == 1


async def test_fifty_at_once_are_one(app: App) -> None:
    answers = await asyncio.gather(*(do(app, "k") for _ in range(50)))
    assert sum(isinstance(one, Kept) for one in answers) == 49
    assert done(app) == 1
    assert {one.answer["number"] if isinstance(one, Kept) else one.number for one in answers} == {1}


async def test_another_input_is_refused(app: App) -> None:
    await do(app, "k", text="a")
    with pytest.raises(Reject) as caught:
        await do(app, "k", text="b")
    assert caught.value.reason == "idempotency_mismatch"
    assert done(app) == 1


async def test_a_key_belongs_to_an_actor_and_an_operation(app: App) -> None:
    await do(app, "k")
    assert not isinstance(await do(app, "k", actor("bob")), Kept)
    assert not isinstance(await do(app, "k", verb="acts.other"), Kept)
    assert isinstance(await do(app, "k", ip="192.0.2.9"), Kept), "whatever address an actor has"


async def test_strangers_are_told_apart_by_address(app: App) -> None:
    await do(app, "k", ANONYMOUS, ip="192.0.2.1")
    assert not isinstance(await do(app, "k", ANONYMOUS, ip="192.0.2.2"), Kept)
    assert isinstance(await do(app, "k", ANONYMOUS, ip="192.0.2.1"), Kept)
    assert not isinstance(await do(app, "k", actor("anonymous"), ip="192.0.2.1"), Kept)


async def test_an_act_that_failed_leaves_its_key_free(app: App) -> None:
    with pytest.raises(Reject):
        await do(app, "k", fails=True)
    assert await rows(app) == []
    assert not isinstance(await do(app, "k", text="better"), Kept)


async def test_reading_needs_no_key(app: App) -> None:
    assert await do(app, "k", verb="acts.look") == 0
    await do(app, None)
    assert await do(app, "k", verb="acts.look") == 1


async def test_no_secret_is_kept(app: App) -> None:
    await do(app, "client's key", password=CANARY)
    assert CANARY not in repr(await rows(app))
    assert "client's key" not in repr(await rows(app))
    assert isinstance(await do(app, "client's key", password="another"), Kept), "documented: secrets do not differ"


async def test_a_key_is_new_after_a_day(app: App, clock: FakeClock) -> None:
    await do(app, "k", text="a")
    await clock.advance(86_399)
    assert isinstance(await do(app, "k", text="a"), Kept)
    await clock.advance(1)
    assert (await do(app, "k", text="b")).number == 2
    assert (await do(app, "k", text="b")).answer["number"] == 2


async def test_an_answer_too_large_to_keep_is_not_done_again(clock: FakeClock) -> None:
    async with opened(clock, max_answer=1000) as app:
        assert (await do(app, "k", text="x" * 2000)).number == 1
        with pytest.raises(Conflict) as caught:
            await do(app, "k", text="x" * 2000)
        assert caught.value.reason == "idempotency_answer_not_kept"
        assert done(app) == 1
        assert "x" * 10 not in repr(await rows(app))


async def test_what_has_expired_is_cleared_away_in_batches(app: App, clock: FakeClock) -> None:
    store = app.plugins["idempotency"]._store  # type: ignore[attr-defined]  # looks inside
    old = [
        {"scope": f"{number:064}", "fingerprint": "x", "answer": None, "expires_at": "2030-01-01T00:00:00.000Z"}
        for number in range(BATCH * 2 + 7)
    ]
    await store._db.execute_many(store._insert, old)
    await do(app, "k")
    for _ in range(500):
        await clock.advance(60)
        await asyncio.sleep(0.01)
        if len(left := await rows(app)) == 1:
            break
    assert len(left) == 1
    assert isinstance(await do(app, "k"), Kept)
