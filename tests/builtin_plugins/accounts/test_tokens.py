"""API tokens: shown once, bound by scopes, owner and time, and gone at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.builtin_plugins.accounts.site import ADMIN, Site

from newel import Conflict, Forbidden, NotFound, Reject
from newel.testing import FakeClock, actor
from newel_accounts.credentials import is_token, new_token

FORM = re.compile(r"newel_(ses|api)_[0-9A-Za-z]{49}")


def test_a_token_can_be_told_from_a_look_alike() -> None:
    for _ in range(200):
        token = new_token("token")
        assert FORM.fullmatch(token)
        assert is_token(token)
        middle = "1" if token[20] != "1" else "2"
        assert not is_token(token[:20] + middle + token[21:])
        assert not is_token(token[:-1])
    assert new_token("session").startswith("newel_ses_")
    assert len({new_token("token") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("text", ["", "x", "newel_", "newel_api_", "newel_api_" + "0" * 49, "\udc00" * 59, "a" * 10**6])
async def test_what_is_no_token_is_nobody(site: Site, text: str) -> None:
    assert await site.who(text) is None
    assert await site.who(new_token("token")) is None


async def test_a_token_is_shown_once_and_kept_as_a_hash(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("tokens.create", who, label="ci")
    secret = made.token.reveal()
    assert FORM.fullmatch(secret)
    plain = site.app.structurer.unstructure(made, show=True)
    assert plain["token"] == secret
    assert site.app.structurer.unstructure(made)["token"] == "***"
    listed = await site.run("tokens.list", who)
    assert secret not in repr(listed)
    assert [(one.kind, one.label, one.current) for one in listed.data] == [
        ("session", "", True),
        ("token", "ci", False),
    ]
    rows = await site.plugin._store.db.fetch_all("SELECT * FROM accounts_tokens")
    assert secret not in repr([dict(row) for row in rows])


async def test_a_token_does_what_its_owner_may(site: Site) -> None:
    who = await site.signed_in()
    user = await site.who(await site.run("tokens.create", who))
    assert user is not None
    assert (user.id, user.kind, user.permissions, user.everything) == (who.id, "token", who.permissions, False)


async def test_scopes_are_cut_by_what_the_owner_may_now(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("tokens.create", who, scopes=["content.create", "content.read", "users.manage"])
    token = await site.who(made)
    assert token is not None
    assert token.permissions == {"content.create", "content.read"}
    await site.run("users.update", id=who.id, role="viewer")
    token = await site.who(made)
    assert token is not None
    assert token.permissions == {"content.read"}


async def test_an_admins_scoped_token_is_no_admin(site: Site) -> None:
    admin = await site.who(site.told("token"))
    token = await site.who(await site.run("tokens.create", admin, scopes=["content.read", "users.manage"]))
    assert token is not None
    assert (token.everything, token.permissions) == (False, {"content.read", "users.manage"})
    with pytest.raises(Forbidden):
        await site.run("users.create", token, email="x@example.org", role="admin")
    with pytest.raises(Forbidden):
        await site.run("users.reset_password", token, id=token.id)
    nothing = await site.who(await site.run("tokens.create", admin, scopes=[]))
    assert nothing is not None
    assert (nothing.everything, nothing.permissions) == (False, frozenset())


async def test_a_token_makes_none_that_goes_beyond_it(site: Site) -> None:
    who = await site.signed_in()
    ends = site.clock.now() + timedelta(days=1)
    scoped = await site.who(await site.run("tokens.create", who, scopes=["content.read"], expires_at=ends.isoformat()))
    for scopes in (None, ["content.read", "content.create"], ["users.manage"]):
        with pytest.raises(Forbidden):
            await site.run("tokens.create", scoped, scopes=scopes)
    for later in (None, (ends + timedelta(days=9)).isoformat()):
        child = await site.run("tokens.create", scoped, scopes=["content.read"], expires_at=later)
        assert child.expires_at == "2030-01-02T00:00:00.000Z"
    sooner = await site.run("tokens.create", scoped, scopes=[], expires_at=(ends - timedelta(hours=1)).isoformat())
    assert sooner.expires_at == "2030-01-01T23:00:00.000Z"


async def test_a_token_expires(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("tokens.create", who, expires_at="2030-01-02T01:00:00+01:00")
    await site.clock.advance(86_399)
    assert await site.who(made)
    await site.clock.advance(1)
    assert await site.who(made) is None
    for past in ("2030-01-02T00:00:00Z", "1999-01-01T00:00:00Z"):
        with pytest.raises(Reject) as caught:
            await site.run("tokens.create", who, expires_at=past)
        assert [one.pointer for one in caught.value.problems] == ["/expires_at"]


async def test_revoking_works_at_once(site: Site) -> None:
    who = await site.signed_in()
    made = await site.run("tokens.create", who)
    assert await site.who(made)
    await site.run("tokens.revoke", who, id=made.id)
    assert await site.who(made) is None
    with pytest.raises(NotFound):
        await site.run("tokens.revoke", who, id=made.id)


async def test_other_peoples_tokens(site: Site) -> None:
    ann, bob = await site.signed_in(), await site.signed_in("bob@example.org")
    made = await site.run("tokens.create", ann, label="ann's")
    with pytest.raises(NotFound):
        await site.run("tokens.revoke", bob, id=made.id)
    for verb in ("tokens.list", "tokens.create"):
        with pytest.raises(Forbidden):
            await site.run(verb, bob, user=ann.id)
    manager = actor("manager", "tokens.manage")
    assert [one.label for one in (await site.run("tokens.list", manager, user=ann.id)).data] == ["", "ann's"]
    with pytest.raises(Forbidden, match="more than you"):
        await site.run("tokens.create", manager, user=ann.id)
    await site.run("tokens.revoke", manager, id=made.id)
    assert await site.who(made) is None
    token = await site.who(await site.run("tokens.create", ADMIN, user="Ann@example.org"))
    assert token is not None
    assert token.id == ann.id
    with pytest.raises(NotFound):
        await site.run("tokens.create", ADMIN, user="nobody@example.org")


async def test_only_an_account_has_tokens(site: Site) -> None:
    for verb in ("tokens.list", "tokens.create"):
        with pytest.raises(Conflict):
            await site.run(verb, actor("cli"))


async def test_scopes_must_be_permissions(site: Site) -> None:
    who = await site.signed_in()
    with pytest.raises(Reject) as caught:
        await site.run("tokens.create", who, scopes=["content.read", "everything", "public"])
    assert [one.pointer for one in caught.value.problems] == ["/scopes/1", "/scopes/2"]


@pytest.mark.parametrize("column", ["hash", "owner", "kind", "id", "last_used_at", "created_at", "token"])
async def test_what_is_not_for_callers_to_set_is_refused(site: Site, column: str) -> None:
    with pytest.raises(Reject) as caught:
        await site.run("tokens.create", ADMIN, **{column: "x"})
    assert [one.pointer for one in caught.value.problems] == [f"/{column}"]


class Counted:
    """A database that counts what is asked of it."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._db, name)

        def counted(*args: Any, **more: Any) -> Any:
            self.asked.append(name)
            return real(*args, **more)

        return counted


async def test_authentication_is_one_statement_and_writes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token = site.told("token")
    store = site.plugin._store.tokens
    counted = Counted(store._db)
    monkeypatch.setattr(store, "_db", counted)
    for _ in range(3):
        assert await site.who(token)
        assert await site.who(new_token("token")) is None
    assert counted.asked == ["fetch_one"] * 6


async def test_the_last_use_is_written_now_and_then(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await site.signed_in()
    made = await site.run("tokens.create", who)
    writes = []
    store = site.plugin._store.tokens
    real = store.note_use

    async def note_use(used: Any) -> None:
        writes.append(dict(used))
        await real(used)

    async def last_used() -> Any:
        return (await site.run("tokens.list", who)).data[1].last_used_at

    monkeypatch.setattr(store, "note_use", note_use)
    assert await last_used() is None
    for _ in range(100):
        await site.who(made)
    assert await last_used() is None, "not while the request waits"
    await site.clock.advance(30)
    await _until(last_used, "2030-01-01T00:00:00.000Z")
    for _ in range(100):
        await site.who(made)
    await site.clock.advance(30)
    assert len(writes) == 1, "at most once a minute"
    await site.who(made)
    await site.clock.advance(30)
    await _until(last_used, "2030-01-01T00:01:00.000Z")
    assert len(writes) == 2


async def test_what_has_expired_is_cleared_away(site: Site) -> None:
    who = await site.signed_in()
    await site.run("tokens.create", who, label="short", expires_at="2030-01-01T01:00:00Z")
    lasting = await site.run("tokens.create", who, label="lasting")

    async def labels() -> list[str]:
        rows = await site.plugin._store.db.fetch_all("SELECT kind, label FROM accounts_tokens ORDER BY id")
        return [row["label"] or row["kind"] for row in rows]

    assert await labels() == ["first token", "session", "short", "lasting"]
    await _until(labels, ["first token", "short", "lasting"], site.clock)
    await site.clock.jump(31 * 86_400)
    await _until(labels, ["first token", "lasting"], site.clock)
    assert await site.who(lasting)


async def _until(ask: Callable[[], Awaitable[Any]], expected: Any, clock: FakeClock | None = None) -> None:
    """What goes on in the background is done soon; with a clock, hours pass meanwhile."""
    for _ in range(500):
        if await ask() == expected:
            return
        if clock is not None:
            await clock.advance(3600)
        await asyncio.sleep(0.01)
    assert await ask() == expected
