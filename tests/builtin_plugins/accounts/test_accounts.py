"""Accounts: passwords, tokens, roles, and who may not do what."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from newel import ANONYMOUS, Conflict, Forbidden, NotFound, Reject, Secret, Unauthenticated
from newel.app import App
from newel.contracts.accounts import Accounts
from newel.testing import FakeClock, actor, make_app

PLUGINS = ["sqlite", "migrations", "audit", "accounts"]
PASSWORD = "correct horse battery"


@pytest.fixture
async def app(clock: FakeClock) -> AsyncIterator[App]:
    async with make_app(PLUGINS, clock=clock) as made:
        yield made


async def run(app: App, name: str, data: dict[str, Any] | None = None, who: Any = None) -> Any:
    return await app.operations.run(name, data or {}, app.call(who or actor("admin"), "test"))


async def token_actor(app: App, token: str) -> Any:
    return await app.need(Accounts).authenticate_token(Secret(token))


async def new_user(app: App, email: str = "Ann@Example.org", role: str = "editor") -> Any:
    return await run(app, "users.create", {"email": email, "role": role, "password": PASSWORD})


async def test_the_first_start_makes_an_admin_and_tells_once(app: App) -> None:
    told = dict(app.notices)
    token = re.findall(r"newel_\w+", told["token"])[0]
    first = await token_actor(app, token)
    assert (first.everything, first.roles) == (True, ("admin",))
    assert "admin@localhost, password " in told["admin"]
    assert await token_actor(app, token + "0") is None


async def test_signing_in_and_out(app: App, clock: FakeClock) -> None:
    await new_user(app)
    session = await run(app, "auth.login", {"email": "ann@example.ORG", "password": PASSWORD}, ANONYMOUS)
    who = await token_actor(app, session.token.reveal())
    assert (who.name, who.everything) == ("ann@example.org", False)
    assert (await run(app, "auth.me", who=who)).id == who.id
    await run(app, "auth.logout", who=who)
    assert await token_actor(app, session.token.reveal()) is None
    session = await run(app, "auth.login", {"email": "ann@example.org", "password": PASSWORD}, ANONYMOUS)
    await clock.advance(13 * 3600)
    assert await token_actor(app, session.token.reveal()) is None


async def test_unknown_wrong_and_disabled_are_one_answer_and_one_amount_of_work(app: App) -> None:
    user = await new_user(app)
    await run(app, "users.update", {"id": user.id, "disabled": True})
    passwords: Any = app.plugins["accounts"]._passwords  # type: ignore[attr-defined]  # its counter
    told = []
    for email, password in (
        ("nobody@x.org", PASSWORD),
        ("ann@example.org", "wrong wrong"),
        ("ann@example.org", PASSWORD),
    ):
        before = passwords.verified
        with pytest.raises(Unauthenticated) as caught:
            await run(app, "auth.login", {"email": email, "password": password}, ANONYMOUS)
        told.append((caught.value.detail, passwords.verified - before))
    assert told == [("the e-mail address or the password is wrong", 1)] * 3


@pytest.mark.parametrize("wrong", [{}, [], 1, True, None, {"$ne": ""}])
async def test_a_password_of_another_type_is_refused(app: App, wrong: Any) -> None:
    with pytest.raises(Reject):
        await run(app, "auth.login", {"email": "admin@localhost", "password": wrong}, ANONYMOUS)
    with pytest.raises(Reject):
        await run(app, "auth.login", {"email": wrong, "password": "x"}, ANONYMOUS)


async def test_fifty_accounts_of_one_address(app: App) -> None:
    results = await asyncio.gather(*(new_user(app, "one@x.org") for _ in range(10)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in results) == 1
    assert sum(isinstance(one, Conflict) for one in results) == 9


async def test_a_disabled_user_and_a_revoked_token_fail_at_once(app: App) -> None:
    user = await new_user(app)
    session = await run(app, "auth.login", {"email": user.email, "password": PASSWORD}, ANONYMOUS)
    who = await token_actor(app, session.token.reveal())
    made = await run(app, "tokens.create", {"label": "ci"}, who)
    token = made.token.reveal()
    assert (await token_actor(app, token)).kind == "token"
    listed = await run(app, "tokens.list", who=who)
    with pytest.raises(NotFound):
        await run(app, "tokens.revoke", {"id": listed[0].id}, actor("somebody"))
    await run(app, "tokens.revoke", {"id": listed[0].id}, who)
    assert await token_actor(app, token) is None
    await run(app, "users.update", {"id": user.id, "disabled": True})
    assert await token_actor(app, session.token.reveal()) is None


async def test_nobody_lifts_themselves_and_an_admin_stays(app: App) -> None:
    manager = actor("manager", "users.manage", "users.read")
    with pytest.raises(Forbidden):
        await run(app, "users.create", {"email": "x@x.org", "role": "admin", "password": PASSWORD}, manager)
    page = await run(app, "users.list")
    admin = page.data[0]
    for name, change in (
        ("users.update", {"disabled": True}),
        ("users.update", {"role": "viewer"}),
        ("users.delete", {}),
    ):
        with pytest.raises(Conflict, match="last admin"):
            await run(app, name, {"id": admin.id, **change})
        with pytest.raises(Forbidden):
            await run(app, name, {"id": admin.id, **change}, manager)
    assert (await run(app, "users.get", {"id": admin.id})).role == "admin"


async def test_changing_and_resetting_a_password_ends_sessions(app: App) -> None:
    user = await new_user(app)
    session = await run(app, "auth.login", {"email": user.email, "password": PASSWORD}, ANONYMOUS)
    who = await token_actor(app, session.token.reveal())
    with pytest.raises(Reject):
        await run(app, "auth.password", {"current": "not it at all", "new": "another password"}, who)
    await run(app, "auth.password", {"current": PASSWORD, "new": "another password"}, who)
    assert await token_actor(app, session.token.reveal()) is None
    reset = await run(app, "users.reset_password", {"id": user.id})
    assert await run(app, "auth.login", {"email": user.email, "password": reset.password.reveal()}, ANONYMOUS)


async def test_no_secret_in_the_trail(app: App) -> None:
    user = await new_user(app)
    reset = await run(app, "users.reset_password", {"id": user.id})
    page = await run(app, "audit.list", {"limit": 200})
    text = repr(page)
    assert "users.reset_password" in text
    assert PASSWORD not in text
    assert reset.password.reveal() not in text
    assert "argon2" not in text
