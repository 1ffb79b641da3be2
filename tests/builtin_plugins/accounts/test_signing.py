"""Signing in and out: one answer and one amount of work for all who may not, and what ends a session."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from tests.builtin_plugins.accounts.site import PASSWORD, Site, opened

from newel import ANONYMOUS, Conflict, Reject, Secret, TooMany, Transient, Unauthenticated
from newel.contracts.accounts import Accounts
from newel.testing import FakeClock, actor
from newel.testing.engines import LASTING
from newel_accounts.passwords import Passwords

CONFUSED: list[Any] = [{}, {"$ne": ""}, [], ["a"], 1, 1.5, True, None]


async def test_a_session_and_its_end(site: Site) -> None:
    await site.user()
    session = await site.login()
    who = await site.who(session)
    assert who is not None
    assert (who.kind, who.name, who.roles, who.everything) == ("user", "ann@example.org", ("editor",), False)
    assert who.credential == session.id
    other = await site.login()
    await site.run("auth.logout", who)
    assert await site.who(session) is None
    assert await site.who(other)
    await site.run("auth.logout", await site.who(other), everywhere=True)
    assert await site.who(other) is None


async def test_a_session_expires(site: Site) -> None:
    await site.user()
    session = await site.login()
    await site.clock.advance(12 * 3600 - 1)
    assert await site.who(session)
    await site.clock.advance(1)
    assert await site.who(session) is None


async def test_an_address_is_one_however_it_is_written(site: Site) -> None:
    await site.user("Zoë@Example.org")
    assert (await site.login("zoë@example.ORG")).token
    assert (await site.login(" zoe\u0308@example.org ")).token
    with pytest.raises(Conflict):
        await site.user("ZOE\u0308@EXAMPLE.ORG")


async def test_a_password_is_one_however_its_accents_are_composed(site: Site) -> None:
    await site.user(password="ganz schön lang")
    assert (await site.login(password="ganz scho\u0308n lang")).token


async def test_unknown_wrong_and_disabled_are_one_answer_and_one_hash(site: Site, hashes: list[str]) -> None:
    user = await site.user()
    await site.user("bob@example.org")
    await site.run("users.update", id=user.id, disabled=True)
    told = []
    for email, password in (
        ("nobody@example.org", PASSWORD),
        ("bob@example.org", "wrong wrong wrong"),
        ("bob@example.org", "x"),
        ("ann@example.org", PASSWORD),
        ("ann@example.org", "wrong wrong wrong"),
        ("", ""),
        ("bob@example.org\0", PASSWORD),
        ("\udc00", "\udc00" * 10),
    ):
        hashes.clear()
        with pytest.raises(Unauthenticated) as caught:
            await site.login(email, password)
        told.append((caught.value.detail, caught.value.reason, caught.value.extra, tuple(hashes)))
    assert set(map(str, told)) == {str(told[0])}
    assert told[0][3] == ("verify",)
    hashes.clear()
    await site.login("bob@example.org")
    assert hashes == ["verify"]


async def test_the_contract_says_none_to_all_of_them(site: Site) -> None:
    accounts = site.app.need(Accounts)
    user = await site.user()
    who = await accounts.authenticate_password("Ann@example.org", Secret(PASSWORD))
    assert who is not None
    assert (who.id, who.kind, who.credential[:9]) == (user.id, "user", "password:")
    assert await accounts.authenticate_password("ann@example.org", Secret(PASSWORD + "!")) is None
    assert await accounts.authenticate_password("bob@example.org", Secret(PASSWORD)) is None
    assert await accounts.authenticate_password("ann@example.org", Secret("x" * 1_000_000)) is None


@pytest.mark.parametrize("wrong", CONFUSED)
async def test_another_type_than_text_is_refused(site: Site, hashes: list[str], wrong: Any) -> None:
    who = actor("x")
    for verb, order in (
        ("auth.login", {"email": "admin@localhost", "password": wrong}),
        ("auth.login", {"email": wrong, "password": PASSWORD}),
        ("auth.password", {"current": wrong, "new": PASSWORD}),
        ("auth.password", {"current": PASSWORD, "new": wrong}),
    ):
        with pytest.raises(Reject, match="not valid"):
            await site.run(verb, who, **order)
    assert hashes == []


async def test_a_password_has_a_length(site: Site, hashes: list[str]) -> None:
    for text in ("", "123456789", "x" * 257, "x" * 1_000_000):
        with pytest.raises(Reject):
            await site.user(password=text)
    with pytest.raises(Reject):
        await site.login(password="x" * 257)
    assert hashes == []
    await site.user(password="x" * 256)
    assert await site.login(password="x" * 256)


async def test_changing_a_password_ends_the_other_sessions(site: Site) -> None:
    who = await site.signed_in()
    other, token = await site.login(), await site.run("tokens.create", who, label="ci")
    await site.run("auth.password", who, current=PASSWORD, new="another password")
    assert await site.who(other) is None
    assert await site.who(token)
    assert (await site.run("auth.me", who)).id == who.id
    assert [one.id for one in (await site.run("tokens.list", who)).data] == [who.credential, token.id]
    with pytest.raises(Unauthenticated):
        await site.login()
    assert await site.login(password="another password")
    await site.run("auth.password", who, current="another password", new=PASSWORD, revoke_tokens=True)
    assert await site.who(token) is None


async def test_changing_a_password_takes_the_present_one(site: Site) -> None:
    who = await site.signed_in()
    with pytest.raises(Reject) as caught:
        await site.run("auth.password", who, current="not it at all", new="another password")
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/current", "wrong")]
    with pytest.raises(Reject) as caught:
        await site.run("auth.password", who, current=PASSWORD, new=PASSWORD)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [("/new", "same")]


async def test_a_one_time_password_asks_to_be_changed(site: Site) -> None:
    made = await site.run("users.create", email="ann@example.org")
    session = await site.login(password=made.password.reveal())
    who = await site.who(session)
    assert session.must_change
    assert (await site.run("auth.me", who)).must_change
    await site.run("auth.password", who, current=made.password.reveal(), new=PASSWORD)
    assert not (await site.run("auth.me", who)).must_change
    assert not (await site.login()).must_change


async def test_hashes_follow_the_configuration_at_the_next_sign_in(tmp_path: Any, hashes: list[str]) -> None:
    file = LASTING
    async with opened(folder=tmp_path, config=file) as site:
        await site.user()
    more = {"accounts": {"argon2_time": 2}}
    async with opened(folder=tmp_path, config={**file, **more}) as site:
        hashes.clear()
        await site.login()
        assert hashes == ["verify", "hash"]
        await site.login()
        assert hashes == ["verify", "hash", "verify"]


async def test_a_password_changed_while_somebody_signs_in_wins(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    user = await site.user()
    identity = site.plugin._identity
    real = identity.verified

    async def slow(*args: Any) -> Any:
        found = await real(*args)
        await site.run("users.reset_password", id=user.id)
        return found

    monkeypatch.setattr(identity, "verified", slow)
    with pytest.raises(Unauthenticated):
        await site.login()


async def test_many_tries_for_one_account_are_slowed_down_and_nobody_is_locked_out(site: Site) -> None:
    await site.user()
    for email in ("ann@example.org", "nobody@example.org"):
        for _ in range(5):
            with pytest.raises(Unauthenticated):
                await site.login(email.upper(), "wrong wrong wrong")
        tries = [asyncio.create_task(site.login(email, "wrong wrong wrong")) for _ in range(8)]
        await asyncio.sleep(0.2)
        answers = []
        for _ in range(8):
            await site.clock.advance(1)
            await asyncio.sleep(0.05)
        answers = await asyncio.gather(*tries, return_exceptions=True)
        # The first at once, five more a second apart, the others are told to wait.
        assert [type(one) for one in answers] == [Unauthenticated] * 6 + [TooMany] * 2
    right = asyncio.create_task(site.login())
    while not right.done():
        await site.clock.advance(1)
        await asyncio.sleep(0.01)
    assert await site.who(right.result())
    assert await site.login(), "a success forgets the failures"


async def test_tries_are_forgotten_after_a_while(site: Site) -> None:
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await site.login("admin@localhost", "wrong")
    await site.clock.advance(900)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await site.login("admin@localhost", "wrong")
    assert site.clock.sleeping == 1, "only the housekeeping sleeps"


async def test_hashing_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel_accounts.passwords.WAITING", 3)
    all_asked = threading.Event()
    monkeypatch.setattr(Passwords, "_verify", lambda self, kept, password: all_asked.wait(30) and False)
    logins = [asyncio.create_task(site.login(f"{number}@example.org")) for number in range(6)]
    await asyncio.wait(logins, return_when=asyncio.FIRST_COMPLETED)
    while sum(login.done() for login in logins) < 3:
        await asyncio.wait([login for login in logins if not login.done()], return_when=asyncio.FIRST_COMPLETED)
    all_asked.set()
    answers = await asyncio.gather(*logins, return_exceptions=True)
    assert sum(isinstance(one, Transient) for one in answers) == 3
    assert sum(isinstance(one, Unauthenticated) for one in answers) == 3


async def test_nobody_waits_for_a_hash_to_write(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a password is hashed no transaction is open."""
    hashing, go_on = asyncio.Event(), asyncio.Event()
    passwords = site.plugin._passwords
    real = passwords._on_thread

    async def slow(work: Any) -> Any:
        hashing.set()
        await go_on.wait()
        return await real(work)

    monkeypatch.setattr(passwords, "_on_thread", slow)
    waiting = [
        asyncio.create_task(site.login()),
        asyncio.create_task(site.user()),
    ]
    await hashing.wait()
    async with asyncio.timeout(5):
        await site.run("roles.create", name="author")
    go_on.set()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_only_an_account_has_a_password_and_a_session(site: Site) -> None:
    with pytest.raises(Conflict):
        await site.run("auth.logout", actor("cli"))
    with pytest.raises(Conflict):
        await site.run("auth.logout", await site.who(site.told("token")))
    with pytest.raises(Unauthenticated):
        await site.run("auth.me", ANONYMOUS)
    me = await site.run("auth.me", actor("cli"))
    assert (me.id, me.email, me.must_change) == ("cli", None, False)


async def test_the_clock_may_stand_still_for_sessions(clock: FakeClock) -> None:
    """Two sessions of one moment are two."""
    async with opened(clock=clock) as site:
        await site.user()
        first, second = await site.login(), await site.login()
        assert first.id != second.id
        assert first.token != second.token
