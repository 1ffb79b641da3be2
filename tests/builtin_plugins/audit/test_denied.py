"""Who was refused, through every door; and strangers who try to fill the trail."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import evolve, frozen
from tests.builtin_plugins.audit.things import Things, call_of, run

from newel import ANONYMOUS, Forbidden, Transient, Unauthenticated
from newel.app import App
from newel.contracts.database import Away
from newel.testing import Client, FakeAccounts, FakeClock, actor, make_app
from newel.testing.engines import LASTING
from newel_audit import denials

PLUGINS = ["database", "migrations", "audit", Things.manifest]
pytestmark = pytest.mark.needs_plugin("http")  # nearly all of it goes through the door
SERVED = ["database", "migrations", "audit", "http", FakeAccounts.manifest, Things.manifest]
SIGN_IN = ["database", "migrations", "audit", "accounts"]


@frozen
class Served:
    app: App
    client: Client


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    async with make_app(PLUGINS, clock=clock) as made:
        yield made


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with make_app(SERVED, serving=True) as made, Client.of(made) as client:
        yield Served(made, client)


async def denied(app: App, **filters: Any) -> list[Any]:
    """The denied rows, the oldest first."""
    return list((await run(app, "audit.list", outcome="denied", limit=200, **filters)).data)[::-1]


async def settle(app: App) -> None:
    await app.plugins["audit"].trail.denials.flush()  # type: ignore[attr-defined]  # plugins are objects to the kernel


async def refused(app: App, verb: str = "things.change", who: Any = ANONYMOUS, **order: Any) -> None:
    with pytest.raises((Forbidden, Unauthenticated)):
        await app.operations.run(verb, order, app.call(who, "test", ip="192.0.2.9"))


async def test_a_denied_act_says_who_what_and_why(app: App) -> None:
    await refused(app, who=actor("ann"))
    await refused(app, nonsense=1)
    first, second = await denied(app)
    assert (first.actor, first.operation, first.detail, first.ip) == ("ann", "things.change", "forbidden", "192.0.2.9")
    assert (second.actor, second.actor_kind, second.detail) == ("anonymous", "anonymous", "unauthenticated")
    assert (first.entity, first.before, first.after, first.door) == (None, None, None, "test")


async def test_an_act_refused_within_another_is_noted_once(app: App) -> None:
    who = actor("ann", "audit.prune")
    call = app.call(who, "test")
    with pytest.raises(Forbidden) as caught:
        await app.operations.run("things.both", {}, call)
    await app.operations.denied("things.both", call, caught.value)
    assert len(await denied(app)) == 1


async def test_a_privileged_read_leaves_a_row(app: App) -> None:
    assert await run(app, "things.peek", "ann") == "seen"
    await run(app, "things.peek_within", "bob")
    rows = (await run(app, "audit.list")).data
    assert [(one.actor, one.operation, one.outcome) for one in rows] == [
        ("bob", "things.peek_within", "done"), ("bob", "things.peek", "done"), ("ann", "things.peek", "done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("token", "method", "path", "operation", "detail"),
    [
        (None, "POST", "/things", "things.change", "unauthenticated"),
        ("perm:other", "POST", "/things", "things.change", "forbidden"),
        ("wrong", "POST", "/things", "things.change", "bad_token"),
        (None, "GET", "/things/raw", "GET /api/v1/things/raw", "unauthenticated"),
        ("perm:other", "GET", "/things/raw", "GET /api/v1/things/raw", "forbidden"),
        (None, "GET", "/things/refused", "GET /api/v1/things/refused", "not_you"),
        (None, "GET", "/things/through", "things.change", "unauthenticated"),
        ("perm:other", "GET", "/audit", "audit.list", "forbidden"),
    ],
)
async def test_http_refusals_are_in_the_trail_once(
    served: Served, token: str | None, method: str, path: str, operation: str, detail: str
) -> None:
    """The door refuses before it reads the input, so no operation would note it; routes by hand likewise."""
    client = served.client.signed_in(token)
    answer = await client.request(method, f"/api/v1{path}", headers={"X-Request-Id": "the-request"})
    assert answer.status in (401, 403)
    (row,) = await denied(served.app)
    assert (row.operation, row.detail, row.door, row.request_id) == (operation, detail, "http", "the-request")
    assert row.ip == "127.0.0.1"
    assert row.actor == ("tester" if token == "perm:other" else "anonymous")


async def test_what_is_allowed_or_not_there_is_no_denial(served: Served) -> None:
    client = served.client.signed_in("admin-token")
    assert (await client.post("/api/v1/things", json={})).status == 204
    assert (await client.get("/api/v1/things/raw")).status == 200
    assert (await client.get("/api/v1/nowhere")).status == 404
    assert (await served.client.get("/readyz")).status == 200
    assert await denied(served.app) == []


async def test_the_trail_over_http(served: Served) -> None:
    client = served.client.signed_in("admin-token")
    await client.post("/api/v1/things", json={"ids": ["a"]})
    await served.client.post("/api/v1/things", json={})
    page = (await client.get("/api/v1/audit?outcome=denied&door=http")).json()
    assert [row["detail"] for row in page["data"]] == ["unauthenticated"]
    assert (await client.get("/api/v1/audit?outcome=perhaps")).status == 400
    assert (await client.get(f"/api/v1/audit/{page['data'][0]['id']}")).json()["hash"]
    verdict = (await client.post("/api/v1/audit/verify", json={})).json()
    assert (verdict["whole"], verdict["rows"], verdict["findings"]) == (True, 2, [])
    again = await client.post("/api/v1/audit/verify", json={"against": verdict["marks"]})
    assert again.json()["whole"] is True
    assert (await client.post("/api/v1/audit/verify", json={"since": "x"})).status == 422
    assert (await served.client.signed_in("perm:audit.read").post("/api/v1/audit/verify", json={})).status == 403
    pruned = (await client.post("/api/v1/audit/prune", json={"keep_days": 1, "dry_run": True})).json()
    assert pruned["rows"] == 0


async def test_a_failed_sign_in_names_the_account_and_never_what_was_typed(clock: FakeClock) -> None:
    secret = "hunter2-hunter2"
    log = io.StringIO()
    async with make_app(SIGN_IN, clock=clock, log=log) as app:
        order = {"email": "ann@example.org", "role": "viewer", "password": secret}
        user = await app.operations.run("users.create", order, call_of(app))
        for email, password in (("Ann@Example.org", "wrong"), (secret, secret), ("", ""), ("ann@example.org", secret)):
            call = app.call(ANONYMOUS, "test", ip="192.0.2.9")
            if email != "ann@example.org":
                with pytest.raises(Unauthenticated):
                    await app.operations.run("auth.login", {"email": email, "password": password}, call)
            else:
                await app.operations.run("auth.login", {"email": email, "password": password}, call)
        rows = await denied(app, operation="auth.login")
        assert [one.detail for one in rows] == [f"account {user.id}", "unknown login", "unknown login"]
        assert {(one.actor, one.ip) for one in rows} == {("anonymous", "192.0.2.9")}
        everything = (await run(app, "audit.list", limit=200)).data
        assert secret not in repr(everything) + log.getvalue()


async def test_strangers_cannot_fill_the_trail(app: App, clock: FakeClock) -> None:
    """Thirty rows a minute; then one a minute and operation, which says how many."""
    for _ in range(100):
        await refused(app)
        await refused(app, "audit.list")
    assert len(await denied(app)) == 30
    await refused(app, who=actor("ann"))
    await run(app, "things.change", "bob")
    assert len(await denied(app)) == 31, "others are not counted with them"
    await clock.advance(60)
    await settle(app)
    sums = (await denied(app))[31:]
    assert {(one.actor, one.operation, one.entity, one.after["times"]) for one in sums} == {
        ("anonymous", "things.change", "denials", 85), ("anonymous", "audit.list", "denials", 85),
    }  # fmt: skip
    assert {(one.detail, one.ip, one.request_id) for one in sums} == {("unauthenticated", "192.0.2.9", "")}
    await refused(app)
    assert len(await denied(app)) == 34, "a new minute"
    await clock.advance(600)
    await settle(app)
    assert len(await denied(app)) == 34
    assert (await run(app, "audit.verify")).whole


async def test_many_actors_and_operations_do_not_fill_the_memory(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denials, "MOST", 3)
    for number in range(10):
        await refused(app, who=actor(f"user{number}"))
    assert [one.actor for one in await denied(app)] == ["user0", "user1", "user2"]
    await clock.advance(60)
    await settle(app)
    sums = (await denied(app))[3:]
    assert sorted((one.actor, one.operation, one.after["times"]) for one in sums) == [
        ("anonymous", "denials.others", 4), ("user3", "things.change", 1), ("user4", "things.change", 1),
        ("user5", "things.change", 1),
    ]  # fmt: skip


async def test_sums_are_written_when_the_site_stops(tmp_path: Any) -> None:
    config = {"audit": {"denied_per_minute": 0}, **LASTING}
    async with make_app(PLUGINS, config, folder=tmp_path) as app:
        for name in ("one", "two"):
            for _ in range(3):
                with pytest.raises(Unauthenticated):
                    await app.operations.run("things.change", {}, app.call(ANONYMOUS, "test", ip=name))
        assert await denied(app) == []
    async with make_app(PLUGINS, config, folder=tmp_path) as app:
        (row,) = await denied(app)
        assert (row.after["times"], row.ip) == (6, None)


async def test_a_refusal_stays_a_refusal_when_the_trail_cannot_be_written(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail: Any = app.plugins["audit"].trail  # type: ignore[attr-defined]  # plugins are objects to the kernel
    for error in (Away("the engine is away"), ValueError("a fault")):

        async def fails(*_: Any, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(trail.denials, "_write", fails)
            await refused(app)
            await clock.advance(60)
            with pytest.raises(type(error)):
                await settle(app)
    await settle(app)
    (row,) = await denied(app)
    assert row.after["times"] == 2
    with monkeypatch.context() as patch:
        patch.setattr(trail._writer, "add", fails)
        with pytest.raises(ValueError, match="a fault"):
            await run(app, "things.peek")


async def test_many_at_once(app: App) -> None:
    await asyncio.gather(*(refused(app, who=actor(f"user{number}")) for number in range(20)))
    assert len(await denied(app)) == 20
    assert (await run(app, "audit.verify")).whole


async def test_a_busy_engine_is_told_where_a_privileged_read_must_be_noted(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unlike a denied act: what cannot be noted is not shown."""

    async def away(*_: Any) -> None:
        raise Away("the engine is away")

    monkeypatch.setattr(app.plugins["audit"].trail._writer, "add", away)  # type: ignore[attr-defined]  # looks inside
    with pytest.raises(Transient):
        await app.operations.run("things.peek", {}, evolve(call_of(app), door="test"))
